"""What must hold of recognitions on the evening of every day of their rehearsal, whatever has happened."""

from collections.abc import Callable, Iterator
from datetime import timedelta

from django.db.models import Count, F, Q

from jieti.accounts.models import Jurisdiction
from jieti.demo.rehearsal_invariants import BrokenInvariantError
from jieti.domain.periods import add_months, add_years, prolonged
from jieti.kit import clock
from jieti.recognitions.models import (
    Application,
    ApplicationStep,
    Campaign,
    Ending,
    EndingStep,
    Extension,
    ExtensionStep,
    Nomination,
    NominationStep,
    PublicNotice,
    Recognition,
)
from jieti.recognitions.models.recognitions import RecognitionQuerySet
from jieti.recognitions.reporting import due_days

DECISIONS = ("recognise", "extend", "decide")


class Invariants:
    """The checks of one rehearsal; what was found to hold of a title that cannot change is not asked again."""

    def __init__(self, jurisdiction: Jurisdiction) -> None:
        self._jurisdiction = jurisdiction
        self._seen: set[int] = set()
        self.checks = 0

    def check(self) -> None:
        """Raises BrokenInvariantError for the first that does not hold today."""
        for invariant, find in CHECKS.items():
            self.checks += 1
            for found in find(self):
                raise BrokenInvariantError(clock.today(), invariant, found)
        self._seen |= set(self._titles().values_list("pk", flat=True))

    def one_live_title_a_business(self) -> Iterator[str]:
        doubles = self._titles().filter(ended_on=None).order_by().values("business").annotate(count=Count("pk"))
        for row in doubles.filter(count__gt=1):
            yield f"{row['business']}有{row['count']}个认定"

    def no_new_ones_over_the_ceiling(self) -> Iterator[str]:
        """Over the ceiling nothing ends, but nothing new is given either."""
        campaign = Campaign.objects.of(self._jurisdiction).latest_first().first()
        if campaign is None:
            return
        held = self._titles().filter(ended_on=None).count()
        if held > campaign.ceiling and self._titles().filter(recognised_on=clock.today()).exists():
            yield f"在有效期内{held}户，上限{campaign.ceiling}户，今天仍有新认定"

    def consent_before_nomination(self) -> Iterator[str]:
        submitted = NominationStep.objects.filter(step="submit").select_related("case")
        for step in submitted.exclude(case__in=Nomination.objects.filter(application__recognition__in=self._seen)):
            agreed = step.case.consented_at
            if agreed is None or agreed > step.at:
                yield f"推荐{step.case_id}在同意以前提交"

    def visit_before_recognition(self) -> Iterator[str]:
        for one in self._new().filter(path=Application.Path.SELF):
            if not one.application.visits.filter(sent_at__lte=self._decided(one).at).exists():
                yield f"{one.number}没有走访就认定"

    def notice_before_decision(self) -> Iterator[str]:
        for one in self._new():
            notice = PublicNotice.objects.filter(applications=one.application_id).order_by("-pk").first()
            if notice is None or notice.closes_on >= one.recognised_on:
                yield f"{one.number}没有公示期满就认定"

    def two_people_each(self) -> Iterator[str]:
        for model, proposed in (
            (ApplicationStep, ("propose", "choose")),
            (ExtensionStep, ("conclude",)),
            (EndingStep, ("propose",)),
        ):
            own = model.objects.filter(step__in=proposed).values("case", "by")
            for row in own:
                if model.objects.filter(case=row["case"], by=row["by"], step__in=DECISIONS).exists():
                    yield f"{model.__name__} {row['case']}由一人提出并决定"

    def open_cases_have_owner_and_deadline(self) -> Iterator[str]:
        for model in (Application, Nomination, Extension, Ending):
            for one in model.objects.open().filter(Q(owner="") | Q(due_latest=None)):
                yield f"{model.__name__} {one.pk}（{one.state}）没有承办单位或者期限"

    def days_are_right(self) -> Iterator[str]:
        for one in self._new():
            if one.last_day != prolonged(one.recognised_on, years=3, by=3 * one.extensions):
                yield f"{one.number}的末日是{one.last_day}"
            if (one.benefits_from.year, one.benefits_from.month, one.benefits_from.day) != (one.year + 1, 1, 1):
                yield f"{one.number}自{one.benefits_from}享受措施"
            if any((day.month, day.day) != (7, 31) or day <= one.recognised_on for day in due_days(one)):
                yield f"{one.number}的报告日不对"
        for one in self._titles().filter(extensions__gt=0):
            if one.last_day != prolonged(one.recognised_on, years=3, by=3 * one.extensions):
                yield f"{one.number}延期后的末日是{one.last_day}"

    def expired_to_the_day(self) -> Iterator[str]:
        for one in self._titles().filter(ended_on=None, last_day__lt=clock.today()):
            yield f"{one.number}已经到期，没有终止"
        expired = self._titles().filter(end_kind=Recognition.End.EXPIRED)
        for one in expired.exclude(ended_on=F("last_day") + timedelta(days=1)):
            yield f"{one.number}到期日是{one.last_day}，终止于{one.ended_on}"

    def last_years_are_evaluated(self) -> Iterator[str]:
        within = add_months(clock.today(), 12)
        for one in self._titles().filter(ended_on=None, last_day__lt=within):
            if not one.evaluations.filter(old_last_day=one.last_day).exists():
                yield f"{one.number}到{one.last_day}，没有启动评估"

    def revoked_do_not_apply_for_five_years(self) -> Iterator[str]:
        for one in self._titles().filter(end_kind=Recognition.End.REVOKED):
            applied = ApplicationStep.objects.filter(step="submit", case__business=one.business_id)
            if (
                one.ended_on
                and applied.filter(at__date__gt=one.ended_on, at__date__lte=add_years(one.ended_on, 5)).exists()
            ):
                yield f"{one.business_id}撤销未满5年又申报"

    def ends_have_kind_and_no_open_case(self) -> Iterator[str]:
        ended = self._titles().filter(ended_on__isnull=False)
        for case in Ending.objects.open().filter(recognition__in=ended).exclude(state="decided"):
            yield f"终止{case.pk}的认定已经终止，事项仍然在办"
        for evaluation in Extension.objects.open().filter(recognition__in=ended):
            yield f"评估{evaluation.pk}的认定已经终止，事项仍然在办"

    def _titles(self) -> RecognitionQuerySet:
        return Recognition.objects.of(self._jurisdiction)

    def _new(self) -> RecognitionQuerySet:
        return self._titles().exclude(pk__in=self._seen).select_related("application", "jurisdiction")

    def _decided(self, one: Recognition) -> ApplicationStep:
        return ApplicationStep.objects.get(case=one.application_id, step="recognise")


CHECKS: dict[str, Callable[[Invariants], Iterator[str]]] = {
    "一户一个有效认定": Invariants.one_live_title_a_business,
    "超过上限不新增": Invariants.no_new_ones_over_the_ceiling,
    "先同意后推荐": Invariants.consent_before_nomination,
    "先走访后认定": Invariants.visit_before_recognition,
    "先公示后决定": Invariants.notice_before_decision,
    "两人办理": Invariants.two_people_each,
    "每件事都有承办单位和期限": Invariants.open_cases_have_owner_and_deadline,
    "日期准到日": Invariants.days_are_right,
    "到期准到日": Invariants.expired_to_the_day,
    "最后一年都启动评估": Invariants.last_years_are_evaluated,
    "撤销5年内没有申报": Invariants.revoked_do_not_apply_for_five_years,
    "终止后没有未结的事": Invariants.ends_have_kind_and_no_open_case,
}

"""Any deeds by anybody in any years after: one title a business, none over the ceiling, five ends, and none undone."""

import datetime
import uuid
from collections.abc import Callable

import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from jieti.accounts.models import User
from jieti.audit.models import Event
from jieti.domain.periods import add_years, prolonged
from jieti.domain.terms import RegistrationStatus
from jieti.domain.workflows.extension import EXTENSION
from jieti.domain.workflows.revocation import WITHDRAWAL
from jieti.kit import clock
from jieti.kit.errors import Refusal
from jieti.recognitions import confirming, deciding, end_letters, ending, extending, filing, reporting
from jieti.recognitions.ending_guards import evaluation_opens
from jieti.recognitions.extending import Judgment
from jieti.recognitions.models import (
    Application,
    Campaign,
    Confirmation,
    Ending,
    EndingStep,
    Extension,
    ExtensionStep,
    InformationReport,
    PublicNotice,
    Recognition,
    Visit,
    WatchFinding,
)
from jieti.recognitions.screening import screen
from jieti.recognitions.title_calendar import turn
from jieti.recognitions.titles import end_title
from jieti.recognitions.watching import BY_ITSELF, follow
from jieti.registry.models import Business, EntityKind, Proprietorship
from tests.factories.recognitions import (
    make_business,
    make_campaign,
    make_recognition,
    make_result,
    make_table,
)
from tests.recognitions.intake import OPEN, Intake

CEILING = 2
DAY = datetime.timedelta(days=1)
WHO = st.sampled_from(["reviewer", "reviewer", "approver", "approver", "second_reviewer", "proprietor", "nominator"])
SHOP = st.integers(0, 2)
KIND = st.sampled_from([Ending.Kind.WITHDRAWAL, Ending.Kind.REVOCATION])
REASON, STALE = st.sampled_from(["有据", "有据", " "]), st.sampled_from([0, 0, 0, 0, 1])
ENDING_STEPS = sorted({one.key for one in WITHDRAWAL.steps if one.sources})
EXTENSION_STEPS = sorted({one.key for one in EXTENSION.steps if one.sources} - {"conclude", "extend"})
STRAIGHT = (("propose", "reviewer"), ("notify", "reviewer"), ("state", "proprietor"), ("decide", "approver"))
FINE = {"kind": "penalty", "penalty_kind": "fine", "published": True}
End = tuple[datetime.date, str, str, datetime.date]


class YearsAfter(RuleBasedStateMachine):
    """Three businesses of one proprietor and two places; the second holds a title that a department recommended."""

    intake: Intake

    @initialize()
    def begin(self) -> None:
        self.day = OPEN
        self.ended: dict[int, End] = {}
        self.fines: list[dict[str, object]] = []
        first = self.intake.business
        self.shops = [first, make_business(), make_business()]
        for shop in self.shops[1:]:
            make_result(shop)
            Proprietorship.objects.create(user=self.intake.proprietor, business=shop)
        make_table("registration", *(self.registered(shop) for shop in self.shops))
        make_campaign(year=OPEN.year)
        Campaign.objects.update(ceiling=CEILING)
        make_recognition(business=self.shops[1], path=Application.Path.NOMINATION)
        self.give(0)

    def registered(self, shop: Business) -> dict[str, object]:
        """A line of the register."""
        names = ("name", "registration_status", "established_on", "proprietor", "address", "town", "industry")
        return {"uscc": shop.pk} | {name: getattr(shop, name) for name in names}

    def person(self, who: str) -> User:
        found: User = getattr(self.intake, who)
        return found

    def title(self, at: int) -> Recognition | None:
        """The newest of the business, ended or not."""
        found = Recognition.objects.filter(business=self.shops[at]).order_by("pk")
        return found.select_related("business", "jurisdiction", "application__nomination__nominator").last()

    @rule(days=st.sampled_from([1, 6, 15, 40, 120]))
    def wait(self, days: int) -> None:
        self.go_to(self.day + days * DAY)

    @rule()
    def next_autumn(self) -> None:
        """When titles are given."""
        autumn = OPEN.replace(year=self.day.year)
        self.go_to(autumn if autumn > self.day else autumn.replace(year=self.day.year + 1))

    @rule(at=SHOP, days=st.sampled_from([-1, 0, 1, 200]))
    def end_of_validity(self, at: int, days: int) -> None:
        """Around the last day, and into the last year."""
        one = self.title(at)
        if one is not None and one.ended_on is None:
            self.go_to(max(self.day, one.last_day + days * DAY if days < 200 else evaluation_opens(one)))

    def go_to(self, day: datetime.date) -> None:
        self.day = day
        with clock.at(day):
            home = self.shops[0].jurisdiction
            follow(home)
            turn(home)

    @rule(at=SHOP)
    def give(self, at: int) -> None:
        """An application made by the proprietor, and everything up to its decision; refused it leaves nothing."""
        shop = Business.objects.select_related("jurisdiction").get(pk=self.shops[at].pk)
        held = Recognition.objects.filter(business=shop).unended().exists()
        with clock.at(self.day):
            made = make_campaign(year=self.day.year)
            Campaign.objects.filter(pk=made.pk).update(ceiling=CEILING)
            known = {one.key: one.outcome for one in screen(shop, path="self").eligibility.findings}
        assert known["no_reapplication_ban"] is not self.banned(shop)
        full = Recognition.objects.unended().count() >= CEILING
        if self.attempt(lambda: self.recognised(shop)):
            assert not held
            assert not full
            assert not self.banned(shop)

    def recognised(self, shop: Business) -> None:
        one = filing.start(by=self.intake.proprietor, business=shop)
        one = filing.save_draft(
            by=self.intake.proprietor, application=one, preferred_category="distinctive", introduction="自养虹鳟鱼"
        )
        one = filing.submit(by=self.intake.proprietor, application=one, version=one.version)
        self.noticed(one)
        title = deciding.recognise(by=self.intake.approver, application=one, version=one.version, reason="有据")
        deciding.publish_titles(by=self.intake.approver, recognitions=[title])
        one.refresh_from_db()
        Application.objects.filter(pk=one.pk).update(state="reported")
        one.refresh_from_db()
        deciding.take_effect(by=self.intake.reviewer, application=one, version=one.version)

    def noticed(self, one: Application) -> None:
        """As after review, visit and notice."""
        chosen = {"state": "deciding", "decided_category": "distinctive", "category_reason": "最相符"}
        Application.objects.filter(pk=one.pk).update(**chosen)
        one.refresh_from_db()
        Visit.objects.create(
            application=one,
            planned_on=self.day,
            planned_by=self.intake.clerk,
            visitor=self.intake.clerk,
            client_key=uuid.uuid4(),
            started_at=clock.now(),
            sent_at=clock.now(),
            note="属实",
        )
        notice = PublicNotice.objects.create(
            campaign=one.campaign,
            number=PublicNotice.objects.count() + 1,
            opens_on=self.day - 10 * DAY,
            closes_on=self.day - DAY,
            published_by=self.intake.approver,
        )
        notice.applications.add(one)

    def banned(self, shop: Business) -> bool:
        """What follows from the ends that were seen: five years to the day, after a revocation alone."""
        revoked = Recognition.objects.filter(business=shop, end_kind=Recognition.End.REVOKED)
        return any(self.day <= add_years(one.ended_on, 5) for one in revoked if one.ended_on)

    @rule(who=WHO, at=SHOP, kind=KIND)
    def inquire(self, who: str, at: int, kind: str) -> None:
        one = self.title(at)
        if one is not None and self.attempt(
            lambda: ending.open_case(by=self.person(who), recognition=one, kind=kind, reason="群众反映")
        ):
            assert who in {"reviewer", "second_reviewer"}
            assert one.is_live(self.day)
            assert kind == Ending.Kind.WITHDRAWAL or one.path == Application.Path.SELF

    @rule(who=WHO, at=SHOP, step=st.sampled_from(ENDING_STEPS), reason=REASON, stale=STALE)
    def go_on_ending(self, who: str, at: int, step: str, reason: str, stale: int) -> None:
        case = Ending.objects.filter(recognition__business=self.shops[at]).order_by("pk").last()
        if case is not None:
            was_open = case.is_open
            done = self.attempt(
                lambda: ending.take(
                    by=self.person(who), case=case, step=step, version=case.version - stale, reason=reason
                )
            )
            assert not done or (was_open and not stale)

    @rule(at=SHOP, kind=KIND)
    def end_straight(self, at: int, kind: str) -> None:
        """The straight way to the decision, as far as it goes."""
        self.inquire("reviewer", at, kind)
        for step, who in STRAIGHT:
            self.go_on_ending(who, at, step, "有据", 0)

    @rule(who=WHO, at=SHOP, step=st.sampled_from(EXTENSION_STEPS), reason=REASON, stale=STALE)
    def go_on_evaluating(self, who: str, at: int, step: str, reason: str, stale: int) -> None:
        case = self.evaluation(at)
        if case is not None:
            agrees = True if step == "give_opinion" else None
            self.attempt(
                lambda: extending.take(
                    by=self.person(who),
                    case=case,
                    step=step,
                    version=case.version - stale,
                    reason=reason,
                    agrees=agrees,
                )
            )

    @rule(who=WHO, at=SHOP, grown=st.sampled_from([None, 0, 1, 1, 3]))
    def conclude(self, who: str, at: int, grown: int | None) -> None:
        case = self.evaluation(at)
        if case is not None:
            self.attempt(
                lambda: extending.conclude(
                    by=self.person(who),
                    case=case,
                    version=case.version,
                    judgment=Judgment(grown, "对照三年指标"),
                    reason="有据",
                )
            )

    @rule(who=WHO, at=SHOP)
    def extend(self, who: str, at: int) -> None:
        case, before = self.evaluation(at), self.title(at)
        if case is None or before is None:
            return
        if self.attempt(lambda: extending.extend(by=self.person(who), case=case, version=case.version, reason="同意")):
            now = self.title(at)
            assert now is not None
            assert (now.pk, now.extensions) == (before.pk, before.extensions + 1)
            assert before.is_live(self.day)
            assert case.screening["outcome"] == "extend"

    @rule(at=SHOP)
    def extend_straight(self, at: int) -> None:
        self.end_of_validity(at, 200)
        self.conclude("reviewer", at, 1)
        self.extend("approver", at)

    def evaluation(self, at: int) -> Extension | None:
        found = Extension.objects.filter(recognition__business=self.shops[at]).order_by("pk")
        return found.select_related("recognition__application__nomination__nominator").last()

    @rule(who=WHO, at=SHOP, year=st.sampled_from([0, 0, 1]))
    def report(self, who: str, at: int, year: int) -> None:
        one = self.title(at)
        if one is not None and self.attempt(
            lambda: reporting.hand_in(by=self.person(who), recognition=one, year=self.day.year + year, own={})
        ):
            assert (who, year) == ("proprietor", 0)
            assert one.is_live(self.day)

    @rule(who=WHO, at=SHOP, outcome=st.sampled_from(Confirmation.Outcome.values), days=st.sampled_from([-1, 30]))
    def confirm(self, who: str, at: int, outcome: str, days: int) -> None:
        one = self.title(at)
        if one is not None:
            self.attempt(
                lambda: confirming.confirm(
                    by=self.person(who),
                    recognition=one,
                    outcome=outcome,
                    note="逐项核对",
                    mend_by=self.day + days * DAY,
                )
            )

    @rule(who=WHO, at=SHOP, outcome=st.sampled_from(Confirmation.Outcome.values))
    def settle(self, who: str, at: int, outcome: str) -> None:
        made = Confirmation.objects.filter(recognition__business=self.shops[at]).order_by("pk").last()
        if made is not None:
            self.attempt(
                lambda: confirming.settle(by=self.person(who), confirmation=made, outcome=outcome, note="复查")
            )

    @rule(at=SHOP)
    def fine(self, at: int) -> None:
        """A department's table shows a new fine: it is found, people decide, and nothing ends by itself."""
        live = Recognition.objects.live(self.day).filter(business=self.shops[at]).first()
        self.fines.append({"uscc": self.shops[at].pk, "decided_on": self.day} | FINE)
        with clock.at(self.day):
            make_table("credit", *self.fines)
        self.go_to(self.day)
        if live is not None:
            live.refresh_from_db()
            assert live.ended_on is None
            assert WatchFinding.objects.filter(recognition=live, rule="published_penalty").exists()

    @rule(at=SHOP, how=st.sampled_from(sorted(BY_ITSELF)))
    def leave(self, at: int, how: str) -> None:
        """The register says that it has become an enterprise, or is gone: the title ends the same day, by itself."""
        live = Recognition.objects.live(self.day).filter(business=self.shops[at]).first()
        shop = Business.objects.filter(pk=self.shops[at].pk)
        active = {"registration_status": RegistrationStatus.ACTIVE, "entity_kind": EntityKind.INDIVIDUAL}
        gone = {"entity_kind": EntityKind.ENTERPRISE} if how == "converted" else {"registration_status": "deregistered"}
        shop.update(**gone)
        with clock.at(self.day):
            make_table("awards")
        self.go_to(self.day)
        shop.update(**active)
        if live is not None:
            live.refresh_from_db()
            assert (live.ended_on, live.end_kind) == (self.day, how)

    @rule(at=SHOP)
    def undo(self, at: int) -> None:
        """Nobody takes an end back, neither by the product's ways nor in the database."""
        one = self.title(at)
        if one is None or one.ended_on is None:
            return
        assert not self.attempt(lambda: end_title(by=None, recognition=one, kind="expired", reason="有据"))
        for changes in ({"ended_on": None, "end_kind": ""}, {"ended_on": self.day + DAY}, {"end_kind": "withdrawn"}):
            now = {name: getattr(one, name) for name in changes}
            if now != changes:
                with pytest.raises(IntegrityError), transaction.atomic():
                    Recognition.objects.filter(pk=one.pk).update(**changes)

    def attempt(self, deed: Callable[[], object]) -> bool:
        """Whether it was done; refused, everything is as it was."""
        before = self.snapshot()
        try:
            with clock.at(self.day), transaction.atomic():
                deed()
        except Refusal as refusal:
            said = refusal.what_to_do
        else:
            return True
        assert said
        assert self.snapshot() == before
        return False

    def snapshot(self) -> list[object]:
        models = (Recognition, Ending, Extension, InformationReport, Confirmation, WatchFinding, Application)
        return [list(one.objects.order_by("pk").values()) for one in models] + [Event.objects.count()]

    @invariant()
    def one_title_a_business_and_none_over_the_ceiling(self) -> None:
        live = list(Recognition.objects.unended().values_list("business", flat=True))
        assert len(live) == len(set(live)) <= CEILING

    @invariant()
    def days_are_right(self) -> None:
        for one in Recognition.objects.all():
            assert one.last_day == prolonged(one.recognised_on, years=3, by=3 * one.extensions)
            done = one.evaluations.filter(state="extended").order_by("old_last_day")
            assert done.count() == one.extensions
            for at, case in enumerate(done):
                assert case.old_last_day == prolonged(one.recognised_on, years=3, by=3 * at)
                assert case.new_last_day == prolonged(one.recognised_on, years=3, by=3 * (at + 1))
            assert one.ended_on is not None or self.day <= one.last_day
        for report in InformationReport.objects.select_related("recognition"):
            assert report.due_on == datetime.date(report.year, 7, 31) > report.recognition.recognised_on

    @invariant()
    def ends_are_final(self) -> None:
        """Each is one of the five, to the day, and stays as it was; a ban follows a revocation alone."""
        for one in Recognition.objects.filter(ended_on__isnull=False).select_related("business", "jurisdiction"):
            assert one.ended_on is not None
            end = (one.ended_on, one.end_kind, one.end_reason, one.last_day)
            if one.pk not in self.ended:
                self.just_ended(one)
            assert self.ended.setdefault(one.pk, end) == end

    def just_ended(self, one: Recognition) -> None:
        expired = one.end_kind == Recognition.End.EXPIRED
        assert one.end_kind in Recognition.End.values
        assert one.ended_on == (one.last_day + DAY if expired else self.day)
        assert one.ended_on is not None
        assert one.end_reason
        until = end_letters.ban_until(one)
        if one.end_kind != Recognition.End.REVOKED:
            assert until is None
            return
        assert one.path == Application.Path.SELF
        assert until == add_years(one.ended_on, 5)
        for day, barred in ((one.ended_on, True), (until, True), (until + DAY, False)):
            found = screen(one.business, on=day, path="self").eligibility.findings
            known = {finding.key: finding.outcome for finding in found}
            assert known["no_reapplication_ban"] is not barred

    @invariant()
    def every_open_case_is_somebodys_and_has_a_day(self) -> None:
        for model in (Ending, Extension, Application):
            for one in model.objects.open():
                assert one.owner
                assert one.due_latest is not None
        for case in Extension.objects.open().select_related("recognition"):
            assert case.due_latest == case.old_last_day == case.recognition.last_day
        over = Recognition.objects.filter(ended_on__isnull=False)
        assert not Extension.objects.open().filter(recognition__in=over).exists()
        assert not Ending.objects.open().filter(recognition__in=over).exclude(state="decided").exists()
        assert not WatchFinding.objects.filter(recognition__in=over, settled_at=None).exists()

    @invariant()
    def two_people_each(self) -> None:
        for steps, proposed, decided in (
            (EndingStep, {"propose", "propose_dropping"}, {"decide", "drop"}),
            (ExtensionStep, {"conclude"}, {"extend", "decline"}),
        ):
            rows = list(steps.objects.order_by("case", "number").values_list("case", "step", "by"))
            for case, step, by in rows:
                if step in decided:
                    assert (case, by) not in {(one, who) for one, other, who in rows if other in proposed}


@pytest.mark.parametrize(("examples", "length"), [(6, 25), pytest.param(60, 60, marks=pytest.mark.sweep)])
def test_any_deeds_in_any_years(intake: Intake, examples: int, length: int) -> None:
    class Isolated(YearsAfter):
        """Every example begins at the same savepoint."""

        def __init__(self) -> None:
            super().__init__()
            self.savepoint = transaction.savepoint()

        def teardown(self) -> None:
            transaction.savepoint_rollback(self.savepoint)

    Isolated.intake = intake
    run_state_machine_as_test(
        Isolated,
        settings=settings(
            max_examples=examples,
            stateful_step_count=length,
            deadline=None,
            derandomize=True,
            phases=(Phase.generate,),
            suppress_health_check=list(HealthCheck),
        ),
    )

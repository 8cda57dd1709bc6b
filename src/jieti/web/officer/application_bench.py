"""审核工作台: what was written and handed in beside what the data say, criterion by criterion, and the judgments."""

from dataclasses import dataclass

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from jieti.accounts.disclosure import Shown
from jieti.accounts.perms import may_review_applications, may_see_recognitions
from jieti.determinations.fact_texts import shown as value_text
from jieti.kit.errors import Refusal
from jieti.recognitions import reviewing
from jieti.recognitions.models import Application, Assessment, Attachment
from jieti.recognitions.screening import ELIGIBILITY, Screening, fact_of, screen_application
from jieti.rulebooks.catalogue import current_rulebook
from jieti.web.access import OfficerRequest, Posted, only, posted
from jieti.web.objecting import stated, value_field
from jieti.web.officer.applications import own, words_of
from jieti.web.officer.selecting import shown
from jieti.web.recognising import CategoryCard, CriterionRow, cards_of, facts_shown, verdict_of

CANNOT_TELL = "cannot_tell"
RELAXED_ROW, BAN_ROW = "relaxed_for_founder", "no_reapplication_ban"


@dataclass(frozen=True, slots=True)
class Judged:
    """A judgment in words."""

    one: Assessment
    label: str
    value: str


@dataclass(frozen=True, slots=True)
class BenchRow:
    """A criterion on the bench: what was found, what was handed in for it, what was judged."""

    standard: str
    row: CriterionRow
    files: tuple[Attachment, ...]
    judged: tuple[Judged, ...]
    can_judge: bool
    reason_key: str


@dataclass(frozen=True, slots=True)
class BenchCard:
    """A category on the bench."""

    card: CategoryCard
    rows: tuple[BenchRow, ...]
    is_preferred: bool


class AssessForm(forms.Form):
    """The facts of one criterion, what they rest on, and why."""

    def __init__(self, application: Application, facts: tuple[str, ...], data: Posted) -> None:
        super().__init__(data)
        self.facts = facts
        for key in facts:
            self.fields[f"fact-{key}"] = _fact_field(application, key)
        self.fields["evidence"] = _text("依据的材料", "看了哪些材料，例如文件名、走访记录、部门意见。", 3)
        self.fields["note"] = _text("说明", "为什么这样判断。", 3)

    @property
    def judged(self) -> dict[str, str | None]:
        """The facts as they are kept; None where nobody could tell."""
        values = {key: self.cleaned_data[f"fact-{key}"] for key in self.facts}
        return {key: None if value in {None, "", CANNOT_TELL} else stated(value) for key, value in values.items()}


@only(may_see_recognitions)
@require_safe
def bench(request: OfficerRequest, pk: int) -> HttpResponse:
    """Everything a reviewer looks at, on one page."""
    application = own(request, pk)
    if not may_review_applications(request.user, request.jurisdiction):
        raise PermissionDenied
    found = screen_application(application)
    limits = shown(request, application.business_id, facts_shown(found))
    verdict = verdict_of(found, limits)
    rows = _Rows(application, found, limits)
    cards = [
        BenchCard(one, rows.of(one.key, one.rows), one.key == application.preferred_category)
        for one in cards_of(found, limits)
    ]
    context = {
        "application": application,
        "words": words_of(request, application),
        "verdict": verdict,
        "bars": rows.of(ELIGIBILITY, verdict.rows),
        "cards": sorted(cards, key=lambda one: not one.is_preferred),
        "loose": [one for one in application.attachments.all() if not one.criterion],
        "claims": [fact_of(application.business, key).label for key in application.answers],
        "met": [one.label for one in cards_of(found) if one.standing.tag == "good"],
        "is_recorded": any(one.is_recorded for one in limits.values()),
    }
    return render(request, "officer/application_bench.html", context)


@only(may_see_recognitions)
@require_http_methods(["GET", "HEAD", "POST"])
def assess(request: OfficerRequest, pk: int, standard: str, criterion: str) -> HttpResponse:
    """Judges one criterion."""
    application = own(request, pk)
    if not may_review_applications(request.user, request.jurisdiction):
        raise PermissionDenied
    try:
        facts = reviewing.assessable(application, standard, criterion)
    except Refusal:
        raise Http404 from None
    form, refusal = AssessForm(application, facts, posted(request)), None
    if request.method == "POST" and form.is_valid():
        try:
            reviewing.assess(
                by=request.user,
                application=application,
                standard=standard,
                criterion=criterion,
                judged=form.judged,
                evidence=form.cleaned_data["evidence"],
                note=form.cleaned_data["note"],
            )
            return redirect("officer:application-bench", application.pk)
        except Refusal as refused:
            refusal = refused
    one = current_rulebook(application.business.jurisdiction).standards[standard].criteria[criterion]
    files = application.attachments.filter(criterion=f"{standard}.{criterion}")
    context = {"application": application, "criterion": one, "form": form, "refusal": refusal, "files": files}
    status = 409 if refusal else 422 if form.errors else 200
    return render(request, "officer/application_assess.html", context, status=status)


class _Rows:
    """The criteria of an application with what belongs to each."""

    def __init__(self, application: Application, found: Screening, limits: dict[str, Shown]) -> None:
        self._application, self._found, self._limits = application, found, limits
        self._files = list(application.attachments.all())
        self._judged = list(application.assessments.select_related("by"))
        self._open = application.state in reviewing.JUDGING

    def of(self, standard: str, rows: tuple[CriterionRow, ...]) -> tuple[BenchRow, ...]:
        return tuple(self._row(standard, row) for row in rows)

    def _row(self, standard: str, row: CriterionRow) -> BenchRow:
        name = f"{standard}.{row.key}"
        files = tuple(one for one in self._files if one.criterion == name)
        judged = tuple(self._words(one) for one in self._judged if (one.standard, one.criterion) == (standard, row.key))
        is_settled = row.finding.outcome is False and not judged
        facts = () if is_settled else reviewing.judgeable(self._application, row.criterion, self._found)
        return BenchRow(standard, row, files, judged, self._open and bool(facts), self._reason(row))

    def _words(self, one: Assessment) -> Judged:
        fact = fact_of(self._application.business, one.fact)
        return Judged(one, fact.label, "无法判断" if one.value is None else value_text(fact, one.value))

    def _reason(self, row: CriterionRow) -> str:
        """Which written reason the criterion waits for."""
        if not self._open:
            return ""
        if row.key == RELAXED_ROW and self._found.value("founder_group_verified") is True:
            return "relaxation"
        is_nomination = self._application.path == Application.Path.NOMINATION
        if row.key == BAN_ROW and is_nomination and self._found.value("revoked_recently") is True:
            return "ban_exception"
        return ""


def _fact_field(application: Application, key: str) -> forms.Field:
    fact = fact_of(application.business, key)
    field = value_field(fact, label=fact.label, required=False)
    if isinstance(field, forms.ChoiceField):
        field.choices = [*field.choices, (CANNOT_TELL, "无法判断")]  # type: ignore[misc]
        field.required = True
    return field


def _text(label: str, hint: str, rows: int) -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=hint,
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": rows}),
        error_messages={"required": f"请填写“{label}”。"},
    )

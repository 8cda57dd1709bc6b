"""比选: who is compared, each reviewer's own scores, the ranking, and the card of each place."""

from typing import Any

from django import forms
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from jieti.accounts.perms import may_review_applications
from jieti.kit.errors import Refusal
from jieti.kit.tables import xlsx_response
from jieti.recognitions import comparing, places
from jieti.recognitions.models import Application, InterestDeclaration, Ranking
from jieti.recognitions.scoring import factors_of
from jieti.web.access import OfficerRequest, Posted, only, posted
from jieti.web.officer.selecting import case_of, cases_of, shown, the_campaign, works_on_cases

APPLICATION = "recognitions.Application."
HEADERS = ["名次", "个体工商户", "统一社会信用代码", "总分", "入选", "同分时"]
TIES = {"": "", "factors": "按因素得分", "time": "按提交先后"}


class ScoreForm(forms.Form):
    """Points and a reason for each factor."""

    def __init__(self, case: Application, reader: Any, data: Posted) -> None:
        self.factors = factors_of(case.campaign.factors)
        own = {one.factor: one for one in case.scores.filter(by=reader)}
        initial: dict[str, object] = {f"points-{key}": one.points for key, one in own.items()}
        initial |= {f"note-{key}": one.note for key, one in own.items()}
        super().__init__(data, initial=initial)
        for one in self.factors:
            self.fields[f"points-{one.key}"] = forms.IntegerField(
                label=f"{one.label}（0到{one.most}分，权重{one.weight}）",
                min_value=0,
                max_value=one.most,
                widget=forms.NumberInput(attrs={"class": "short"}),
                error_messages={"required": f"请给“{one.label}”评分。"},
            )
            self.fields[f"note-{one.key}"] = forms.CharField(
                label=f"{one.label}：评分理由",
                max_length=1_000,
                widget=forms.Textarea(attrs={"rows": 2}),
                error_messages={"required": f"请写明“{one.label}”的评分理由。"},
            )
        if not InterestDeclaration.objects.filter(application=case, user=reader).exists():
            self.fields["no_tie"] = forms.BooleanField(
                label="我声明：本人和近亲属与这一户没有利益关系",
                error_messages={"required": "有利益关系的应当回避；没有的请勾选声明。"},
            )

    def values(self, kind: str) -> dict[str, Any]:
        """The points or the notes by factor."""
        return {one.key: self.cleaned_data[f"{kind}-{one.key}"] for one in self.factors}


@only(works_on_cases)
@require_safe
def index(request: OfficerRequest) -> HttpResponse:
    """Everybody in the comparison, what the reader has scored, and the rankings."""
    return _page(request)


@only(may_review_applications)
@require_http_methods(["GET", "HEAD", "POST"])
def score(request: OfficerRequest, pk: int) -> HttpResponse:
    """The reader's own scores of one application; nobody else's are shown before the ranking."""
    case = case_of(request, pk)
    if case.state != "comparing":
        raise Http404
    form, refusal = ScoreForm(case, request.user, posted(request)), None
    if form.is_valid():
        try:
            no_tie = bool(form.cleaned_data.get("no_tie"))
            points, notes = form.values("points"), form.values("note")
            comparing.score(by=request.user, application=case, points=points, notes=notes, no_tie=no_tie)
            return redirect("officer:comparison")
        except Refusal as refused:
            refusal = refused
    values = {f"{APPLICATION}introduction": case.introduction, f"{APPLICATION}preferred_category": ""}
    context = {
        "case": case,
        "form": form,
        "refusal": refusal,
        "shown": shown(request, case.business_id, values),
        "visits": case.visits.filter(sent_at__isnull=False),
    }
    return render(
        request, "officer/comparison_score.html", context, status=409 if refusal else 422 if form.errors else 200
    )


@only(may_review_applications)
@require_POST
def rank(request: OfficerRequest) -> HttpResponse:
    """Makes the order."""
    try:
        made = comparing.rank(
            by=request.user, campaign=the_campaign(request), tie_reason=request.POST.get("tie_reason", "")[:1_000]
        )
    except Refusal as refused:
        return _page(request, refusal=refused)
    return redirect("officer:ranking", made.pk)


@only(works_on_cases)
@require_safe
def ranking(request: OfficerRequest, pk: int) -> HttpResponse:
    """One ranking: every place, every score, and whether it comes out the same again."""
    one = _ranking(request, pk)
    factors = factors_of(one.campaign.factors)
    names = _names(one)
    rows = [
        row | {"name": names[row["application"]], "parts": [row["factors"][it.key] for it in factors]}
        for row in one.rows
    ]
    context = {
        "ranking": one,
        "rows": [row | {"tie_text": TIES[row["tie"]]} for row in rows],
        "factors": factors,
        "holds": comparing.holds(one),
        "scores": comparing.visible_scores(reader=request.user, campaign=one.campaign).filter(application__in=names),
    }
    return render(request, "officer/ranking.html", context)


@only(works_on_cases)
@require_safe
def ranking_xlsx(request: OfficerRequest, pk: int) -> FileResponse:
    """The same as a table."""
    one = _ranking(request, pk)
    factors, names = factors_of(one.campaign.factors), _names(one)
    rows = [
        [
            row["place"],
            names[row["application"]],
            row["uscc"],
            row["shown"],
            row["chosen"],
            TIES[row["tie"]],
            *(row["factors"][it.key] for it in factors),
        ]
        for row in one.rows
    ]
    return xlsx_response("比选名次.xlsx", [*HEADERS, *(it.label for it in factors)], rows)


def _page(request: OfficerRequest, *, refusal: Refusal | None = None) -> HttpResponse:
    campaign = the_campaign(request)
    cases = cases_of(request).filter(campaign=campaign, state="comparing").prefetch_related("scores")
    context = {
        "campaign": campaign,
        "factors": factors_of(campaign.factors),
        "rows": [(one, request.user.pk in comparing.scorers_of(one), len(comparing.scorers_of(one))) for one in cases],
        "reviewed": cases_of(request).filter(campaign=campaign, state="reviewed").count(),
        "free": places.free(campaign),
        "must_compare": places.must_compare(campaign),
        "rankings": campaign.rankings.select_related("made_by"),
        "may_review": may_review_applications(request.user, request.jurisdiction),
        "refusal": refusal,
    }
    return render(request, "officer/comparison.html", context, status=409 if refusal else 200)


def _ranking(request: OfficerRequest, pk: int) -> Ranking:
    found = Ranking.objects.filter(campaign__jurisdiction=request.jurisdiction).select_related("campaign", "made_by")
    return get_object_or_404(found, pk=pk)


def _names(one: Ranking) -> dict[int, str]:
    cases = Application.objects.filter(pk__in=[row["application"] for row in one.rows]).select_related("business")
    return {case.pk: case.business.name for case in cases}

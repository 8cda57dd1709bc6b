"""报市和抽查: what the city has not been told of, the packages, the random samples and what was found of them."""

from django import forms
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from jieti.accounts.perms import may_check_recognitions, may_review_applications
from jieti.kit.errors import Refusal
from jieti.kit.tables import xlsx_response
from jieti.recognitions import city
from jieti.recognitions.models import Application, CityReport, SpotCheck
from jieti.web.access import OfficerRequest, only, posted
from jieti.web.officer.selecting import campaign_of, state_of, tag_of, the_campaign, works_on_cases


class DrawForm(forms.Form):
    """How many are drawn, and the seed."""

    count = forms.IntegerField(
        label="抽查户数",
        min_value=1,
        max_value=10_000,
        error_messages={"required": "请填写抽查户数。", "min_value": "抽查户数至少是1。"},
    )
    seed = forms.CharField(
        label="随机种子",
        required=False,
        max_length=64,
        help_text="可以填写公开摇出的号码；不填写的由系统生成。任何人用同一个种子都能抽出同样的样本。",
    )


@only(works_on_cases)
@require_safe
def index(request: OfficerRequest) -> HttpResponse:
    """Unreported titles, packages, samples."""
    return _page(request)


@only(works_on_cases)
@require_safe
def index_xlsx(request: OfficerRequest) -> FileResponse:
    """The unreported titles as a table."""
    campaign = campaign_of(request)
    titles = [one.recognition for one in city.unreported(campaign)] if campaign else []
    return xlsx_response("待上报的认定.xlsx", city.HEADERS, city.rows_of(titles))


@only(may_review_applications)
@require_POST
def make(request: OfficerRequest) -> HttpResponse:
    """Packs everything that is not reported."""
    try:
        city.make_report(by=request.user, campaign=the_campaign(request))
    except Refusal as refused:
        return _page(request, refusal=refused)
    return redirect("officer:city-reports")


@only(may_review_applications)
@require_POST
def send(request: OfficerRequest, pk: int) -> HttpResponse:
    """Writes down that the package was handed in."""
    try:
        city.mark_sent(by=request.user, report=_report(request, pk))
    except Refusal as refused:
        return _page(request, refusal=refused)
    return redirect("officer:city-reports")


@only(works_on_cases)
@require_safe
def download(request: OfficerRequest, pk: int) -> FileResponse:
    """The package's file."""
    report = _report(request, pk)
    if not city.is_intact(report):
        raise Http404
    name = f"名特优新认定-{report.campaign.year}-第{report.number}批-{report.sha256[:8]}.zip"
    return FileResponse(
        city.file_of(report).open("rb"), as_attachment=True, filename=name, content_type="application/zip"
    )


@only(may_check_recognitions)
@require_http_methods(["GET", "HEAD", "POST"])
def draw(request: OfficerRequest) -> HttpResponse:
    """The city draws a sample."""
    campaign = the_campaign(request)
    form, refusal = DrawForm(posted(request)), None
    if form.is_valid():
        try:
            return redirect("officer:spot-check", city.draw(by=request.user, campaign=campaign, **form.cleaned_data).pk)
        except Refusal as refused:
            refusal = refused
    reported = Application.objects.filter(campaign=campaign, state="reported").count()
    context = {"campaign": campaign, "form": form, "refusal": refusal, "reported": reported}
    return render(
        request, "officer/spot_check_new.html", context, status=409 if refusal else 422 if form.errors else 200
    )


@only(works_on_cases)
@require_safe
def check(request: OfficerRequest, pk: int) -> HttpResponse:
    """One sample: how it was drawn, and what was found of each."""
    one = _check(request, pk)
    again = city.drawn(one.population, seed=one.seed, count=len(one.sample)) == one.sample
    rows = [(case, state_of(case), tag_of(case)) for case in _drawn(one)]
    return render(request, "officer/spot_check.html", {"check": one, "rows": rows, "again": again})


@only(works_on_cases)
@require_safe
def check_xlsx(request: OfficerRequest, pk: int) -> FileResponse:
    """The sample as a table."""
    one = _check(request, pk)
    rows = [[*city.rows_of([case.recognition])[0], state_of(case)] for case in _drawn(one)]
    return xlsx_response("市级抽查样本.xlsx", [*city.HEADERS, "状态"], rows)


def _page(request: OfficerRequest, *, refusal: Refusal | None = None) -> HttpResponse:
    campaign = the_campaign(request)
    reports = campaign.reports.select_related("made_by", "sent_by").order_by("-number")
    context = {
        "campaign": campaign,
        "unreported": [(one, tag_of(one)) for one in city.unreported(campaign)],
        "reports": [(one, city.is_intact(one)) for one in reports],
        "checks": campaign.spot_checks.select_related("drawn_by"),
        "may_report": may_review_applications(request.user, request.jurisdiction),
        "may_draw": may_check_recognitions(request.user, request.jurisdiction),
        "refusal": refusal,
    }
    return render(request, "officer/city_reports.html", context, status=409 if refusal else 200)


def _report(request: OfficerRequest, pk: int) -> CityReport:
    found = CityReport.objects.filter(campaign__jurisdiction=request.jurisdiction).select_related("campaign")
    return get_object_or_404(found, pk=pk)


def _check(request: OfficerRequest, pk: int) -> SpotCheck:
    found = SpotCheck.objects.filter(campaign__jurisdiction=request.jurisdiction).select_related("campaign", "drawn_by")
    return get_object_or_404(found, pk=pk)


def _drawn(one: SpotCheck) -> list[Application]:
    found = Application.objects.filter(campaign=one.campaign, recognition__number__in=one.sample)
    return list(found.select_related("business", "recognition__business").order_by("recognition__number"))

"""认定年度工作: opening it with its rule of comparison, its stages with what is in them, what is late."""

from django import forms
from django.http import FileResponse, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from jieti.accounts.models import Jurisdiction
from jieti.accounts.perms import is_officer, may_decide_recognitions, may_see_recognitions
from jieti.kit import clock
from jieti.kit.errors import Refusal
from jieti.kit.tables import xlsx_response
from jieti.recognitions.campaigns import (
    WHOLE,
    Factor,
    comparison_of,
    countdown,
    current_campaign,
    open_campaign,
    overdue,
)
from jieti.recognitions.models import Campaign
from jieti.recognitions.places import left
from jieti.web.access import OfficerRequest, Posted, only, posted

WEIGHT = "weight-"
HEADERS = ["阶段", "开始", "截止", "在办", "还有天数", "逾期", "依据"]


class OpeningForm(forms.Form):
    """The weight of each factor, and what decides between equal totals."""

    def __init__(self, jurisdiction: Jurisdiction, data: Posted) -> None:
        super().__init__(data)
        self.chosen, rule = comparison_of(jurisdiction)
        for one in self.chosen:
            self.fields[f"{WEIGHT}{one['key']}"] = forms.IntegerField(
                label=f"{one['label']}的权重（%）",
                min_value=1,
                max_value=WHOLE,
                initial=one["weight"],
                widget=forms.TextInput(attrs={"inputmode": "numeric", "class": "short"}),
                error_messages={"required": "请填写权重。", "invalid": "请填写整数。", "min_value": "权重至少是1。"},
            )
        self.fields["tie_rule"] = forms.CharField(
            label="分数相同时", initial=rule, max_length=200, widget=forms.Textarea(attrs={"rows": 3})
        )

    @property
    def factors(self) -> list[Factor]:
        return [{**one, "weight": self.cleaned_data[f"{WEIGHT}{one['key']}"]} for one in self.chosen]


@only(is_officer)
@require_http_methods(["GET", "HEAD", "POST"])
def index(request: OfficerRequest) -> HttpResponse:
    """The years' campaigns; who decides opens this year's here."""
    may_open = may_decide_recognitions(request.user, request.jurisdiction)
    offered = may_open and current_campaign(request.jurisdiction) is None
    form, refusal, year = OpeningForm(request.jurisdiction, posted(request)), None, clock.today().year
    if request.method == "POST" and form.is_valid():
        try:
            rule = form.cleaned_data["tie_rule"]
            home = request.jurisdiction
            open_campaign(by=request.user, jurisdiction=home, year=year, factors=form.factors, tie_rule=rule)
            return redirect("officer:campaign", year)
        except Refusal as refused:
            refusal = refused
    context = {
        "campaigns": Campaign.objects.of(request.jurisdiction).latest_first(),
        "form": form if offered else None,
        "year": year,
        "refusal": refusal,
    }
    status = 409 if refusal else 422 if form.is_bound and form.errors else 200
    return render(request, "officer/campaigns.html", context, status=status)


@only(may_see_recognitions)
@require_safe
def detail(request: OfficerRequest, year: int) -> HttpResponse:
    """One year's campaign."""
    campaign = _own(request, year)
    context = {
        "campaign": campaign,
        "progress": countdown(campaign),
        "late": overdue(campaign).select_related("business") if is_officer(request.user, request.jurisdiction) else (),
        "left": left(campaign),
        "days_left": (campaign.closes_on - clock.today()).days,
    }
    return render(request, "officer/campaign.html", context)


@only(may_see_recognitions)
@require_safe
def detail_xlsx(request: OfficerRequest, year: int) -> FileResponse:
    """Its stages as a table."""
    rows = (
        [
            one.stage.label,
            one.stage.opens,
            one.stage.closes_on,
            one.waiting,
            one.days_left,
            "是" if one.is_late else "",
            one.stage.clause,
        ]
        for one in countdown(_own(request, year))
    )
    return xlsx_response(f"{year}年度认定工作.xlsx", HEADERS, rows)


def _own(request: OfficerRequest, year: int) -> Campaign:
    found = Campaign.objects.of(request.jurisdiction).select_related("jurisdiction", "opened_by")
    return get_object_or_404(found, year=year)

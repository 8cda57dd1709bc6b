"""信息报告: what the departments' tables say stands there, locked; asked is only what none of them can say."""

from collections.abc import Mapping

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from jieti.kit.errors import Refusal
from jieti.recognitions.models import InformationReport, Recognition
from jieti.recognitions.reporting import due_day, hand_in, open_year, prefilled
from jieti.registry.ask_once import Datum, Own
from jieti.registry.models import CorrectionRequest
from jieti.web.access import MemberRequest, posted
from jieti.web.proprietor.own import handled
from jieti.web.proprietor.views import SourcedValue, SuppliedTable


class ReportForm(forms.Form):
    """Two things in words, both may be left out; and that the data above were looked at."""

    asks: Mapping[str, Own | Datum] = {
        "features": Own("一年来经营特色的变化，只有本人能说"),
        "help_given": Own("带动周边就业、增收的情况，只有本人能说"),
        "is_checked": Own("本人核对过上面的数据"),
    }

    features = forms.CharField(
        label="一年来的变化（选填）",
        help_text="例如新产品、新荣誉、技艺传承、线上经营。",
        required=False,
        max_length=1_000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    help_given = forms.CharField(
        label="带动情况（选填）",
        help_text="例如带动周边多少人就业、采购了本地哪些产品。",
        required=False,
        max_length=1_000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    is_checked = forms.BooleanField(
        label="上面的数据我已核对；有误的，已经点“信息有误”提出。",
        error_messages={"required": "请核对上面的数据，然后勾选。"},
    )

    @property
    def own(self) -> dict[str, str]:
        """What was written, by field."""
        return {key: self.cleaned_data[key] for key in ("features", "help_given")}


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: MemberRequest, uscc: str, pk: int) -> HttpResponse:
    """The report that is missing now."""
    business = handled(request, uscc)
    title = _title(uscc, pk)
    year = open_year(title)
    form, refusal = ReportForm(posted(request)), None
    if year is None:
        refusal = Refusal("现在没有要报送的信息报告。", what_to_do="请在认定页面查看各年的报送期限。")
    elif request.method == "POST" and form.is_valid():
        try:
            hand_in(by=request.user, recognition=title, year=year, own=form.own)
            messages.success(request, f"{year}年信息报告已经报送。")
            return redirect("proprietor:title", uscc, pk)
        except Refusal as refused:
            refusal = refused
    context = {
        "business": business,
        "title": title,
        "year": year,
        "due": due_day(title.jurisdiction, year) if year else None,
        "tables": _tables(request, title) if year else [],
        "form": form,
        "refusal": refusal,
    }
    status = 409 if refusal else 422 if form.errors else 200
    return render(request, "proprietor/information_report.html", context, status=status)


@login_required
@require_safe
def detail(request: MemberRequest, uscc: str, pk: int, year: int) -> HttpResponse:
    """A report as it was handed in."""
    business = handled(request, uscc)
    report = get_object_or_404(InformationReport, recognition=_title(uscc, pk), year=year)
    own = report.content.get("own", {})
    labels = {key: field.label for key, field in ReportForm.base_fields.items()}
    context = {
        "business": business,
        "title": report.recognition,
        "report": report,
        "own": [(labels.get(key, key), text) for key, text in own.items()],
    }
    return render(request, "proprietor/information_report_sent.html", context)


def _title(uscc: str, pk: int) -> Recognition:
    return get_object_or_404(Recognition.objects.select_related("business", "jurisdiction"), pk=pk, business=uscc)


def _tables(request: MemberRequest, title: Recognition) -> list[SuppliedTable]:
    open_ones = CorrectionRequest.objects.open().filter(business=title.business_id)
    asked = {(one.source_key, one.item): one for one in open_ones}
    return [
        SuppliedTable(
            supply,
            tuple(
                tuple(
                    SourcedValue(value, asked.get((supply.source.key, value.item))) for value in row if value.is_known
                )
                for row in supply.rows
            ),
        )
        for supply in prefilled(title, by=request.user)
    ]

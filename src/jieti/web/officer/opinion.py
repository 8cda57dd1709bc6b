"""舆情记录: what is said in public about the work, and how it was handled."""

from django import forms
from django.http import FileResponse, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from jieti.accounts.perms import may_supervise
from jieti.engagement.models import OpinionRecord
from jieti.engagement.records import handle_opinion, record_opinion
from jieti.kit.tables import xlsx_response
from jieti.web.access import OfficerRequest, only, posted
from jieti.web.casework import Tag
from jieti.web.officer import ledgers
from jieti.web.officer.ledgers import Line, Listing, Sheet

HEADERS = ["编号", "发现日期", "来源", "内容摘要", "程度", "处置情况", "处置日期"]
STYLES = {OpinionRecord.Weight.USUAL: "", OpinionRecord.Weight.NOTED: "warn", OpinionRecord.Weight.GRAVE: "bad"}
BACK = ("舆情记录", "officer:opinion")


class OpinionForm(forms.Form):
    """What was found where."""

    found_on = ledgers.day("发现日期")
    origin = ledgers.text("来源", hint="网站、平台、热线或者转来的单位。", most=200)
    gist = ledgers.words("内容摘要", hint="不要写个人信息。")
    weight = ledgers.choice("程度", OpinionRecord.Weight.choices)


class HandlingForm(forms.Form):
    """What was done about it."""

    handling = ledgers.words("处置情况")


@only(may_supervise)
@require_safe
def index(request: OfficerRequest) -> HttpResponse:
    """Everything, the newest first."""
    page, pages = ledgers.paged(request, OpinionRecord.objects.of(request.jurisdiction))
    return ledgers.list_page(
        request,
        Listing(
            title="舆情记录",
            lines=[_line(one) for one in page],
            pages=pages,
            group=ledgers.SUPERVISION,
            buttons=[("登记舆情", reverse("officer:opinion-new"))],
            xlsx=reverse("officer:opinion-xlsx"),
        ),
    )


@only(may_supervise)
@require_safe
def index_xlsx(request: OfficerRequest) -> FileResponse:
    """The same as a table."""
    rows = [
        [one.pk, one.found_on, one.origin, one.gist, one.get_weight_display(), one.handling, one.handled_on]
        for one in OpinionRecord.objects.of(request.jurisdiction).order_by("pk")
    ]
    return xlsx_response("舆情记录.xlsx", HEADERS, rows)


@only(may_supervise)
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: OfficerRequest) -> HttpResponse:
    """A new record."""

    def deed(filled: forms.Form) -> str:
        record_opinion(by=request.user, jurisdiction=request.jurisdiction, **filled.cleaned_data)
        return reverse(BACK[1])

    sheet = Sheet("登记舆情", "登记", (BACK[0], reverse(BACK[1])), clause="正文三(三)")
    return ledgers.form_page(request, sheet, OpinionForm(posted(request)), deed)


@only(may_supervise)
@require_http_methods(["GET", "HEAD", "POST"])
def handle(request: OfficerRequest, pk: int) -> HttpResponse:
    """How it was handled."""
    opinion = get_object_or_404(OpinionRecord.objects.of(request.jurisdiction), pk=pk)

    def deed(filled: forms.Form) -> str:
        handle_opinion(by=request.user, opinion=opinion, **filled.cleaned_data)
        return reverse(BACK[1])

    sheet = Sheet("登记处置情况", "登记", (BACK[0], reverse(BACK[1])), opinion.gist, "正文三(三)")
    return ledgers.form_page(request, sheet, HandlingForm(posted(request)), deed)


def _line(one: OpinionRecord) -> Line:
    handled = Tag("已处置", "good") if one.handling else Tag("待处置", "warn")
    weight = OpinionRecord.Weight(one.weight)
    return Line(
        title=one.origin,
        link="" if one.handling else reverse("officer:opinion-handle", args=[one.pk]),
        facts=(f"{one.found_on}发现", *((f"{one.handled_on}处置",) if one.handled_on else ())),
        tags=(Tag(weight.label, STYLES[weight]), handled),
        note=f"{one.gist}\n处置：{one.handling}" if one.handling else one.gist,
    )

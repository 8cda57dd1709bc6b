"""个转企: which businesses became enterprises, what they may keep, and who is told about 专精特新 (附件二(三)2)."""

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from jieti.accounts.perms import may_record_conversions, may_see_conversions, may_work_for
from jieti.directory.actions import follow_conversion
from jieti.engagement.conversions import CLAUSE, advise, record_conversion
from jieti.engagement.models import Conversion
from jieti.engagement.routing import adviser_on_conversion
from jieti.kit.errors import Refusal
from jieti.kit.tables import xlsx_response
from jieti.web.access import OfficerRequest, only, posted
from jieti.web.casework import Tag
from jieti.web.officer import ledgers
from jieti.web.officer.ledgers import Casework, Line, Listing, Sheet, Tab

HEADERS = ["编号", "个体工商户", "原代码", "企业名称", "企业代码", "转型日期", "专精特新辅导日期", "辅导单位"]
BACK = ("个转企", "officer:conversions")
GUIDE = (
    "转企前后：可以保留字号和行业表述，可以沿用原统一社会信用代码；许可证件按规定办理变更；电子档案先行移交。"
    "个体工商户的分型和名特优新认定随转企终止，转企后可以申报专精特新。"
)


class ConversionForm(forms.Form):
    """Which business became which enterprise."""

    business = ledgers.business_field("个体工商户的统一社会信用代码")
    converted_on = ledgers.day("转型日期")
    enterprise_name = ledgers.text("企业名称", most=200)
    enterprise_uscc = ledgers.text("企业的统一社会信用代码", most=40, hint="沿用原代码的，填写原代码。")


@only(may_see_conversions)
@require_safe
def index(request: OfficerRequest) -> HttpResponse:
    """All of them; first those that nobody has told about 专精特新: the hint list."""
    found = Conversion.objects.of(request.jurisdiction).select_related("business")
    groups = {
        "hints": ("待专精特新辅导", found.filter(advised_on=None)),
        "advised": ("已辅导", found.filter(advised_on__isnull=False)),
        "all": ("全部", found),
    }
    tabs = [Tab(key, label, group.count()) for key, (label, group) in groups.items()]
    chosen = ledgers.narrowed(request, tabs)
    page, pages = ledgers.paged(request, groups[chosen][1])
    may_add = may_record_conversions(request.user, request.jurisdiction)
    return ledgers.list_page(
        request,
        Listing(
            title="个转企",
            lines=[_line(one) for one in page],
            pages=pages,
            group=ledgers.RECORDS,
            tabs=tabs,
            chosen=chosen,
            buttons=[("登记个转企", reverse("officer:conversion-new"))] if may_add else [],
            xlsx=reverse("officer:conversions-xlsx"),
            intro=GUIDE,
        ),
    )


@only(may_see_conversions)
@require_safe
def index_xlsx(request: OfficerRequest) -> FileResponse:
    """The same as a table."""
    rows = [
        [
            one.pk,
            one.business.name,
            one.business_id,
            one.enterprise_name,
            one.enterprise_uscc,
            one.converted_on,
            one.advised_on,
            one.advised_by.name if one.advised_by else "",
        ]
        for one in Conversion.objects.of(request.jurisdiction).select_related("business", "advised_by").order_by("pk")
    ]
    return xlsx_response("个转企.xlsx", HEADERS, rows)


@only(may_record_conversions)
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: OfficerRequest) -> HttpResponse:
    """A new one: title and benefits end with it."""

    def deed(filled: forms.Form) -> str:
        values = dict(filled.cleaned_data)
        business = ledgers.business_of(request, values.pop("business"))
        conversion = record_conversion(by=request.user, business=business, **values)
        follow_conversion(by=request.user, business=business)
        return reverse("officer:conversion", args=[conversion.pk])

    sheet = Sheet("登记个转企", "登记", (BACK[0], reverse(BACK[1])), GUIDE, CLAUSE)
    return ledgers.form_page(request, sheet, ConversionForm(posted(request)), deed)


@only(may_see_conversions)
@require_safe
def detail(request: OfficerRequest, pk: int) -> HttpResponse:
    """One conversion."""
    found = Conversion.objects.of(request.jurisdiction).select_related("business__jurisdiction", "advised_by")
    one = get_object_or_404(found, pk=pk)
    adviser = adviser_on_conversion(request.jurisdiction)
    may_advise = one.advised_on is None and adviser is not None and may_work_for(request.user, adviser)
    casework = Casework(
        title=one.enterprise_name,
        back=(BACK[0], reverse(BACK[1])),
        state=_state(one),
        due=f"{one.converted_on:%Y年%-m月%-d日}转为企业",
        rows=[
            ("个体工商户", f"{one.business}（{one.business_id}）"),
            ("企业代码", one.enterprise_uscc),
            ("负责专精特新辅导", adviser.name if adviser else "规则没有指定"),
        ],
        offered=[],
        posts=[("登记已辅导", reverse("officer:conversion-advise", args=[pk]))] if may_advise else [],
    )
    return ledgers.case_page(request, casework)


@only(may_see_conversions)
@require_POST
def tell(request: OfficerRequest, pk: int) -> HttpResponse:
    """The enterprise was told about 专精特新."""
    one = get_object_or_404(Conversion.objects.of(request.jurisdiction), pk=pk)
    try:
        advise(by=request.user, conversion=one)
    except Refusal:
        raise PermissionDenied from None
    messages.success(request, "已登记。")
    return redirect("officer:conversion", pk)


def _state(one: Conversion) -> Tag:
    return Tag(f"{one.advised_on}已辅导专精特新", "good") if one.advised_on else Tag("待专精特新辅导", "warn")


def _line(one: Conversion) -> Line:
    link = reverse("officer:conversion", args=[one.pk])
    return Line(one.enterprise_name, link, (f"原{one.business.name}", f"{one.converted_on}转型"), (_state(one),))

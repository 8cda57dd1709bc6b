"""The register of feeds: who delivers what, in which columns, how fresh, and where it contradicts the register."""

from collections.abc import Iterable, Mapping

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from jieti.accounts.perms import is_officer, may_deliver_for, may_manage_feed_of, may_see_deliveries
from jieti.kit.tables import xlsx_response
from jieti.registry.disagreements import disagreements
from jieti.registry.feeds import Freshness, Standing, set_contact, standings
from jieti.registry.models import Feed
from jieti.web.access import OfficerRequest, only, posted
from jieti.web.officer.forms import ContactForm
from jieti.web.paging import pages_around
from rulecore.model import Column

A_PAGE = 50
TAGS: Mapping[Freshness, str] = {Freshness.FRESH: "good", Freshness.LATE: "warn", Freshness.NEVER: ""}
TYPES: Mapping[str, str] = {
    "uscc": "统一社会信用代码，18位",
    "identity": "公民身份号码",
    "phone": "电话号码",
    "text": "文字",
    "code": "代码，只填下列之一",
    "date": "日期，如2026-07-01",
    "month": "月份，如2026-07",
    "year": "年度，四位数字",
    "money": "金额，元；表头写明“万元”的按万元",
    "int": "整数",
    "bool": "是或否",
}


@only(may_see_deliveries)
@require_safe
def index(request: OfficerRequest) -> HttpResponse:
    """Every feed that the reader has to do with, and how fresh its data are."""
    rows = [(one, TAGS[one.state]) for one in _standings(request)]
    return render(request, "officer/feeds.html", {"rows": rows})


@only(may_see_deliveries)
@require_safe
def index_xlsx(request: OfficerRequest) -> FileResponse:
    """The same as a table."""
    headers = ["数据来源", "供数单位", "更新周期", "每年应送日期", "时效（天）", "最近数据日期", "已过天数", "状态",
               "说明", "联系人及电话"]  # fmt: skip
    rows = (
        [s.source.title, s.feed.supplier.name, s.feed.schedule, s.due_text, s.feed.fresh_days,
         s.latest.as_of if s.latest else None, s.age, s.state.label, s.why, s.feed.contact]
        for s in _standings(request)
    )  # fmt: skip
    return xlsx_response("数据归集目录.xlsx", headers, rows)


@only(may_see_deliveries)
@require_http_methods(["GET", "HEAD", "POST"])
def detail(request: OfficerRequest, source: str) -> HttpResponse:
    """One feed: its columns with types, units and codes, its schedule and limits, and whom to call."""
    standing = _one(request, source)
    supplier = standing.feed.supplier
    may_manage = may_manage_feed_of(request.user, supplier, request.jurisdiction)
    form = ContactForm(posted(request), initial={"contact": standing.feed.contact})
    if request.method == "POST":
        if not may_manage:
            raise PermissionDenied
        if form.is_valid():
            set_contact(by=request.user, feed=standing.feed, contact=form.cleaned_data["contact"])
            return redirect("officer:feed", source)
    context = {
        "standing": standing,
        "tag": TAGS[standing.state],
        "columns": [(column, TYPES[column.type], _codes(column)) for column in standing.source.columns.values()],
        "form": form,
        "may_manage": may_manage,
        "may_deliver": may_deliver_for(request.user, supplier, request.jurisdiction),
    }
    return render(request, "officer/feed.html", context, status=422 if form.errors else 200)


@only(may_see_deliveries)
@require_safe
def columns_xlsx(request: OfficerRequest, source: str) -> FileResponse:
    """The feed's columns as a table."""
    standing = _one(request, source)
    rows = (
        [column.header, "、".join(column.aliases), TYPES[column.type], column.required, "；".join(_codes(column))]
        for column in standing.source.columns.values()
    )
    headers = ["表头", "也可以写作", "类型和单位", "必填", "代码"]
    return xlsx_response(f"{standing.source.title}-数据项.xlsx", headers, rows)


@only(may_see_deliveries)
@require_safe
def template_xlsx(request: OfficerRequest, source: str) -> FileResponse:
    """An empty table with the feed's header row, to be filled in and delivered."""
    standing = _one(request, source)
    headers = [column.header for column in standing.source.columns.values()]
    return xlsx_response(f"{standing.source.title}-空表.xlsx", headers, [])


@only(may_see_deliveries)
@require_safe
def contradictions(request: OfficerRequest) -> HttpResponse:
    """Where feeds say otherwise than the register, by source."""
    found = disagreements(request.jurisdiction, _keys(request))
    page = Paginator(found, A_PAGE).get_page(request.GET.get("page"))
    counts: dict[str, int] = {}
    for one in found:
        counts[one.title] = counts.get(one.title, 0) + 1
    context = {"rows": page, "counts": counts, "pages": pages_around(request, page)}
    return render(request, "officer/disagreements.html", context)


@only(may_see_deliveries)
@require_safe
def contradictions_xlsx(request: OfficerRequest) -> FileResponse:
    """The same as a table."""
    found = disagreements(request.jurisdiction, _keys(request))
    rows = ([one.title, one.uscc, one.header, one.value, one.register_value] for one in found)
    headers = ["数据来源", "统一社会信用代码", "列", "这个来源的值", "登记名册的值"]
    return xlsx_response("与登记名册不一致.xlsx", headers, rows)


def _standings(request: OfficerRequest) -> list[Standing]:
    feeds = Feed.objects.filter(jurisdiction=request.jurisdiction).active().select_related("supplier")
    if not is_officer(request.user, request.jurisdiction):
        feeds = feeds.supplied_by_organisations_of(request.user)
    return standings(request.jurisdiction, list(feeds))


def _keys(request: OfficerRequest) -> Iterable[str]:
    return [one.source.key for one in _standings(request)]


def _one(request: OfficerRequest, source: str) -> Standing:
    for standing in _standings(request):
        if standing.source.key == source:
            return standing
    raise Http404


def _codes(column: Column) -> list[str]:
    return ["、".join(words) for words in column.codes.values()]

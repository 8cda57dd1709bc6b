"""党建工作: 三送, 三亮, visits, demonstration points (正文二(三)8)."""

from django import forms
from django.http import FileResponse, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from jieti.accounts.perms import may_see_services
from jieti.engagement.models import PartyActivity
from jieti.engagement.records import record_party_activity
from jieti.kit.tables import xlsx_response
from jieti.web.access import OfficerRequest, only, posted
from jieti.web.casework import Tag
from jieti.web.officer import ledgers
from jieti.web.officer.ledgers import Line, Listing, Sheet

HEADERS = ["编号", "种类", "日期", "组织单位", "个体工商户", "内容"]


class ActivityForm(forms.Form):
    """What was done by whom."""

    kind = ledgers.choice("种类", PartyActivity.Kind.choices)
    held_on = ledgers.day("日期")
    held_by = ledgers.text("组织单位")
    business = ledgers.business_field("统一社会信用代码（选填）", required=False)
    gist = ledgers.words("内容")


@only(may_see_services)
@require_safe
def index(request: OfficerRequest) -> HttpResponse:
    """Everything, the newest first."""
    found = PartyActivity.objects.of(request.jurisdiction).select_related("business")
    page, pages = ledgers.paged(request, found)
    return ledgers.list_page(
        request,
        Listing(
            title="党建工作",
            lines=[_line(one) for one in page],
            pages=pages,
            group=ledgers.RECORDS,
            buttons=[("登记党建工作", reverse("officer:party-new"))],
            xlsx=reverse("officer:party-xlsx"),
            intro="党建表彰请登记在“表彰和称号”，作为认定条件的依据。",
        ),
    )


@only(may_see_services)
@require_safe
def index_xlsx(request: OfficerRequest) -> FileResponse:
    """The same as a table."""
    rows = [
        [one.pk, one.get_kind_display(), one.held_on, one.held_by, str(one.business or ""), one.gist]
        for one in PartyActivity.objects.of(request.jurisdiction).select_related("business").order_by("pk")
    ]
    return xlsx_response("党建工作.xlsx", HEADERS, rows)


@only(may_see_services)
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: OfficerRequest) -> HttpResponse:
    """A new record."""

    def deed(filled: forms.Form) -> str:
        values = dict(filled.cleaned_data)
        code = values.pop("business")
        business = ledgers.business_of(request, code) if code else None
        record_party_activity(by=request.user, jurisdiction=request.jurisdiction, business=business, **values)
        return reverse("officer:party")

    sheet = Sheet("登记党建工作", "登记", ("党建工作", reverse("officer:party")), clause="正文二(三)8")
    return ledgers.form_page(request, sheet, ActivityForm(posted(request)), deed)


def _line(one: PartyActivity) -> Line:
    business = (str(one.business),) if one.business else ()
    return Line(one.held_by, "", (f"{one.held_on}", *business), (Tag(one.get_kind_display()),), one.gist)

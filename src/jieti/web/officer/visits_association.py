"""问情走访: what the association's workers heard on their visits, and passed on; no tax data anywhere here."""

from django import forms
from django.http import FileResponse, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from jieti.accounts.disclosure import disclosed, reader_of
from jieti.accounts.perms import is_association_worker, may_see_services
from jieti.engagement.models import AssociationVisit
from jieti.engagement.records import log_visit, raise_from_visit
from jieti.kit.tables import xlsx_response
from jieti.web.access import OfficerRequest, only, posted
from jieti.web.casework import Tag
from jieti.web.officer import ledgers
from jieti.web.officer.ledgers import Casework, Line, Listing, Sheet

REASON = "问情服务"
FOUND, DONE = "engagement.AssociationVisit.found", "engagement.AssociationVisit.done"
HEADERS = ["编号", "走访日期", "个体工商户", "统一社会信用代码", "所属镇街", "走访人"]


class VisitForm(forms.Form):
    """Whom, when, and what was heard; a difficulty is passed on at once."""

    business = ledgers.business_field()
    visited_on = ledgers.day("走访日期")
    found = ledgers.words("了解到的情况", hint="经营上的困难、想法和需要。不要询问、不要记录纳税数据。")
    done = ledgers.words("当场答复和服务（选填）", required=False, rows=2)
    title = ledgers.text(
        "转为诉求的事由（选填）", required=False, hint="填写后，上面的情况作为一件诉求转承办单位答复。"
    )


@only(may_see_services)
@require_safe
def index(request: OfficerRequest) -> HttpResponse:
    """The visits, the newest first."""
    found = AssociationVisit.objects.of(request.jurisdiction).select_related("business", "visited_by")
    page, pages = ledgers.paged(request, found)
    may_add = is_association_worker(request.user, request.jurisdiction)
    return ledgers.list_page(
        request,
        Listing(
            title="问情走访",
            lines=[_line(one) for one in page],
            pages=pages,
            group=ledgers.SERVICES,
            buttons=[("登记走访", reverse("officer:association-visit-new"))] if may_add else [],
            xlsx=reverse("officer:association-visits-xlsx"),
            intro="走访不收取任何费用，不接受礼品礼金。",
        ),
    )


@only(may_see_services)
@require_safe
def index_xlsx(request: OfficerRequest) -> FileResponse:
    """The same as a table, without what was said."""
    found = AssociationVisit.objects.of(request.jurisdiction).select_related("business", "visited_by").order_by("pk")
    rows = [
        [one.pk, one.visited_on, one.business.name, one.business_id, one.business.town, str(one.visited_by)]
        for one in found
    ]
    return xlsx_response("问情走访.xlsx", HEADERS, rows)


@only(is_association_worker)
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: OfficerRequest) -> HttpResponse:
    """A new visit."""
    form = VisitForm(posted(request), initial={"business": request.GET.get("business", "")})

    def deed(filled: forms.Form) -> str:
        values = dict(filled.cleaned_data)
        title, business = values.pop("title"), ledgers.business_of(request, values.pop("business"))
        visit = log_visit(by=request.user, business=business, **values)
        if title.strip():
            raise_from_visit(by=request.user, visit=visit, title=title)
        return reverse("officer:association-visit", args=[visit.pk])

    sheet = Sheet("登记走访", "登记", ("问情走访", reverse("officer:association-visits")), clause="正文二(三)7")
    return ledgers.form_page(request, sheet, form, deed)


@only(may_see_services)
@require_safe
def detail(request: OfficerRequest, pk: int) -> HttpResponse:
    """One visit; that its words were read is recorded."""
    found = AssociationVisit.objects.of(request.jurisdiction).select_related("business", "visited_by")
    visit = get_object_or_404(found, pk=pk)
    reader = reader_of(request.user, request.jurisdiction)
    shown = disclosed(reader, {FOUND: visit.found, DONE: visit.done}, business=visit.business_id, reason=REASON)
    casework = Casework(
        title=f"走访{visit.business}",
        back=("问情走访", reverse("officer:association-visits")),
        state=Tag(f"{visit.visited_on:%Y年%-m月%-d日}走访"),
        due="",
        rows=[
            ("个体工商户", f"{visit.business}（{visit.business_id}）"),
            ("走访人", str(visit.visited_by)),
            ("了解到的情况", str(shown[FOUND])),
            ("当场答复和服务", str(shown[DONE]) or "—"),
        ],
        offered=[],
        note="本次查看已记录，经营者可以看到。" if any(one.is_recorded for one in shown.values()) else "",
    )
    return ledgers.case_page(request, casework)


def _line(one: AssociationVisit) -> Line:
    return Line(
        title=one.business.name,
        link=reverse("officer:association-visit", args=[one.pk]),
        facts=(f"{one.visited_on}走访", one.business.town, str(one.visited_by)),
    )

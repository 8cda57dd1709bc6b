"""The register 登记名册: looked up by code, name, person, town, industry and status."""

from django import forms
from django.core.paginator import Paginator
from django.http import FileResponse, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from jieti.accounts.disclosure import may_see, reader_of
from jieti.accounts.perms import may_search_register
from jieti.audit.actions import record
from jieti.directory.names import as_code
from jieti.domain.terms import RegistrationStatus
from jieti.domain.townships import AREAS
from jieti.kit.tables import xlsx_response
from jieti.registry.models import Business
from jieti.registry.models.businesses import BusinessQuerySet
from jieti.web.access import OfficerRequest, Posted, only
from jieti.web.paging import pages_around

BUSINESSES_A_PAGE = 50
MOST_ROWS = 100_000
PERSON = "registry.Business.proprietor"
ANY = ("", "全部")
ABSENT = "absent"
"""Asked of `status`: those that the latest full delivery no longer had."""
STATES = [ANY, *((term.value, term.label) for term in RegistrationStatus), (ABSENT, "不再见于名册")]
HEADERS = ["统一社会信用代码", "名称", "主体类型", "登记状态", "成立日期", "所属镇街", "行业代码", "最近变更"]


class RegisterForm(forms.Form):
    """What to look for; everything may stay empty."""

    q = forms.CharField(label="名称或统一社会信用代码", max_length=100, required=False)
    person = forms.CharField(label="经营者姓名（全名）", max_length=100, required=False)
    town = forms.ChoiceField(
        label="镇乡街道", required=False, choices=[ANY, *((area.name, area.name) for area in AREAS)]
    )
    industry = forms.CharField(label="行业代码（开头几位）", max_length=4, required=False)
    status = forms.ChoiceField(label="登记状态", required=False, choices=STATES)

    def __init__(self, *, asks_person: bool, data: Posted) -> None:
        super().__init__(data)
        if not asks_person:
            del self.fields["person"]


@only(may_search_register)
@require_safe
def index(request: OfficerRequest) -> HttpResponse:
    """The businesses of the reader's jurisdiction that fit, page by page."""
    form = _form(request)
    page = Paginator(_found(request, form), BUSINESSES_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "page": page,
        "found": page.paginator.count,
        "pages": pages_around(request, page),
        "query": request.GET.urlencode(),
        "most": MOST_ROWS,
        "absent": ABSENT,
    }
    return render(request, "officer/register.html", context)


@only(may_search_register)
@require_safe
def index_xlsx(request: OfficerRequest) -> FileResponse:
    """The same as a table, up to `MOST_ROWS` rows."""
    rows = (
        [
            one.uscc,
            one.name,
            one.get_entity_kind_display(),
            one.get_registration_status_display() or "",
            one.established_on,
            one.town,
            one.industry,
            one.delivery.as_of,
        ]
        for one in _found(request, _form(request))[:MOST_ROWS].iterator()
    )
    return xlsx_response("登记名册.xlsx", HEADERS, rows)


def _form(request: OfficerRequest) -> RegisterForm:
    asks_person = may_see(reader_of(request.user, request.jurisdiction), PERSON)
    return RegisterForm(asks_person=asks_person, data=request.GET)


def _found(request: OfficerRequest, form: RegisterForm) -> BusinessQuerySet:
    asked = form.cleaned_data if form.is_valid() else {}
    found = Business.objects.filter(jurisdiction=request.jurisdiction).select_related("delivery").order_by("uscc")
    found = found.filter(absent_since__isnull=asked.get("status") != ABSENT)
    if asked.get("status") not in {None, "", ABSENT}:
        found = found.filter(registration_status=asked["status"])
    if asked.get("q"):
        code = as_code(asked["q"])
        found = found.filter(pk=code) if code else found.filter(name__contains=asked["q"])
    if asked.get("town"):
        found = found.filter(town=asked["town"])
    if asked.get("industry"):
        found = found.filter(industry__startswith=asked["industry"])
    if asked.get("person"):
        found = found.filter(proprietor=asked["person"])
        record(by=request.user, verb="registry.search_by_person", subject=f"jurisdiction:{request.jurisdiction.pk}")
    return found

"""诉求和投诉 of whoever has logged in: asked, followed, answered; what was told in confidence only they see here."""

from collections.abc import Mapping

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core import signing
from django.http import FileResponse, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from jieti.accounts.models import Jurisdiction
from jieti.domain.workflows.grievance import GRIEVANCE
from jieti.engagement import grievances
from jieti.engagement.desks import GRIEVANCES
from jieti.engagement.models import Grievance, GrievanceQuerySet
from jieti.kit import clock, evidence
from jieti.kit.errors import Refusal
from jieti.kit.tables import xlsx_response
from jieti.registry.ask_once import Datum, Own
from jieti.registry.models import Business
from jieti.web.access import Files, MemberRequest, Posted, posted
from jieti.web.attaching import files_field, links_to
from jieti.web.casework import state_of, step_rows
from jieti.web.complaining import account_of, accused_field, kind_field, offer_bodies, statement_field, title_field

HEADERS = ["编号", "种类", "事由", "提出日期", "承办单位", "状态", "答复"]
SALT = "complaint"


class ComplaintForm(forms.Form):
    """What is asked or complained of; who asks is known."""

    asks: Mapping[str, Own | Datum] = {
        "kind": Own("属于哪一种，由提出人决定"),
        "business": Own("和哪一户有关，只有本人知道"),
        "accused": Own("投诉谁，只有本人知道"),
        "title": Own("要说的事只有本人知道"),
        "statement": Own("要说的事只有本人知道"),
        "papers": Own("证明材料在本人手里"),
        "ticket": Own("用来防止重复提交，不是向人要的"),
    }

    kind = kind_field()
    business = forms.ChoiceField(label="和哪一户有关（选填）", required=False)
    accused = accused_field()
    title = title_field()
    statement = statement_field()
    papers = files_field("附件（选填）")
    ticket = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, request: MemberRequest, businesses: list[Business], data: Posted, files: Files) -> None:
        ticket = signing.dumps(grievances.new_number(), salt=SALT)
        super().__init__(data, files, initial={"kind": request.GET.get("kind", ""), "ticket": ticket})
        field = self.fields["business"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
        field.choices = [("", "不涉及"), *((one.pk, one.name) for one in businesses)]
        offer_bodies(self, Jurisdiction.objects.site())

    def clean_ticket(self) -> str:
        try:
            return str(signing.loads(self.cleaned_data["ticket"], salt=SALT))
        except signing.BadSignature:
            raise forms.ValidationError("页面已经失效，请重新打开后填写。", code="ticket") from None


@login_required
@require_safe
def index(request: MemberRequest) -> HttpResponse:
    """What the reader asked or complained of, the newest first."""
    rows = [(one, state_of(one, GRIEVANCE)) for one in _mine(request)]
    return render(request, "proprietor/complaints.html", {"rows": rows})


@login_required
@require_safe
def index_xlsx(request: MemberRequest) -> FileResponse:
    """The same as a table."""
    rows = [
        [
            one.pk,
            one.get_kind_display(),
            one.title,
            one.opened_on,
            one.handler.name,
            state_of(one, GRIEVANCE).text,
            one.answer,
        ]
        for one in _mine(request)
    ]
    return xlsx_response("我的诉求.xlsx", HEADERS, rows)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: MemberRequest) -> HttpResponse:
    """Asks or complains."""
    businesses = list(Business.objects.handled_by(request.user, on=clock.today()).select_related("jurisdiction"))
    form, refusal = ComplaintForm(request, businesses, posted(request), request.FILES or None), None
    if request.method == "POST" and form.is_valid():
        chosen = next((one for one in businesses if one.pk == form.cleaned_data["business"]), None)
        try:
            with evidence.keeping(form.cleaned_data["papers"], folder=grievances.FOLDER) as kept:
                one = grievances.lodge(
                    by=request.user,
                    jurisdiction=chosen.jurisdiction if chosen else Jurisdiction.objects.site(),
                    account=account_of(form),
                    number=form.cleaned_data["ticket"],
                    business=chosen,
                    evidence=kept,
                )
            messages.success(request, f"已提交，由{one.handler}办理。")
            return redirect("proprietor:complaint", one.pk)
        except Refusal as refused:
            refusal = refused
    status = 409 if refusal else 422 if form.errors else 200
    return render(request, "proprietor/complaint_new.html", {"form": form, "refusal": refusal}, status=status)


@login_required
@require_safe
def detail(request: MemberRequest, pk: int) -> HttpResponse:
    """One of the reader's own: where it stands, and the answer."""
    return _detail(request, get_object_or_404(_mine(request), pk=pk))


@login_required
@require_safe
def file(request: MemberRequest, pk: int, number: int) -> HttpResponseBase:
    """One file that came with one of the reader's own."""
    one = get_object_or_404(get_object_or_404(_mine(request), pk=pk).files, pk=number)
    return evidence.response_of(one.stored_as, name=one.name, kind=one.kind)


@login_required
@require_POST
def take_back(request: MemberRequest, pk: int) -> HttpResponse:
    """Withdraws."""
    one = get_object_or_404(_mine(request), pk=pk)
    sent = request.POST.get("version", "")
    try:
        grievances.withdraw(by=request.user, grievance=one, version=int(sent) if sent.isdecimal() else -1)
    except Refusal as refusal:
        return _detail(request, get_object_or_404(_mine(request), pk=pk), refusal=refusal)
    return redirect("proprietor:complaint", pk)


def _mine(request: MemberRequest) -> GrievanceQuerySet:
    return Grievance.objects.filter(raised_by=request.user).select_related("handler", "business", "jurisdiction")


def _detail(request: MemberRequest, one: Grievance, *, refusal: Refusal | None = None) -> HttpResponse:
    offered = {step.key for step in GRIEVANCES.offers(one, by=request.user)}
    context = {
        "one": one,
        "standing": state_of(one, GRIEVANCE),
        "steps": step_rows(one.steps.all(), GRIEVANCE),
        "files": links_to(one.files.all(), "proprietor:complaint-file", one.pk),
        "may_withdraw": "withdraw" in offered and not one.is_confidential,
        "refusal": refusal,
    }
    return render(request, "proprietor/complaint.html", context, status=409 if refusal else 200)

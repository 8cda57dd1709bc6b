"""诉求和投诉 without an account: lodged with a receipt number, by which the answer is looked up."""

from allauth.account.adapter import get_adapter
from django import forms
from django.core import signing
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from jieti.accounts.models import Jurisdiction
from jieti.domain.workflows.grievance import GRIEVANCE
from jieti.engagement import grievances
from jieti.kit import evidence
from jieti.kit.errors import Refusal
from jieti.kit.protection import keyed_hash
from jieti.web.access import Files, Posted, posted
from jieti.web.attaching import files_field
from jieti.web.casework import state_of
from jieti.web.complaining import (
    account_of,
    accused_field,
    in_groups,
    kind_field,
    offer_bodies,
    statement_field,
    title_field,
)
from jieti.web.public.entrance import too_many

SALT, NUMBER = "complaint", "complaint_number"
MOST_AN_HOUR, MOST_LOOKUPS = 5, 30
HOUR = 60 * 60


class ComplaintForm(forms.Form):
    """What is asked or complained of; a name and a way to be reached only if wanted."""

    kind = kind_field()
    accused = accused_field()
    title = title_field()
    statement = statement_field()
    papers = files_field("附件（选填）", hint="PDF里可能留有作者姓名，不想让人知道的请改用照片。")
    asker = forms.CharField(
        label="您的姓名（选填）", max_length=50, required=False, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    contact = forms.CharField(
        label="联系电话或者电子邮箱（选填）",
        help_text="不留也可以，凭查询码看答复。留下的加密保存，只有承办单位能看到。",
        max_length=100,
        required=False,
    )
    ticket = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, request: HttpRequest, data: Posted, files: Files) -> None:
        ticket = signing.dumps(grievances.new_number(), salt=SALT)
        super().__init__(data, files, initial={"kind": request.GET.get("kind", ""), "ticket": ticket})
        offer_bodies(self, Jurisdiction.objects.site())

    def clean_ticket(self) -> str:
        try:
            return str(signing.loads(self.cleaned_data["ticket"], salt=SALT))
        except signing.BadSignature:
            raise forms.ValidationError("页面已经失效，请重新打开后填写。", code="ticket") from None


class LookupForm(forms.Form):
    """The receipt number."""

    number = forms.CharField(
        label="查询码",
        help_text="提交时给您的16位数字和字母。",
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "class": "short"}),
        error_messages={"required": "请填写查询码。"},
    )


@sensitive_post_parameters("number")
@require_http_methods(["GET", "HEAD", "POST"])
def index(request: HttpRequest) -> HttpResponse:
    """How to ask or complain; the answer to a receipt number, which is never part of an address."""
    form, found, refusal = LookupForm(posted(request)), None, None
    if request.method == "POST" and form.is_valid():
        if not _counted(request, "lookup", MOST_LOOKUPS):
            return too_many(request)
        found = grievances.find(form.cleaned_data["number"])
        if found is None:
            refusal = Refusal("没有这个查询码。", what_to_do="请核对16位查询码，区分不清的字符没有用到。")
    standing = state_of(found, GRIEVANCE) if found else None
    attached = found.files.count() if found else 0
    context = {"form": form, "found": found, "attached": attached, "standing": standing, "refusal": refusal}
    status = 404 if refusal else 422 if form.errors else 200
    return render(request, "public/complaints.html", context, status=status)


@sensitive_post_parameters("statement", "asker", "contact", "ticket")
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Asks or complains without an account."""
    form, refusal = ComplaintForm(request, posted(request), request.FILES or None), None
    if request.method == "POST" and form.is_valid():
        if not _counted(request, "lodge", MOST_AN_HOUR):
            return too_many(request)
        try:
            site, number = Jurisdiction.objects.site(), form.cleaned_data["ticket"]
            with evidence.keeping(form.cleaned_data["papers"], folder=grievances.FOLDER) as kept:
                grievances.lodge(by=None, jurisdiction=site, account=account_of(form), number=number, evidence=kept)
            request.session[NUMBER] = number
            return redirect("public:complaint-received")
        except Refusal as refused:
            refusal = refused
    status = 409 if refusal else 422 if form.errors else 200
    return render(request, "public/complaint_new.html", {"form": form, "refusal": refusal}, status=status)


@require_safe
def received(request: HttpRequest) -> HttpResponse:
    """The receipt number, as long as this browser is open."""
    number = request.session.get(NUMBER, "")
    found = grievances.find(number) if number else None
    context = {"number": in_groups(number), "found": found}
    response = render(request, "public/complaint_received.html", context)
    response["Cache-Control"] = "private, no-store"
    return response


def _counted(request: HttpRequest, what: str, most: int) -> bool:
    """Counts the deeds of the reader's network address within the hour, by a hash; False where they are too many."""
    key = f"complaint.{what}:{keyed_hash(get_adapter().get_client_ip(request))}"
    before: int = cache.get(key, 0)
    if before >= most:
        return False
    cache.set(key, before + 1, HOUR)
    return True

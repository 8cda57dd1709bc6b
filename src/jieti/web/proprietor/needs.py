"""“我要…”: signing up for courses and premises, saying what the business needs, and following what becomes of it."""

from collections.abc import Mapping

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from jieti.domain.workflows.need import NEED
from jieti.engagement import needs
from jieti.engagement.desks import NEEDS
from jieti.engagement.models import Need, Offer
from jieti.engagement.routing import handler_of_need
from jieti.kit import clock
from jieti.kit.errors import Refusal
from jieti.kit.tables import xlsx_response
from jieti.registry.ask_once import Datum, Own
from jieti.registry.models import Business
from jieti.web.access import MemberRequest, Posted, posted
from jieti.web.casework import state_of, step_rows
from jieti.web.proprietor.own import handled

HEADERS = ["种类", "具体需求", "报名", "登记日期", "承办单位", "期限", "状态", "结果", "结果说明"]
OFFERED = {Need.Kind.TRAINING.value: Offer.Kind.COURSE, Need.Kind.PREMISES.value: Offer.Kind.PREMISES}
TITLES = {
    Need.Kind.TRAINING.value: "我要培训",
    Need.Kind.HIRING.value: "我要招工",
    Need.Kind.FINANCING.value: "我要融资",
    Need.Kind.PREMISES.value: "我要场地",
    Need.Kind.PARTNERS.value: "我要合作",
}
HINTS = {
    Need.Kind.TRAINING.value: ("想学什么、几个人学、什么时候方便。", "几个人学（选填）"),
    Need.Kind.HIRING.value: ("招做什么的、要求和待遇、工作地点。", "招几个人（选填）"),
    Need.Kind.FINANCING.value: ("做什么用、什么时候要用、现在有没有贷款。不要写银行账号。", "需要多少万元（选填）"),
    Need.Kind.PREMISES.value: ("想要多大、在哪里、做什么用、租金能承受多少。", "需要多少平方米（选填）"),
    Need.Kind.PARTNERS.value: ("您有什么产品或者服务，想找什么样的企业。", "想找几家（选填）"),
}


class NeedForm(forms.Form):
    """What is needed, in the owner's words."""

    asks: Mapping[str, Own | Datum] = {
        "statement": Own("需要什么，只有本人知道"),
        "quantity": Own("需要多少，只有本人知道"),
    }

    statement = forms.CharField(
        label="具体需要什么",
        max_length=1_000,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": "请写明需要什么。"},
    )
    quantity = forms.IntegerField(
        label="数量（选填）",
        required=False,
        min_value=1,
        max_value=1_000_000,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "class": "short"}),
        error_messages={"invalid": "请填写整数。", "min_value": "不能小于1。"},
    )

    def __init__(self, kind: str, data: Posted) -> None:
        super().__init__(data)
        hint, quantity = HINTS[kind]
        self.fields["statement"].help_text = hint
        self.fields["quantity"].label = quantity


@login_required
@require_safe
def index(request: MemberRequest, uscc: str) -> HttpResponse:
    """What the business asked for, the newest first."""
    business = handled(request, uscc)
    found = Need.objects.raised_for(business).select_related("handler", "offer", "gathering")
    rows = [(one, state_of(one, NEED)) for one in found]
    return render(request, "proprietor/needs.html", {"business": business, "rows": rows})


@login_required
@require_safe
def index_xlsx(request: MemberRequest, uscc: str) -> FileResponse:
    """The same as a table."""
    found = Need.objects.raised_for(handled(request, uscc)).select_related("handler", "offer").order_by("pk")
    rows = [
        [
            one.get_kind_display(),
            one.statement,
            str(one.offer or ""),
            one.opened_on,
            one.handler.name,
            one.due_text,
            state_of(one, NEED).text,
            one.get_outcome_display(),
            one.outcome_note,
        ]
        for one in found
    ]
    return xlsx_response("我的需求.xlsx", HEADERS, rows)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: MemberRequest, uscc: str, kind: str) -> HttpResponse:
    """What can be signed up for, and a need in own words."""
    business = handled(request, uscc)
    if kind not in TITLES:
        raise Http404
    form, refusal = NeedForm(kind, posted(request)), None
    if request.method == "POST" and form.is_valid():
        try:
            need = needs.file_need(by=request.user, business=business, kind=kind, **form.cleaned_data)
            messages.success(request, f"已登记，由{need.handler}办理，{need.due_text}前受理。")
            return redirect("proprietor:need", business.pk, need.pk)
        except Refusal as refused:
            refusal = refused
    return _new(request, business, kind, form, refusal)


@login_required
@require_POST
def sign_up(request: MemberRequest, uscc: str, pk: int) -> HttpResponse:
    """Signs the business up for a course or premises."""
    business = handled(request, uscc)
    offer = get_object_or_404(Offer.objects.of(business.jurisdiction), pk=pk)
    try:
        need = needs.sign_up(by=request.user, business=business, offer=offer)
    except Refusal as refusal:
        kind = needs.KIND_OF_OFFER[offer.kind].value
        return _new(request, business, kind, NeedForm(kind, None), refusal)
    messages.success(request, f"已报名“{offer}”，由{need.handler}与您联系。")
    return redirect("proprietor:need", business.pk, need.pk)


@login_required
@require_safe
def detail(request: MemberRequest, uscc: str, pk: int) -> HttpResponse:
    """One need: where it stands, what was recommended, what came of it."""
    return _detail(request, _own(request, uscc, pk))


@login_required
@require_POST
def take_back(request: MemberRequest, uscc: str, pk: int) -> HttpResponse:
    """Withdraws."""
    need = _own(request, uscc, pk)
    sent = request.POST.get("version", "")
    try:
        needs.withdraw(by=request.user, need=need, version=int(sent) if sent.isdecimal() else -1)
    except Refusal as refusal:
        return _detail(request, _own(request, uscc, pk), refusal=refusal)
    return redirect("proprietor:need", uscc, pk)


def _own(request: MemberRequest, uscc: str, pk: int) -> Need:
    found = Need.objects.raised_for(handled(request, uscc)).select_related("handler", "offer", "gathering")
    return get_object_or_404(found.select_related("business", "jurisdiction"), pk=pk)


def _detail(request: MemberRequest, need: Need, *, refusal: Refusal | None = None) -> HttpResponse:
    context = {
        "business": need.business,
        "need": need,
        "standing": state_of(need, NEED),
        "steps": step_rows(need.steps.all(), NEED),
        "may_withdraw": any(step.key == "withdraw" for step in NEEDS.offers(need, by=request.user)),
        "refusal": refusal,
    }
    return render(request, "proprietor/need.html", context, status=409 if refusal else 200)


def _new(
    request: MemberRequest, business: Business, kind: str, form: NeedForm, refusal: Refusal | None
) -> HttpResponse:
    offers = Offer.objects.of(business.jurisdiction).open(clock.today()).filter(kind=OFFERED.get(kind, ""))
    taken = set(Need.objects.raised_for(business).open().values_list("offer_id", flat=True))
    context = {
        "business": business,
        "kind": kind,
        "title": TITLES[kind],
        "form": form,
        "refusal": refusal,
        "offers": [(one, one.pk in taken, _left(one)) for one in offers.select_related("organiser")],
        "handler": handler_of_need(business, kind),
        "address": reverse("proprietor:need-new", args=[business.pk, kind]),
    }
    status = 409 if refusal else 422 if form.errors else 200
    return render(request, "proprietor/need_new.html", context, status=status)


def _left(offer: Offer) -> str:
    if offer.places is None:
        return "名额不限"
    left = offer.places - offer.needs.all().holding_places().count()
    return f"还有{left}个名额" if left > 0 else ""

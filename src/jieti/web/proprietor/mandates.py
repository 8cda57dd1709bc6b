"""委托: whom the proprietor lets look after the business, from when until when."""

import datetime
from collections.abc import Mapping

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from jieti.kit import clock
from jieti.kit.errors import Refusal
from jieti.registry.ask_once import Datum, Own
from jieti.registry.mandates import LONGEST_YEARS, grant_mandate, longest_end, revoke_mandate
from jieti.registry.models import Business, Mandate
from jieti.web.access import MemberRequest, posted
from jieti.web.proprietor.own import owned

DATE = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
WRONG_DAY = "请填写有效的日期，例如2026年7月1日。"


class MandateForm(forms.Form):
    """To whom and for how long."""

    asks: Mapping[str, Own | Datum] = {
        "agent_username": Own("委托谁，由经营者自己决定"),
        "agent_name": Own("用来核对没有委托错人"),
        "starts_on": Own("委托期限由经营者自己决定"),
        "ends_on": Own("委托期限由经营者自己决定"),
    }

    agent_username = forms.CharField(
        label="受托人的用户名",
        help_text="受托人登录本平台所用的用户名，请向其本人询问。",
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none"}),
        error_messages={"required": "请填写受托人的用户名。"},
    )
    agent_name = forms.CharField(
        label="受托人的姓名",
        help_text="要与其实名一致。",
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": "请填写受托人的姓名。"},
    )
    starts_on = forms.DateField(
        label="从哪一天开始", widget=DATE, error_messages={"required": "请填写开始日期。", "invalid": WRONG_DAY}
    )
    ends_on = forms.DateField(
        label="到哪一天为止（含当天）",
        help_text=f"最长{LONGEST_YEARS}年，期满自动失效，也可以随时撤销。",
        widget=DATE,
        error_messages={"required": "请填写结束日期。", "invalid": WRONG_DAY},
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def index(request: MemberRequest, uscc: str) -> HttpResponse:
    """The mandates of an own business, and a new one."""
    business = owned(request, uscc)
    today = clock.today()
    form, refusal = MandateForm(posted(request), initial={"starts_on": today, "ends_on": longest_end(today)}), None
    if request.method == "POST" and form.is_valid():
        try:
            grant_mandate(by=request.user, business=business, **form.cleaned_data)
            return redirect("proprietor:mandates", business.pk)
        except Refusal as refused:
            refusal = refused
    context = {"business": business, "rows": _rows(business, today), "form": form, "refusal": refusal}
    status = 409 if refusal else 422 if form.errors else 200
    return render(request, "proprietor/mandates.html", context, status=status)


@login_required
@require_POST
def revoke(request: MemberRequest, uscc: str, pk: int) -> HttpResponse:
    """Ends a mandate at once."""
    business = owned(request, uscc)
    revoke_mandate(by=request.user, mandate=get_object_or_404(Mandate, pk=pk, business=business))
    return redirect("proprietor:mandates", business.pk)


def _rows(business: Business, today: datetime.date) -> list[tuple[Mandate, str, bool]]:
    """Each with how it stands and whether it can be revoked, the latest first."""
    found = Mandate.objects.filter(business=business).select_related("agent").order_by("-starts_on", "-pk")
    return [(one, *_state(one, today)) for one in found]


def _state(mandate: Mandate, today: datetime.date) -> tuple[str, bool]:
    if mandate.revoked_at is not None:
        return "已撤销", False
    if mandate.ends_on < today:
        return "已到期", False
    return ("尚未开始" if mandate.starts_on > today else "有效"), True

"""Keys by which a department's own system delivers over HTTP: issued to its officers, ended at any time."""

from datetime import date

from django import forms
from django.db.models import QuerySet
from django.http import FileResponse, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from jieti.accounts.api_keys import issue_api_key, revoke_api_key
from jieti.accounts.models import ApiKey, Organisation
from jieti.accounts.perms import may_administer, may_deliver
from jieti.domain.periods import add_months
from jieti.kit import clock
from jieti.kit.errors import Refusal
from jieti.kit.tables import xlsx_response
from jieti.web.access import OfficerRequest, only, posted

MONTHS = 6


class KeyForm(forms.Form):
    """For which organisation, what for, until when."""

    organisation = forms.ModelChoiceField(Organisation.objects.none(), label="单位", empty_label=None)
    name = forms.CharField(label="用途", max_length=100, help_text="写明由哪个系统使用，例如：税务数据交换平台")
    expires_on = forms.DateField(
        label="有效期至", help_text="最长一年", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(self, request: OfficerRequest) -> None:
        super().__init__(posted(request), initial={"expires_on": add_months(clock.today(), MONTHS)})
        own = Organisation.objects.worked_for_by(request.user).filter(jurisdiction=request.jurisdiction)
        field = self.fields["organisation"]
        if isinstance(field, forms.ModelChoiceField):
            field.queryset = own


@only(may_deliver)
@require_http_methods(["GET", "HEAD", "POST"])
def index(request: OfficerRequest) -> HttpResponse:
    """The keys of one's organisations; a new key's secret is shown on this page once and never again."""
    form, refusal, issued = KeyForm(request), None, None
    if request.method == "POST" and form.is_valid():
        try:
            issued = issue_api_key(by=request.user, **form.cleaned_data)
        except Refusal as refused:
            refusal = refused
    context = {
        "form": form,
        "refusal": refusal,
        "issued": issued,
        "keys": [(key, _state(key, clock.today())) for key in _keys(request)],
        "address": request.build_absolute_uri("/api/v1/"),
    }
    status = 422 if form.errors else 409 if refusal else 200
    return render(request, "officer/keys.html", context, status=status)


@only(may_deliver)
@require_safe
def index_xlsx(request: OfficerRequest) -> FileResponse:
    """The same as a table; a secret is in no table."""
    rows = [
        [key.organisation.name, key.name, str(key.user), key.created_at, key.expires_on, _state(key, clock.today())]
        for key in _keys(request)
    ]
    return xlsx_response("接口密钥.xlsx", ["单位", "用途", "责任人", "发放时间", "有效期至", "状态"], rows)


@only(may_deliver)
@require_POST
def revoke(request: OfficerRequest, pk: int) -> HttpResponse:
    """Ends a key at once."""
    revoke_api_key(by=request.user, key=get_object_or_404(_keys(request), pk=pk))
    return redirect("officer:keys")


def _keys(request: OfficerRequest) -> QuerySet[ApiKey]:
    """One's organisations' keys; an administrator's, all of the jurisdiction."""
    keys = ApiKey.objects.filter(organisation__jurisdiction=request.jurisdiction).select_related("organisation", "user")
    if may_administer(request.user, request.jurisdiction):
        return keys
    return keys.filter(organisation__in=Organisation.objects.worked_for_by(request.user))


def _state(key: ApiKey, today: date) -> str:
    if key.revoked_at:
        return "已停用"
    return "有效" if key.expires_on >= today else "已到期"

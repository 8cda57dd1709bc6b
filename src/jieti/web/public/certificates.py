"""认定证书: how a title stands now, for whoever scans its code or types its number; the key that proves the paper."""

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from jieti.accounts.scope import regulator_of
from jieti.recognitions.certificates import fingerprint, public_key_pem, standing_of
from jieti.recognitions.models import Recognition


class NumberForm(forms.Form):
    """The number that stands on the certificate."""

    number = forms.CharField(
        label="认定编号或者统一社会信用代码",
        help_text="在证书右上角，例如：怀名特优新〔2026〕1号。",
        max_length=60,
        error_messages={"required": "请填写认定编号或者统一社会信用代码。"},
    )


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Looks a certificate up by its number or its business's code."""
    form, missing = NumberForm(request.GET or None), False
    if form.is_valid():
        asked = form.cleaned_data["number"].strip()
        wanted = Recognition.objects.filter(number=asked) | Recognition.objects.filter(business_id=asked.upper())
        found = wanted.order_by("-recognised_on").first()
        if found is not None:
            return redirect("public:certificate", found.pk)
        missing = True
    context = {"form": form, "missing": missing, "fingerprint": fingerprint()}
    return render(request, "public/certificates.html", context, status=422 if form.errors else 200)


@require_safe
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """How one title stands today."""
    title = get_object_or_404(Recognition.objects.select_related("business", "jurisdiction"), pk=pk)
    context = {"title": title, "standing": standing_of(title), "issuer": regulator_of(title.jurisdiction)}
    return render(request, "public/certificate.html", context)


@require_safe
def key(_request: HttpRequest) -> HttpResponse:
    """The public key of every certificate's signature."""
    headers = {"Content-Disposition": 'attachment; filename="jieti-certificates.pem"'}
    return HttpResponse(public_key_pem(), content_type="application/x-pem-file", headers=headers)

"""“信息有误”: asking the department that supplied a value to check it, and reading its answer."""

from collections.abc import Mapping

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from jieti.kit import clock, evidence
from jieti.kit.errors import Refusal
from jieti.registry.ask_once import Datum, Own
from jieti.registry.corrections import (
    CLAUSE,
    FOLDER,
    LIMIT,
    column_of,
    raise_correction,
    with_deadlines,
    withdraw_correction,
)
from jieti.registry.history import tables_known_at
from jieti.registry.models import Business, CorrectionRequest
from jieti.registry.models.businesses import CorrectionRequestQuerySet
from jieti.registry.sources import source_of
from jieti.registry.supplied import SuppliedValue, Supply, supplier_of, supplies_of
from jieti.rulebooks.catalogue import limit_of
from jieti.web.access import MemberRequest, posted
from jieti.web.attaching import files_field, links_to
from jieti.web.proprietor.own import handled, reader


class CorrectionForm(forms.Form):
    """What is wrong, in the proprietor's words; the value itself is on the page."""

    asks: Mapping[str, Own | Datum] = {
        "claim": Own("哪里不对、正确的情况是什么，只有本人能说明"),
        "papers": Own("证明材料在本人手里"),
    }

    claim = forms.CharField(
        label="哪里有误，正确的情况是什么",
        help_text="写明正确的情况和依据。不要填写身份证号码、银行卡号。",
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 5}),
        error_messages={"required": "请写明哪里有误。"},
    )
    papers = files_field()


@login_required
@require_safe
def index(request: MemberRequest, uscc: str) -> HttpResponse:
    """The requests of a business with their answers."""
    business = handled(request, uscc)
    asked = _of(business).select_related("addressed_to", "delivery").prefetch_related("files")
    dated = with_deadlines(list(asked), limit_of(business.jurisdiction, LIMIT)) if asked else []
    rows = [
        (one, due, _label(business, one), links_to(one.files.all(), "proprietor:correction-file", business.pk, one.pk))
        for one, due in dated
    ]
    return render(request, "proprietor/corrections.html", {"business": business, "rows": rows})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: MemberRequest, uscc: str) -> HttpResponse:
    """Says what is wrong with one value, named in the address by its source and item."""
    business = handled(request, uscc)
    supply, value = _value(request, business)
    form, refusal = CorrectionForm(posted(request), request.FILES or None), None
    if request.method == "POST" and form.is_valid():
        try:
            with evidence.keeping(form.cleaned_data["papers"], folder=FOLDER) as kept:
                raise_correction(
                    by=request.user,
                    business=business,
                    source_key=supply.source.key,
                    item=value.item,
                    shown_value=str(value.shown.value or ""),
                    claim=form.cleaned_data["claim"],
                    evidence=kept,
                )
            return redirect("proprietor:corrections", business.pk)
        except Refusal as refused:
            refusal = refused
    context = {
        "business": business,
        "supply": supply,
        "value": value,
        "addressed_to": supplier_of(business.jurisdiction, supply.source),
        "form": form,
        "refusal": refusal,
        "clause": CLAUSE,
    }
    status = 409 if refusal else 422 if form.errors else 200
    return render(request, "proprietor/correction_new.html", context, status=status)


@login_required
@require_safe
def file(request: MemberRequest, uscc: str, pk: int, number: int) -> HttpResponseBase:
    """One file that came with a request of the business."""
    asked = get_object_or_404(_of(handled(request, uscc)), pk=pk)
    one = get_object_or_404(asked.files, pk=number)
    return evidence.response_of(one.stored_as, name=one.name, kind=one.kind)


@login_required
@require_POST
def withdraw(request: MemberRequest, uscc: str, pk: int) -> HttpResponse:
    """Takes a request back."""
    business = handled(request, uscc)
    asked = get_object_or_404(_of(business).filter(raised_by=request.user), pk=pk)
    try:
        withdraw_correction(by=request.user, request=asked)
    except Refusal as refusal:
        context = {"business": business, "rows": [], "refusal": refusal}
        return render(request, "proprietor/corrections.html", context, status=409)
    return redirect("proprietor:corrections", business.pk)


def _of(business: Business) -> CorrectionRequestQuerySet:
    return CorrectionRequest.objects.filter(business=business)


def _value(request: MemberRequest, business: Business) -> tuple[Supply, SuppliedValue]:
    """The value as it is now; one that no table has any more is not found."""
    source_key, item = request.GET.get("source", ""), request.GET.get("item", "")
    deliveries = tables_known_at(clock.now(), business.jurisdiction)
    chosen = {key: delivery for key, delivery in deliveries.items() if key == source_key}
    for supply in supplies_of(business, reader=reader(request, business), deliveries=chosen):
        for value in (value for row in supply.rows for value in row):
            if value.item == item:
                return supply, value
    raise Http404


def _label(business: Business, asked: CorrectionRequest) -> str:
    try:
        source = source_of(asked.source_key, business.jurisdiction)
        return f"{source.title}：{column_of(source, asked.item).header}"
    except Refusal:
        return asked.item

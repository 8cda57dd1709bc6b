"""更正请求 for the body that supplied the value: what is asked, by when, and the answer."""

from collections.abc import Sequence

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from jieti.accounts.disclosure import disclosed, reader_of
from jieti.accounts.models import User
from jieti.accounts.perms import may_answer_corrections, may_answer_for
from jieti.domain.deadlines import Deadline
from jieti.kit import evidence
from jieti.kit.errors import Refusal
from jieti.kit.tables import xlsx_response
from jieti.registry.corrections import (
    CLAUSE,
    LIMIT,
    answer_corrected,
    column_of,
    is_overdue,
    uphold,
    with_deadlines,
)
from jieti.registry.models import CorrectionRequest, Delivery
from jieti.registry.models.businesses import CorrectionRequestQuerySet
from jieti.registry.sources import source_of
from jieti.rulebooks.catalogue import limit_of
from jieti.web.access import OfficerRequest, Posted, only, posted
from jieti.web.attaching import links_to

CORRECTED, UPHELD = CorrectionRequest.Status.CORRECTED.value, CorrectionRequest.Status.UPHELD.value
REASON, FILE = "答复更正请求", "registry.CorrectionFile.name"
HEADERS = [
    "编号",
    "个体工商户",
    "统一社会信用代码",
    "数据",
    "页面上的值",
    "说明",
    "提出时间",
    "答复期限",
    "状态",
    "答复",
]


class AnswerForm(forms.Form):
    """What was found, and the delivery that put it right."""

    decision = forms.ChoiceField(
        label="核实结果",
        choices=[(CORRECTED, "确实有误，已经送交更正后的数据"), (UPHELD, "核实无误，维持原来的数据")],
        widget=forms.RadioSelect,
        error_messages={"required": "请选择核实结果。"},
    )
    delivery = forms.ModelChoiceField(
        label="更正送数",
        queryset=Delivery.objects.none(),
        required=False,
        empty_label="请选择",
        help_text="选择“已经更正”时填写：更正后的数据所在的、已经生效的那一份送数。",
        error_messages={"invalid_choice": "请从列出的送数中选择。"},
    )
    answer = forms.CharField(
        label="答复",
        help_text="经营者会看到。维持原来数据的，写明依据和理由。",
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": "请填写答复。"},
    )

    def __init__(self, request: CorrectionRequest, data: Posted) -> None:
        super().__init__(data)
        field = self.fields["delivery"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - declared above
        field.queryset = Delivery.objects.accepted().filter(
            jurisdiction=request.business.jurisdiction_id,
            source_key=request.source_key,
            known_at__gte=request.raised_at,
        )

    def clean(self) -> None:
        if self.cleaned_data.get("decision") == CORRECTED and not self.cleaned_data.get("delivery"):
            self.add_error("delivery", "请选择更正后的数据所在的送数。")


@only(may_answer_corrections)
@require_safe
def index(request: OfficerRequest) -> HttpResponse:
    """The requests to the reader's own organisations: those that wait first, then the answered ones."""
    rows = _with_deadlines(request, _own(request))
    waiting = [_line(one, due) for one, due in rows if one.status == CorrectionRequest.Status.OPEN]
    done = [_line(one, due) for one, due in rows if one.status != CorrectionRequest.Status.OPEN]
    return render(request, "officer/corrections.html", {"waiting": waiting, "done": done})


@only(may_answer_corrections)
@require_safe
def index_xlsx(request: OfficerRequest) -> FileResponse:
    """The same as a table."""
    zone = timezone.get_current_timezone()
    rows = (
        [
            one.pk,
            one.business.name,
            one.business_id,
            label_of(one),
            one.shown_value,
            one.claim,
            one.raised_at.astimezone(zone),
            due.text,
            one.get_status_display(),
            one.answer,
        ]
        for one, due in _with_deadlines(request, _own(request))
    )
    return xlsx_response("更正请求.xlsx", HEADERS, rows)


@only(may_answer_corrections)
@require_http_methods(["GET", "HEAD", "POST"])
def detail(request: OfficerRequest, pk: int) -> HttpResponse:
    """One request, and its answer; an organisation sees only its own."""
    asked = get_object_or_404(_own_set(request), pk=pk)
    form, refusal = AnswerForm(asked, posted(request)), None
    if request.method == "POST" and form.is_valid():
        try:
            _answer(request.user, asked, form)
            return redirect("officer:correction", asked.pk)
        except Refusal as refused:
            refusal = refused
    ((_, due),) = _with_deadlines(request, [asked])
    is_waiting = asked.status == CorrectionRequest.Status.OPEN
    context = {
        "asked": asked,
        "files": links_to(asked.files.all(), "officer:correction-file", asked.pk),
        "label": label_of(asked),
        "due": due,
        "overdue": is_overdue(asked, due),
        "form": form,
        "refusal": refusal,
        "clause": CLAUSE,
        "may_answer": is_waiting and may_answer_for(request.user, asked.addressed_to),
    }
    status = 409 if refusal else 422 if form.errors else 200
    return render(request, "officer/corrections_one.html", context, status=status)


@only(may_answer_corrections)
@require_safe
def file(request: OfficerRequest, pk: int, number: int) -> HttpResponseBase:
    """One file that came with a request; that it was read is recorded."""
    asked = get_object_or_404(_own_set(request), pk=pk)
    one = get_object_or_404(asked.files, pk=number)
    reader = reader_of(request.user, request.jurisdiction)
    if disclosed(reader, {FILE: one.name}, business=asked.business_id, reason=REASON)[FILE].is_withheld:
        raise PermissionDenied
    return evidence.response_of(one.stored_as, name=one.name, kind=one.kind)


def label_of(asked: CorrectionRequest) -> str:
    """The value that is meant: its table and column; their keys where the rulebook no longer has them."""
    try:
        source = source_of(asked.source_key, asked.business.jurisdiction)
        return f"{source.title}：{column_of(source, asked.item).header}"
    except Refusal:
        return f"{asked.source_key}：{asked.item}"


def _answer(by: User, asked: CorrectionRequest, form: AnswerForm) -> None:
    answer = form.cleaned_data["answer"]
    if form.cleaned_data["decision"] == CORRECTED:
        answer_corrected(by=by, request=asked, delivery=form.cleaned_data["delivery"], answer=answer)
    else:
        uphold(by=by, request=asked, reasons=answer)


def _own_set(request: OfficerRequest) -> CorrectionRequestQuerySet:
    own = CorrectionRequest.objects.addressed_to_organisations_of(request.user)
    in_place = own.filter(business__jurisdiction=request.jurisdiction)
    return in_place.select_related("business__jurisdiction", "addressed_to", "raised_by", "answered_by", "delivery")


def _with_deadlines(
    request: OfficerRequest, asked: Sequence[CorrectionRequest]
) -> list[tuple[CorrectionRequest, Deadline]]:
    return with_deadlines(asked, limit_of(request.jurisdiction, LIMIT)) if asked else []


def _own(request: OfficerRequest) -> list[CorrectionRequest]:
    return list(_own_set(request))


def _line(asked: CorrectionRequest, due: Deadline) -> dict[str, object]:
    return {"asked": asked, "label": label_of(asked), "due": due, "overdue": is_overdue(asked, due)}

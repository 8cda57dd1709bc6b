"""What the lists, forms and cases of the services to owners have in common: one way to show them."""

import secrets
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from django import forms
from django.core.paginator import Page, Paginator
from django.db import models
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from jieti.accounts import perms
from jieti.directory.names import as_code
from jieti.domain.workflows.table import Step
from jieti.kit.cases import Case
from jieti.kit.errors import Refusal
from jieti.registry.models import Business
from jieti.web.access import OfficerRequest, Posted, posted
from jieti.web.casework import StepRow, Tag
from jieti.web.paging import Pages, pages_around
from jieti.web.questions import Question

Entry = tuple[str, str, Question]
SERVICES: tuple[Entry, ...] = (
    ("诉求", "officer:complaints", perms.may_see_services),
    ("需求", "officer:needs", perms.may_see_services),
    ("培训和场地", "officer:offers", perms.may_see_services),
    ("问情走访", "officer:association-visits", perms.may_see_services),
)
SUPERVISION: tuple[Entry, ...] = (
    ("督办事项", "officer:duties", perms.may_see_services),
    ("座谈和会议", "officer:meetings", perms.may_see_services),
    ("舆情记录", "officer:opinion", perms.may_supervise),
)
RECORDS: tuple[Entry, ...] = (
    ("表彰和称号", "officer:awards", perms.may_see_services),
    ("党建工作", "officer:party", perms.may_see_services),
    ("个转企", "officer:conversions", perms.may_see_conversions),
)
A_PAGE = 50
DONE, KEPT_TICKETS = "forms_done", 20
"""Where the session keeps which forms were sent, and how many it keeps."""
M = TypeVar("M", bound=models.Model)
F = TypeVar("F", bound=forms.Form)
WRONG_DAY = "请填写有效的日期，例如2026年7月1日。"


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a list."""

    title: str
    link: str = ""
    facts: tuple[str, ...] = ()
    tags: tuple[Tag, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Tab:
    """A way to narrow a list, with how many it leaves."""

    key: str
    label: str
    count: int


@dataclass(frozen=True, slots=True)
class Listing:
    """A list page: its words, its lines, its links (label, address), and the sections beside it."""

    title: str
    lines: Sequence[Line]
    group: tuple[Entry, ...] = ()
    tabs: Sequence[Tab] = ()
    chosen: str = ""
    buttons: Sequence[tuple[str, str]] = ()
    xlsx: str = ""
    intro: str = ""
    empty: str = "还没有。"
    pages: Pages | None = None


@dataclass(frozen=True, slots=True)
class Casework:
    """The page of one case: where it stands, what is known, what may be done (label, address), what was done.

    `files` are what came with the case.
    """

    title: str
    back: tuple[str, str]
    state: Tag
    due: str
    rows: Sequence[tuple[str, object]]
    offered: Sequence[tuple[str, str]]
    steps: Sequence[StepRow] = ()
    note: str = ""
    files: Sequence[tuple[str, str]] = ()
    downloads: Sequence[tuple[str, str]] = ()
    posts: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class Sheet:
    """A form page: its words, its button, where to go back to."""

    title: str
    submit: str
    back: tuple[str, str]
    intro: str = ""
    clause: str = ""


def list_page(request: OfficerRequest, listing: Listing, *, refusal: Refusal | None = None) -> HttpResponse:
    """The list, with the neighbouring lists that the reader may open."""
    here = request.resolver_match.view_name if request.resolver_match else ""
    beside = [
        (label, reverse(page), page == here)
        for label, page, question in listing.group
        if question(request.user, request.jurisdiction)
    ]
    context = {"listing": listing, "beside": beside, "refusal": refusal, "pages": listing.pages}
    return render(request, "officer/ledger.html", context, status=409 if refusal else 200)


def paged(request: OfficerRequest, found: "models.QuerySet[M]") -> tuple["Page[M]", Pages]:
    """The page of rows that is asked for, and the pages around it."""
    page = Paginator(found, A_PAGE).get_page(request.GET.get("page"))
    return page, pages_around(request, page)


def case_page(request: OfficerRequest, casework: Casework, *, refusal: Refusal | None = None) -> HttpResponse:
    """One case."""
    context = {"casework": casework, "refusal": refusal}
    return render(request, "officer/ledger_case.html", context, status=409 if refusal else 200)


def form_page(request: OfficerRequest, sheet: Sheet, form: F, deed: Callable[[F], str]) -> HttpResponse:
    """Shows a form and does its deed, which gives the address to go on to; a form sent twice does it once."""
    refusal, ticket = None, request.POST.get("ticket", "") or secrets.token_urlsafe(12)
    done: dict[str, str] = request.session.get(DONE, {})
    if request.method == "POST" and ticket in done:
        return redirect(done[ticket])
    if request.method == "POST" and form.is_valid():
        try:
            address = deed(form)
            request.session[DONE] = dict([*done.items(), (ticket, address)][-KEPT_TICKETS:])
            return redirect(address)
        except Refusal as refused:
            refusal = refused
    context = {"sheet": sheet, "form": form, "refusal": refusal, "ticket": ticket}
    status = 409 if refusal else 422 if form.errors else 200
    return render(request, "officer/ledger_form.html", context, status=status)


def narrowed(request: OfficerRequest, counts: Sequence[Tab]) -> str:
    """Which tab is asked for (`?show=`), the first by default."""
    asked = request.GET.get("show", "")
    return asked if asked in {one.key for one in counts} else counts[0].key


class VersionForm(forms.Form):
    """The version that the page showed, and the words that the step asks."""

    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, case: Case, step: Step, label: str, data: Posted) -> None:
        super().__init__(data, initial={"version": case.version})
        if step.needs_reason:
            self.fields["reason"] = words(label or f"{step.label}的理由")

    @property
    def version_seen(self) -> int:
        return int(self.cleaned_data["version"])

    @property
    def reason(self) -> str:
        return str(self.cleaned_data.get("reason", ""))


def bound(request: OfficerRequest, form: type[forms.Form], **options: object) -> forms.Form:
    """The form with what was sent, if anything was."""
    return form(posted(request), **options)  # type: ignore[arg-type]


def words(label: str, *, hint: str = "", rows: int = 4, required: bool = True, most: int = 2_000) -> forms.CharField:
    """A field for several lines."""
    return forms.CharField(
        label=label,
        help_text=hint,
        max_length=most,
        required=required,
        widget=forms.Textarea(attrs={"rows": rows}),
        error_messages={"required": f"请填写“{label}”。"},
    )


def text(label: str, *, hint: str = "", required: bool = True, most: int = 100) -> forms.CharField:
    """A field for one line."""
    return forms.CharField(
        label=label,
        help_text=hint,
        max_length=most,
        required=required,
        error_messages={"required": f"请填写“{label}”。"},
    )


def day(label: str, *, required: bool = True, hint: str = "") -> forms.DateField:
    """A field for a date."""
    return forms.DateField(
        label=label,
        help_text=hint,
        required=required,
        widget=forms.DateInput(attrs={"type": "date", "class": "short"}, format="%Y-%m-%d"),
        error_messages={"required": f"请填写“{label}”。", "invalid": WRONG_DAY},
    )


def moment(label: str) -> forms.DateTimeField:
    """A field for a date with a time of day."""
    return forms.DateTimeField(
        label=label,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local", "class": "short"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"],
        error_messages={"required": f"请填写“{label}”。", "invalid": "请填写有效的日期和时间。"},
    )


def number(label: str, *, required: bool = False, hint: str = "") -> forms.IntegerField:
    """A field for a number from 1."""
    return forms.IntegerField(
        label=label,
        help_text=hint,
        required=required,
        min_value=1,
        max_value=1_000_000,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "class": "short"}),
        error_messages={"required": f"请填写“{label}”。", "invalid": "请填写整数。", "min_value": "不能小于1。"},
    )


def choice(
    label: str, choices: Iterable[tuple[str, str]], *, required: bool = True, hint: str = "", radio: bool = True
) -> forms.ChoiceField:
    """A field to choose one of a few."""
    return forms.ChoiceField(
        label=label,
        choices=list(choices),
        help_text=hint,
        required=required,
        widget=forms.RadioSelect if radio else forms.Select,
        error_messages={"required": f"请选择“{label}”。", "invalid_choice": "请从列出的选项中选择。"},
    )


def several(
    label: str, choices: Sequence[tuple[str, str]], *, hint: str = "", is_long: bool = False
) -> forms.MultipleChoiceField:
    """A field to choose any number of many; of very many from a list that scrolls."""
    size = {"size": 8} if is_long else {}
    return forms.MultipleChoiceField(
        label=label,
        choices=list(choices),
        help_text=hint,
        required=False,
        widget=forms.SelectMultiple(attrs=size) if is_long else forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": "请从列出的选项中选择。"},
    )


def business_field(label: str = "统一社会信用代码", *, required: bool = True) -> forms.CharField:
    """A field for the code of a business; `business_of` finds it."""
    hint = "" if required else "只和某一户有关的填写。"
    return text(label, hint=hint, required=required, most=40)


def business_of(request: OfficerRequest, code: str) -> Business:
    """The business of the reader's district with this code. Raises Refusal where there is none."""
    found = Business.objects.filter(jurisdiction=request.jurisdiction, pk=as_code(code) or "").first()
    if found is None:
        raise Refusal("本区登记名册里没有这个代码。", what_to_do="请核对18位统一社会信用代码。")
    return found

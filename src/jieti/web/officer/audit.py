"""The audit record, as those read it whose duty it is: what was done in their jurisdiction, and the proof of a day."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.conf import settings
from django.core.paginator import Paginator
from django.http import FileResponse, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from jieti.accounts.models import Jurisdiction, User
from jieti.accounts.perms import may_read_audit
from jieti.audit.actions import verify_day
from jieti.audit.checking import fits
from jieti.audit.digests import digest_of
from jieti.audit.models import Event, EventQuerySet
from jieti.audit.verbs import DEEDS
from jieti.domain.workflows import WORKFLOWS
from jieti.kit import clock
from jieti.kit.tables import xlsx_response
from jieti.web.access import OfficerRequest, only, posted
from jieti.web.choosing import offer
from jieti.web.paging import pages_around

EVENTS_A_PAGE = 50
MOST_ROWS = 100_000
COMMON = "common"
USER = "user:"
ALL = ("", "全部")
VERB_CHOICES = [
    ALL,
    ("操作", sorted(((key, verb.label) for key, verb in DEEDS.items()), key=lambda choice: choice[1])),
    *((table.label, [(f"{table.key}.{step.key}", step.label) for step in table.steps]) for table in WORKFLOWS.values()),
]
WRONG_DAY = "请填写有效的日期，例如2026年7月1日。"
HEADERS = [
    "时间", "审计日", "当日序号", "操作人", "代表", "动作", "对象", "条款",
    "辖区代码", "请求编号", "变更前", "变更后", "详情", "散列值",
]  # fmt: skip


class FilterForm(forms.Form):
    """What to look for; everything may stay empty."""

    day = forms.DateField(
        label="日期",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": WRONG_DAY},
    )
    actor = forms.CharField(label="操作人（用户名）", max_length=200, required=False)
    verb = forms.ChoiceField(label="动作", required=False, choices=VERB_CHOICES)
    subject = forms.CharField(label="对象（编号或者代码）", max_length=300, required=False)
    jurisdiction = forms.ChoiceField(label="辖区", required=False)

    def __init__(self, home: Jurisdiction, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.home = home
        common = [(COMMON, "全平台（系统自身）")] if _sees_common(home) else []
        offer(self, "jurisdiction", [ALL, (home.code, home.name), *common])

    def found(self) -> EventQuerySet:
        """The events of the jurisdiction that fit, the newest first; none while the form has errors."""
        events = _visible(self.home).newest_first()
        if not self.is_valid():
            return events.none()
        data = self.cleaned_data
        if data["day"]:
            events = events.filter(day=data["day"])
        if data["actor"]:
            events = events.filter(actor__icontains=data["actor"])
        if data["verb"]:
            events = events.filter(verb=data["verb"])
        if data["subject"]:
            events = events.about(data["subject"])
        if data["jurisdiction"]:
            events = events.within(data["jurisdiction"].removeprefix(COMMON))
        return events


class DayForm(forms.Form):
    """The day whose records are to be proved whole."""

    day = forms.DateField(
        label="要校验的日期",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": "请选择要校验的日期。", "invalid": WRONG_DAY},
    )

    def clean_day(self) -> Any:
        day = self.cleaned_data["day"]
        if day > clock.today():
            raise forms.ValidationError("要校验的日期不能晚于今天。")
        return day


@only(may_read_audit)
@require_safe
def index(request: OfficerRequest) -> HttpResponse:
    """Every deed in the jurisdiction, the newest first, narrowed by what is asked for."""
    form = FilterForm(request.jurisdiction, request.GET)
    page = Paginator(form.found(), EVENTS_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "events": _named(page.object_list),
        "count": page.paginator.count,
        "pages": pages_around(request, page),
        "query": request.GET.urlencode(),
        "most": MOST_ROWS if page.paginator.count > MOST_ROWS else 0,
    }
    return render(request, "officer/audit.html", context, status=422 if form.errors else 200)


@only(may_read_audit)
@require_safe
def index_xlsx(request: OfficerRequest) -> FileResponse:
    """The same as a table, up to 100,000 records."""
    events = FilterForm(request.jurisdiction, request.GET).found()[:MOST_ROWS]
    return xlsx_response("审计记录.xlsx", HEADERS, (_row(event) for event in events.iterator(chunk_size=2_000)))


@only(may_read_audit)
@require_safe
def detail(request: OfficerRequest, pk: int) -> HttpResponse:
    """One deed: who, for whom, what changed, and its place in the chain."""
    event = get_object_or_404(_visible(request.jurisdiction), pk=pk)
    context = {
        "event": event,
        "subject": next(subject for _, subject in _named([event])),
        "changes": _changes(event.before, event.after),
        "details": [(key, _text(value)) for key, value in event.detail.items()],
        "fits": fits(event),
    }
    return render(request, "officer/audit_event.html", context)


@only(may_read_audit)
@require_http_methods(["GET", "HEAD", "POST"])
def verify(request: OfficerRequest) -> HttpResponse:
    """Proves a day's records whole, those of all jurisdictions: they stand in one chain."""
    form = DayForm(posted(request), initial={"day": request.GET.get("day") or clock.today()})
    context: dict[str, object] = {"form": form}
    if request.method == "POST" and form.is_valid():
        day = form.cleaned_data["day"]
        found = verify_day(by=request.user, day=day, jurisdiction=request.jurisdiction.code)
        at = found.broken.event if found.broken else None
        open_to_reader = at is not None and _visible(request.jurisdiction).filter(pk=at.pk).exists()
        context |= {"day": day, "found": found, "digest": digest_of(day), "event": at if open_to_reader else None}
    return render(request, "officer/audit_verify.html", context, status=422 if form.errors else 200)


def _named(events: Iterable[Event]) -> list[tuple[Event, str]]:
    """Events with what they were done to; users by their names, which their numbers do not tell."""
    found = list(events)
    numbers = {one.subject: one.subject.removeprefix(USER) for one in found if one.subject.startswith(USER)}
    names = User.objects.in_bulk({int(number) for number in numbers.values() if number.isdecimal()})
    known = {f"{USER}{pk}": f"用户 {user.username}（{user}）" for pk, user in names.items()}
    return [(event, known.get(event.subject, event.subject_text)) for event in found]


def _visible(home: Jurisdiction) -> EventQuerySet:
    return Event.objects.within(home.code, *([""] if _sees_common(home) else []))


def _sees_common(home: Jurisdiction) -> bool:
    """The system's own deeds are read where the system is run: in the site's jurisdiction and in the city on top."""
    return home.parent_id is None or home.rulebook == settings.JURISDICTION


def _changes(before: Any, after: Any) -> list[tuple[str, str, str, bool]]:
    """Field, before, after and whether they differ; fields in the order in which they were recorded."""
    old, new = (value if isinstance(value, Mapping) else {} for value in (before, after))
    fields = list(dict.fromkeys([*old, *new]))
    return [(key, _text(old.get(key, "")), _text(new.get(key, "")), old.get(key) != new.get(key)) for key in fields]


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)


def _row(event: Event) -> list[object]:
    before, after = ("" if value is None else _text(value) for value in (event.before, event.after))
    return [
        event.at.astimezone(timezone.get_current_timezone()), event.day, event.number, event.actor,
        event.on_behalf_of_text, event.label, event.subject_text, event.clause, event.jurisdiction, event.request_id,
        before, after, _text(event.detail), event.hash,
    ]  # fmt: skip

"""督办: what each body has to do by when, what it reported, and the replies."""

from collections.abc import Callable

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from jieti.accounts.models import Organisation
from jieti.accounts.perms import is_officer, may_see_services, may_supervise
from jieti.domain.workflows.duty import DUTY
from jieti.engagement import duties
from jieti.engagement.desks import DUTIES
from jieti.engagement.models import Duty, DutyQuerySet, Grievance, Meeting
from jieti.kit import clock
from jieti.kit.errors import Refusal
from jieti.kit.tables import xlsx_response
from jieti.measures.models import Measure
from jieti.web.access import OfficerRequest, Posted, only, posted
from jieti.web.casework import state_of, step_rows
from jieti.web.choosing import offer
from jieti.web.officer import ledgers
from jieti.web.officer.ledgers import Casework, Line, Listing, Sheet, VersionForm
from jieti.web.officer.service_bench import Bench, due_tags, narrowed

HEADERS = ["编号", "事项", "责任单位", "依据", "交办日期", "期限", "状态", "办理结果", "答复", "办结日期"]
LABELS = {"report": "办理结果", "close": "给提出单位或者提出人的答复", "send_back": "需要补办什么"}
FILTERS: dict[str, tuple[str, Callable[[DutyQuerySet], DutyQuerySet]]] = {
    "open": ("未办结", lambda found: found.open()),
    "overdue": ("已逾期", lambda found: found.overdue(clock.today())),
    "reported": ("待审核", lambda found: found.filter(state="reported")),
    "closed": ("已办结", lambda found: found.filter(closed_on__isnull=False)),
}


class DutyForm(forms.Form):
    """What has to be done, by whom, until when, and by what."""

    responsible = ledgers.choice("责任单位", (), radio=False)
    title = ledgers.text("事项")
    task = ledgers.words("要求", hint="写明做到什么程度算完成。")
    due_on = ledgers.day("期限")
    clause = ledgers.text("依据的条款（选填）", required=False, hint="例如：正文二(三)6。会议、诉求交办的可以不填。")
    measure = ledgers.choice("涉及的帮扶措施（选填）", (), required=False, radio=False)

    def __init__(self, request: OfficerRequest, data: Posted) -> None:
        super().__init__(data)
        bodies = Organisation.objects.filter(jurisdiction=request.jurisdiction).in_document_order()
        measures = Measure.objects.of(request.jurisdiction)
        offer(self, "responsible", [(str(one.pk), one.name) for one in bodies])
        offer(self, "measure", [("", "不涉及"), *((one.key, f"{one.key} {one.title}") for one in measures)])


@only(may_see_services)
@require_safe
def index(request: OfficerRequest) -> HttpResponse:
    """The duties that the reader may see, by what is due."""
    shown = narrowed(request, visible(request), FILTERS)
    may_assign = may_supervise(request.user, request.jurisdiction)
    return ledgers.list_page(
        request,
        Listing(
            title="督办事项",
            lines=[_line(request, one) for one in shown.cases],
            pages=shown.pages,
            group=ledgers.SUPERVISION,
            tabs=shown.tabs,
            chosen=shown.chosen,
            buttons=[("交办", reverse("officer:duty-new"))] if may_assign else [],
            xlsx=reverse("officer:duties-xlsx"),
            intro="责任单位报告结果，由另一人审核；没有给提出单位或者提出人答复的，不能办结。逾期自动升级。",
            empty="没有这样的督办事项。",
        ),
    )


@only(may_see_services)
@require_safe
def index_xlsx(request: OfficerRequest) -> FileResponse:
    """The same as a table, all of them."""
    rows = [
        [
            one.pk,
            one.title,
            one.responsible.name,
            origin_of(one),
            one.opened_on,
            one.due_text,
            state_of(one, DUTY).text,
            one.report,
            one.reply,
            one.closed_on,
        ]
        for one in visible(request).order_by("pk")
    ]
    return xlsx_response("督办事项.xlsx", HEADERS, rows)


@only(may_supervise)
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: OfficerRequest) -> HttpResponse:
    """A new duty; `?meeting=` and `?grievance=` say what it comes from."""
    meeting, grievance = _meeting(request), _grievance(request)
    form = DutyForm(request, posted(request))

    def deed(filled: forms.Form) -> str:
        values = dict(filled.cleaned_data)
        responsible = Organisation.objects.get(jurisdiction=request.jurisdiction, pk=values.pop("responsible"))
        task = duties.Task(**values, meeting=meeting, grievance=grievance)
        done = duties.assign(by=request.user, jurisdiction=request.jurisdiction, responsible=responsible, task=task)
        return reverse("officer:duty", args=[done.pk])

    source = meeting or grievance
    sheet = Sheet(
        "交办督办事项",
        "交办",
        ("督办事项", reverse("officer:duties")),
        intro=f"来自：{source}" if source else "",
        clause="正文二(三)7",
    )
    return ledgers.form_page(request, sheet, form, deed)


@only(may_see_services)
@require_safe
def detail(request: OfficerRequest, pk: int) -> HttpResponse:
    """One duty."""
    return _page(request, own(request, pk))


@only(may_see_services)
@require_http_methods(["GET", "HEAD", "POST"])
def step(request: OfficerRequest, pk: int, key: str) -> HttpResponse:
    """Takes one step."""
    duty = own(request, pk)
    return BENCH.take(
        request,
        duty,
        key,
        form=lambda row: VersionForm(duty, row, LABELS.get(key, ""), posted(request)),
        visible=visible(request),
        page=lambda refusal: _page(request, duty, refusal=refusal),
        intro=duty.task,
    )


def visible(request: OfficerRequest) -> DutyQuerySet:
    """For the regulator's members all, for others what their own bodies have to do."""
    found = Duty.objects.of(request.jurisdiction).select_related("responsible", "meeting", "grievance", "jurisdiction")
    return found if is_officer(request.user, request.jurisdiction) else found.owned_by(request.user)


def own(request: OfficerRequest, pk: int) -> Duty:
    """One that the reader may see; any other is not found."""
    return get_object_or_404(visible(request), pk=pk)


def origin_of(duty: Duty) -> str:
    """What a duty comes from, in words; of a grievance its number alone."""
    parts = [
        duty.clause,
        f"措施{duty.measure}" if duty.measure else "",
        f"会议：{duty.meeting}" if duty.meeting else "",
        f"诉求（编号{duty.grievance_id}）" if duty.grievance_id else "",
    ]
    return "；".join(part for part in parts if part)


def _page(request: OfficerRequest, duty: Duty, *, refusal: Refusal | None = None) -> HttpResponse:
    rows: list[tuple[str, object]] = [
        ("责任单位", duty.responsible.name),
        ("依据", origin_of(duty)),
        ("交办日期", duty.opened_on),
        ("要求", duty.task),
    ]
    rows += [(label, value) for label, value in (("办理结果", duty.report), ("答复", duty.reply)) if value]
    casework = Casework(
        title=duty.title,
        back=("督办事项", reverse("officer:duties")),
        state=state_of(duty, DUTY),
        due=f"期限：{duty.due_text}" if duty.is_open else "",
        rows=rows,
        offered=BENCH.offered(duty, request.user),
        steps=step_rows(duty.steps.all(), DUTY),
    )
    return ledgers.case_page(request, casework, refusal=refusal)


def _meeting(request: OfficerRequest) -> Meeting | None:
    pk = request.GET.get("meeting", "")
    return get_object_or_404(Meeting.objects.of(request.jurisdiction), pk=pk) if pk.isdigit() else None


def _grievance(request: OfficerRequest) -> Grievance | None:
    """One that the reader may read; in confidence none is made a duty."""
    pk = request.GET.get("grievance", "")
    if not pk.isdigit():
        return None
    readable = Grievance.objects.of(request.jurisdiction).readable_by(request.user, oversees=True)
    found = get_object_or_404(readable, pk=pk)
    if found.is_confidential:
        raise PermissionDenied
    return found


Deed = Callable[[OfficerRequest, Duty, VersionForm], Duty]
DEEDS: dict[str, Deed] = {
    "report": lambda request, one, form: duties.report(
        by=request.user, duty=one, version=form.version_seen, words=form.reason
    ),
    "close": lambda request, one, form: duties.close(
        by=request.user, duty=one, version=form.version_seen, reply=form.reason
    ),
    "send_back": lambda request, one, form: duties.send_back(
        by=request.user, duty=one, version=form.version_seen, reason=form.reason
    ),
    "drop": lambda request, one, form: duties.drop(
        by=request.user, duty=one, version=form.version_seen, reason=form.reason
    ),
}
BENCH = Bench(DUTIES, DUTY, "officer:duty", "officer:duties", DEEDS)


def _line(request: OfficerRequest, one: Duty) -> Line:
    return Line(
        title=one.title,
        link=reverse("officer:duty", args=[one.pk]),
        facts=(one.responsible.name, f"依据：{origin_of(one)}", f"{one.opened_on}交办"),
        tags=(state_of(one, DUTY), *due_tags(one)),
        note=BENCH.note(one, request.user),
    )

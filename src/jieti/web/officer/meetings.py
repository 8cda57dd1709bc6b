"""座谈和会议: minutes, and the duties that follow from them."""

from django import forms
from django.http import FileResponse, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from jieti.accounts.models import Organisation
from jieti.accounts.perms import may_see_services, may_supervise
from jieti.domain.workflows.duty import DUTY
from jieti.engagement.duties import record_meeting
from jieti.engagement.models import Meeting
from jieti.kit.tables import xlsx_response
from jieti.web.access import OfficerRequest, Posted, only, posted
from jieti.web.casework import Tag
from jieti.web.choosing import offer
from jieti.web.officer import ledgers
from jieti.web.officer.ledgers import Casework, Line, Listing, Sheet

HEADERS = ["编号", "名称", "召开日期", "召集单位", "参加单位和人员", "纪要", "督办事项", "已办结"]


class MeetingForm(forms.Form):
    """Who met when, and what was said."""

    host = ledgers.choice("召集单位", (), radio=False)
    title = ledgers.text("名称")
    held_on = ledgers.day("召开日期")
    attendees = ledgers.words("参加单位和人员", rows=2)
    minutes = ledgers.words("纪要", rows=8, most=10_000)

    def __init__(self, request: OfficerRequest, data: Posted) -> None:
        super().__init__(data)
        bodies = Organisation.objects.filter(jurisdiction=request.jurisdiction).in_document_order()
        offer(self, "host", [(str(one.pk), one.name) for one in bodies])


@only(may_see_services)
@require_safe
def index(request: OfficerRequest) -> HttpResponse:
    """Every meeting, the newest first, with what came of it."""
    page, pages = ledgers.paged(request, Meeting.objects.of(request.jurisdiction).select_related("host"))
    may_add = may_supervise(request.user, request.jurisdiction)
    return ledgers.list_page(
        request,
        Listing(
            title="座谈和会议",
            lines=[_line(one) for one in page],
            pages=pages,
            group=ledgers.SUPERVISION,
            buttons=[("登记会议", reverse("officer:meeting-new"))] if may_add else [],
            xlsx=reverse("officer:meetings-xlsx"),
        ),
    )


@only(may_see_services)
@require_safe
def index_xlsx(request: OfficerRequest) -> FileResponse:
    """The same as a table."""
    rows = [
        [
            one.pk,
            one.title,
            one.held_on,
            one.host.name,
            one.attendees,
            one.minutes,
            one.duties.count(),
            one.duties.filter(closed_on__isnull=False).count(),
        ]
        for one in Meeting.objects.of(request.jurisdiction).select_related("host").order_by("pk")
    ]
    return xlsx_response("座谈和会议.xlsx", HEADERS, rows)


@only(may_supervise)
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: OfficerRequest) -> HttpResponse:
    """A new meeting."""
    form = MeetingForm(request, posted(request))

    def deed(filled: forms.Form) -> str:
        values = dict(filled.cleaned_data)
        host = Organisation.objects.get(jurisdiction=request.jurisdiction, pk=values.pop("host"))
        meeting = record_meeting(by=request.user, host=host, **values)
        return reverse("officer:meeting", args=[meeting.pk])

    sheet = Sheet("登记会议", "登记", ("座谈和会议", reverse("officer:meetings")), clause="正文二(三)7")
    return ledgers.form_page(request, sheet, form, deed)


@only(may_see_services)
@require_safe
def detail(request: OfficerRequest, pk: int) -> HttpResponse:
    """One meeting with its minutes and its follow-ups."""
    meeting = get_object_or_404(Meeting.objects.of(request.jurisdiction).select_related("host"), pk=pk)
    follow_ups = [
        f"{one.title}（{one.responsible.short or one.responsible}，{DUTY.states[one.state].label}）"
        for one in meeting.duties.select_related("responsible")
    ]
    add = f"{reverse('officer:duty-new')}?meeting={pk}"
    casework = Casework(
        title=meeting.title,
        back=("座谈和会议", reverse("officer:meetings")),
        state=_progress(meeting),
        due=f"{meeting.held_on:%Y年%-m月%-d日}召开",
        rows=[
            ("召集单位", meeting.host.name),
            ("参加单位和人员", meeting.attendees),
            ("纪要", meeting.minutes),
            ("督办事项", "\n".join(follow_ups) or "没有"),
        ],
        offered=[("交办督办事项", add)] if may_supervise(request.user, request.jurisdiction) else [],
    )
    return ledgers.case_page(request, casework)


def _progress(meeting: Meeting) -> Tag:
    open_ones, every = meeting.duties.filter(closed_on=None).count(), meeting.duties.count()
    if not every:
        return Tag("没有督办事项")
    return Tag(f"{every}项督办，{open_ones}项未办结", "warn") if open_ones else Tag(f"{every}项督办，都已办结", "good")


def _line(one: Meeting) -> Line:
    link = reverse("officer:meeting", args=[one.pk])
    return Line(one.title, link, (f"{one.held_on}召开", one.host.name), (_progress(one),))

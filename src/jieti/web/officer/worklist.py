"""What waits for one officer: each line is a deed that they may do, and where."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from jieti.accounts import perms
from jieti.accounts.models import Jurisdiction, Organisation, User
from jieti.appeals.desk import DESK
from jieti.appeals.models import Objection
from jieti.determinations.models import NationalExport, Run
from jieti.directory.models import ErrorReport
from jieti.domain.milestones import MilestoneStatus
from jieti.engagement.models import Duty, Grievance, Need
from jieti.kit import clock
from jieti.kit.cases import Case, CaseQuerySet
from jieti.measures.models import Measure, MeasureVersion
from jieti.recognitions.city import unreported
from jieti.recognitions.confirming import may_begin, waiting
from jieti.recognitions.desk import APPLICATIONS, ENDINGS, EXTENSIONS, NOMINATIONS
from jieti.recognitions.models import (
    Application,
    Campaign,
    Ending,
    Extension,
    Nomination,
    NoticeObjection,
    PublicNotice,
    Recognition,
    Visit,
    WatchFinding,
)
from jieti.registry.models import CorrectionRequest, Delivery, Feed
from jieti.rulebooks.catalogue import current_rulebook
from jieti.rulebooks.models import AnnualNorm
from jieti.supervision.board import board
from jieti.supervision.consequences import cause_in_words, waiting_for_decision
from jieti.web.officer.applications import INTAKE_STATES, OFFICERS_STEPS
from jieti.web.officer.decisions import DEEDS, SELECTION_STATES
from jieti.web.officer.selecting import works_on_cases


@dataclass(frozen=True, slots=True)
class Task:
    """A line of a work list: what, how it stands, and where to go on."""

    title: str
    detail: str
    state: str
    tag: str
    link: str = ""
    action: str = ""


def tasks_for(user: User, jurisdiction: Jurisdiction) -> list[Task]:
    """Everything that waits for the user, in the order of the document's year."""
    return [task for kind in KINDS for task in kind(user, jurisdiction)]


def _deliveries_to_confirm(user: User, jurisdiction: Jurisdiction) -> Iterator[Task]:
    """Deliveries that somebody else made and this user may confirm."""
    waiting = Delivery.objects.of(jurisdiction).waiting_for_confirmation().exclude(received_by=user)
    deliveries = list(waiting.order_by("received_at"))
    if not deliveries:
        return
    suppliers = {feed.source_key: feed.supplier for feed in Feed.objects.filter(jurisdiction=jurisdiction)}
    asked: dict[Organisation, bool] = {}
    rulebook = current_rulebook(jurisdiction)
    for delivery in deliveries:
        supplier = suppliers.get(delivery.source_key)
        if supplier is None:
            continue
        if supplier not in asked:
            asked[supplier] = perms.may_confirm_delivery_of(user, supplier, jurisdiction)
        if asked[supplier]:
            title = f"复核送数：{rulebook.sources[delivery.source_key].title}"
            link = reverse("officer:delivery", args=[delivery.pk])
            detail = f"{supplier}　{delivery.file_name}"
            yield Task(title, detail, delivery.get_status_display(), "warn", link, "复核")


def _norms_to_approve(user: User, jurisdiction: Jurisdiction) -> Iterator[Task]:
    if perms.may_approve_norm(user, jurisdiction):
        for norm in AnnualNorm.objects.of(jurisdiction).waiting().exclude(proposed_by=user):
            link = reverse("officer:norm", args=[norm.pk])
            yield Task(f"审批{norm}", norm.document_number, "待审批", "warn", link, "审批")


def _runs_to_publish(user: User, jurisdiction: Jurisdiction) -> Iterator[Task]:
    if perms.may_publish(user, jurisdiction):
        for run in Run.objects.of(jurisdiction).main().filter(status=Run.Status.DONE).exclude(started_by=user):
            link = reverse("officer:run-publish", args=[run.pk])
            yield Task(f"公布{run}", f"判定基准日{run.basis_date:%Y-%m-%d}", "待公布", "warn", link, "核对并公布")


def _packages_to_hand_in(user: User, jurisdiction: Jurisdiction) -> Iterator[Task]:
    """The national directory's package of the newest published run: to be made, then to be handed in."""
    if not perms.may_publish(user, jurisdiction):
        return
    run = Run.objects.of(jurisdiction).published().order_by("-year").first()
    if run is None:
        return
    package = NationalExport.objects.filter(run=run).first()
    if package is None:
        link = reverse("officer:export-new", args=[run.pk])
        yield Task(f"{run.year}年度全国名录数据包", "结果已公布，还没有生成", "待生成", "warn", link, "生成")
    elif package.sent_at is None:
        link = reverse("officer:export", args=[package.pk])
        yield Task(f"{run.year}年度全国名录数据包", f"{package.rows}户", "待报送", "warn", link, "报送")


def _corrections_to_answer(user: User, jurisdiction: Jurisdiction) -> Iterator[Task]:
    if perms.may_answer_corrections(user, jurisdiction):
        waiting = CorrectionRequest.objects.open().filter(business__jurisdiction=jurisdiction)
        count = waiting.addressed_to_organisations_of(user).count()
        if count:
            link = reverse("officer:corrections")
            yield Task("答复更正请求", f"{count}件", "待答复", "warn", link, "查看")


def _objections_to_handle(user: User, jurisdiction: Jurisdiction) -> Iterator[Task]:
    """Objections in which the user may take a step: the one that is due first comes first."""
    if not perms.may_see_objections(user, jurisdiction):
        return
    open_ones = Objection.objects.handled_in(jurisdiction).open().select_related("business", "handler", "jurisdiction")
    for one in open_ones.order_by("due_earliest", "pk"):
        steps = DESK.offers(one, by=user)
        if steps:
            title = f"异议申诉：{one.business}（{'、'.join(step.label for step in steps)}）"
            yield _case_task(one, title, reverse("officer:objection", args=[one.pk]))


def _applications_to_handle(user: User, jurisdiction: Jurisdiction) -> Iterator[Task]:
    """Applications in which the user may take a step of the intake: the one that is due first comes first."""
    if not perms.may_see_recognitions(user, jurisdiction):
        return
    open_ones = Application.objects.of(jurisdiction).filter(state__in=INTAKE_STATES)
    related = open_ones.select_related("business", "campaign__jurisdiction", "nomination__nominator")
    for one in related.order_by("due_earliest", "pk"):
        steps = [step for step in APPLICATIONS.offers(one, by=user) if step.key in OFFICERS_STEPS]
        if steps:
            title = f"名特优新{one.get_path_display()}：{one.business}（{'、'.join(step.label for step in steps)}）"
            yield _case_task(one, title, reverse("officer:application", args=[one.pk]))


def _nominations_to_handle(user: User, jurisdiction: Jurisdiction) -> Iterator[Task]:
    """Nominations of the user's department in which they may take a step."""
    if not perms.may_nominate(user, jurisdiction):
        return
    mine = Nomination.objects.of(jurisdiction).open().made_by(user)
    for one in mine.select_related("business", "nominator", "campaign__jurisdiction").order_by("due_earliest", "pk"):
        steps = [step for step in NOMINATIONS.offers(one, by=user) if step.key != "withdraw"]
        if steps:
            title = f"部门推荐：{one.business}（{'、'.join(step.label for step in steps)}）"
            yield _case_task(one, title, reverse("officer:nomination", args=[one.pk]))


def _selections_to_handle(user: User, jurisdiction: Jurisdiction) -> Iterator[Task]:
    """Applications from the review's end on in which the user may take a step."""
    if not works_on_cases(user, jurisdiction):
        return
    waiting = Application.objects.of(jurisdiction).open().filter(state__in=SELECTION_STATES)
    related = waiting.select_related("business", "campaign__jurisdiction", "nomination__nominator")
    for one in related.order_by("due_earliest", "pk"):
        steps = [step for step in APPLICATIONS.offers(one, by=user) if step.key in DEEDS]
        if steps:
            title = f"名特优新认定：{one.business}（{'、'.join(step.label for step in steps)}）"
            yield _case_task(one, title, reverse("officer:decision", args=[one.pk]))


def _visits_to_make(user: User, jurisdiction: Jurisdiction) -> Iterator[Task]:
    """The user's own planned visits, the next first."""
    if perms.may_visit_applicants(user, jurisdiction):
        mine = Visit.objects.filter(application__campaign__jurisdiction=jurisdiction, visitor=user, sent_at=None)
        for one in mine.select_related("application__business"):
            is_late = one.planned_on < clock.today()
            business, link = one.application.business, reverse("officer:visit-form", args=[one.pk])
            state, tag = ("已过计划日期", "bad") if is_late else ("待走访", "warn")
            yield Task(f"走访{business}", f"{one.planned_on}　{business.town}", state, tag, link, "填写")


def _notices_to_end(user: User, jurisdiction: Jurisdiction) -> Iterator[Task]:
    """Public notices that are over, and objections that wait for a finding."""
    if not perms.may_accept_applications(user, jurisdiction):
        return
    over = PublicNotice.objects.filter(campaign__jurisdiction=jurisdiction, closes_on__lt=clock.today())
    for notice in over.filter(applications__state="noticed").distinct():
        link = reverse("officer:public-notice", args=[notice.pk])
        yield Task(f"{notice}期满", f"截止{notice.closes_on}", "待办理", "warn", link, "办理")
    waiting = NoticeObjection.objects.filter(notice__campaign__jurisdiction=jurisdiction, finding="")
    for one in waiting.select_related("application__business"):
        link = reverse("officer:notice-objection", args=[one.pk])
        yield Task(f"公示异议：{one.application.business}", "决定以前处理完", "待处理", "warn", link, "处理")


def _titles_to_publish(user: User, jurisdiction: Jurisdiction) -> Iterator[Task]:
    if perms.may_decide_recognitions(user, jurisdiction):
        count = Recognition.objects.of(jurisdiction).filter(published_at=None).count()
        if count:
            yield Task("标注公示认定结果", f"{count}户", "待标注", "warn", reverse("officer:decisions"), "办理")


def _titles_to_report(user: User, jurisdiction: Jurisdiction) -> Iterator[Task]:
    if perms.may_review_applications(user, jurisdiction):
        link = reverse("officer:city-reports")
        for campaign in Campaign.objects.of(jurisdiction):
            count = unreported(campaign).count()
            if count:
                yield Task(f"{campaign}：报市市场监管局", f"{count}户", "待上报", "warn", link, "上报")


def _titles_to_look_after(user: User, jurisdiction: Jurisdiction) -> Iterator[Task]:
    """Cases of titles in which the user may take a step; what the watch found; confirmations that can be made."""
    if not perms.may_see_recognitions(user, jurisdiction):
        return
    endings = (
        Ending.objects.of(jurisdiction).open().select_related("recognition__business", "recognition__jurisdiction")
    )
    for one in endings.order_by("due_earliest", "pk"):
        if steps := [step.label for step in ENDINGS.offers(one, by=user)]:
            title = f"{one.get_kind_display()}：{one.recognition.business}（{'、'.join(steps)}）"
            yield _case_task(one, title, reverse("officer:ending", args=[one.pk]))
    cases = (
        Extension.objects.of(jurisdiction)
        .open()
        .select_related(
            "recognition__business", "recognition__jurisdiction", "recognition__application__nomination__nominator"
        )
    )
    for case in cases.order_by("due_earliest", "pk"):
        if steps := [step.label for step in EXTENSIONS.offers(case, by=user)]:
            title = f"到期评估：{case.recognition.business}（{'、'.join(steps)}）"
            yield _case_task(case, title, reverse("officer:evaluation", args=[case.pk]))
    if perms.may_review_applications(user, jurisdiction):
        yield from _yearly_duties(jurisdiction)


def _yearly_duties(jurisdiction: Jurisdiction) -> Iterator[Task]:
    found = WatchFinding.objects.filter(recognition__jurisdiction=jurisdiction, settled_at=None, endings=None).count()
    if found:
        link = f"{reverse('officer:titles')}?show=found"
        yield Task("核查动态监测的发现", f"{found}项", "待核查", "warn", link, "查看")
    ready = sum(may_begin(one) for one in waiting(jurisdiction, clock.today().year))
    if ready:
        yield Task("年度审核确认", f"{ready}户", "待确认", "warn", reverse("officer:confirmations"), "办理")


def _case_task(one: Case, title: str, link: str) -> Task:
    return _due_task(title, one.due_text, late=one.is_late(clock.today()), link=link)


def _due_task(title: str, due: str, *, late: bool | None, link: str) -> Task:
    """Something to do by a day; None where a holiday notice that is not out decides whether it is late."""
    state = {True: "已逾期", None: "可能已逾期", False: "待办理"}[late]
    return Task(title, f"期限 {due}", state, "bad" if late else "warn", link, "办理")


def _milestones_late(user: User, jurisdiction: Jurisdiction) -> Iterator[Task]:
    if perms.may_declare_milestones(user, jurisdiction):
        for line in board(jurisdiction, clock.today().year):
            if line.status == MilestoneStatus.OVERDUE:
                one = line.milestone
                link = reverse("officer:milestone", args=[one.year, one.key])
                detail = f"{line.owner_label}　截止{one.due:%Y-%m-%d}，逾期{line.late}天"
                yield Task(one.title, detail, line.status.label, "bad", link, "查看")


def _reports_to_answer(user: User, jurisdiction: Jurisdiction) -> Iterator[Task]:
    if perms.may_answer_reports(user, jurisdiction):
        count = ErrorReport.objects.of(jurisdiction).open().count()
        if count:
            yield Task("核实名录纠错", f"{count}件", "待核实", "warn", reverse("officer:reports"), "查看")


def _effects_to_decide(user: User, jurisdiction: Jurisdiction) -> Iterator[Task]:
    if perms.may_publish(user, jurisdiction):
        for trace, count, due in waiting_for_decision(jurisdiction):
            title = f"决定{cause_in_words(trace.cause)}对已公布结果的影响（{count}户）"
            link = reverse("officer:effect", args=[trace.pk])
            yield _due_task(title, due.text, late=due.passed(clock.today()), link=link)


def _measures_to_publish(user: User, jurisdiction: Jurisdiction) -> Iterator[Task]:
    if perms.may_publish_measures(user, jurisdiction):
        waiting = MeasureVersion.objects.of(jurisdiction).in_review().exclude(drafted_by=user)
        for version in waiting.order_by("submitted_at"):
            link = reverse("officer:measure-version", args=[version.pk])
            yield Task(f"审核发布措施：{version}", version.department, "待审核", "warn", link, "核对并发布")


def _measures_without_department(user: User, jurisdiction: Jurisdiction) -> Iterator[Task]:
    if perms.may_oversee_measures(user, jurisdiction) and perms.may_write_measures(user, jurisdiction):
        count = Measure.objects.of(jurisdiction).without_department().count()
        if count:
            link = f"{reverse('officer:measures')}#gap"
            yield Task("为措施明确牵头部门", f"{count}项文件没有点名单位", "待明确", "warn", link, "查看")


def _services_to_do(user: User, jurisdiction: Jurisdiction) -> Iterator[Task]:
    """Grievances, needs and duties of the user's own bodies that wait, and how many of them are late."""
    if not perms.may_see_services(user, jurisdiction):
        return
    mine: list[tuple[str, CaseQuerySet[Any], str]] = [
        ("诉求", Grievance.objects.of(jurisdiction).readable_by(user, oversees=False), "officer:complaints"),
        ("需求", Need.objects.of(jurisdiction).handled_by(user), "officer:needs"),
        ("督办事项", Duty.objects.of(jurisdiction).owned_by(user).exclude(state="reported"), "officer:duties"),
    ]
    if perms.may_supervise(user, jurisdiction):
        mine.append(("审核督办结果", Duty.objects.of(jurisdiction).filter(state="reported"), "officer:duties"))
    for title, found, page in mine:
        if count := found.open().count():
            late = found.overdue(clock.today()).count()
            state, tag = (f"{late}件已逾期", "bad") if late else ("待办理", "warn")
            yield Task(f"{title}：{count}件", "按期限排列", state, tag, reverse(page), "办理")


KINDS: tuple[Callable[[User, Jurisdiction], Iterator[Task]], ...] = (
    _deliveries_to_confirm,
    _norms_to_approve,
    _runs_to_publish,
    _packages_to_hand_in,
    _objections_to_handle,
    _applications_to_handle,
    _nominations_to_handle,
    _visits_to_make,
    _selections_to_handle,
    _notices_to_end,
    _titles_to_publish,
    _titles_to_report,
    _titles_to_look_after,
    _corrections_to_answer,
    _effects_to_decide,
    _reports_to_answer,
    _services_to_do,
    _milestones_late,
    _measures_to_publish,
    _measures_without_department,
)

"""What waits for one officer: each line is a deed that they may do, and where."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.urls import reverse

from jieti.accounts import perms
from jieti.accounts.models import Jurisdiction, Organisation, User
from jieti.appeals.desk import DESK
from jieti.appeals.models import Objection
from jieti.determinations.models import NationalExport, Run
from jieti.directory.models import ErrorReport
from jieti.domain.milestones import MilestoneStatus
from jieti.kit import clock
from jieti.registry.models import CorrectionRequest, Delivery, Feed
from jieti.rulebooks.catalogue import current_rulebook
from jieti.rulebooks.models import AnnualNorm
from jieti.supervision.board import board
from jieti.supervision.models import Effect


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
    suppliers = {feed.source_key: feed.supplier for feed in Feed.objects.filter(jurisdiction=jurisdiction)}
    asked: dict[Organisation, bool] = {}
    rulebook = current_rulebook(jurisdiction)
    for delivery in waiting.order_by("received_at"):
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
    run = Run.objects.of(jurisdiction).published().order_by("-year").first()
    if run is None or not perms.may_publish(user, jurisdiction):
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
            late = one.is_late(clock.today())
            state = {True: "已逾期", None: "可能已逾期", False: "待办理"}[late]
            title = f"异议申诉：{one.business}（{'、'.join(step.label for step in steps)}）"
            link = reverse("officer:objection", args=[one.pk])
            yield Task(title, f"期限 {one.due_text}", state, "bad" if late else "warn", link, "办理")


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
        count = Effect.objects.of(jurisdiction).open().filter(kind=Effect.Kind.RESULT).count()
        if count:
            link = reverse("officer:effects")
            yield Task("决定数据更正对已公布结果的影响", f"{count}户", "待决定", "warn", link, "查看")


KINDS: tuple[Callable[[User, Jurisdiction], Iterator[Task]], ...] = (
    _deliveries_to_confirm,
    _norms_to_approve,
    _runs_to_publish,
    _packages_to_hand_in,
    _objections_to_handle,
    _corrections_to_answer,
    _effects_to_decide,
    _reports_to_answer,
    _milestones_late,
)

"""What waits for one officer: each line is a deed that they may do, and where."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.urls import reverse

from jieti.accounts import perms
from jieti.accounts.models import Jurisdiction, Organisation, User
from jieti.determinations.models import Run
from jieti.registry.models import CorrectionRequest, Delivery, Feed
from jieti.rulebooks.catalogue import current_rulebook
from jieti.rulebooks.models import AnnualNorm


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
            asked[supplier] = perms.may_confirm_delivery_of(user, supplier)
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


def _corrections_to_answer(user: User, jurisdiction: Jurisdiction) -> Iterator[Task]:
    if perms.may_answer_corrections(user, jurisdiction):
        waiting = CorrectionRequest.objects.open().filter(business__jurisdiction=jurisdiction)
        count = waiting.addressed_to_organisations_of(user).count()
        if count:
            link = reverse("officer:corrections")
            yield Task("答复更正请求", f"{count}件", "待答复", "warn", link, "查看")


KINDS: tuple[Callable[[User, Jurisdiction], Iterator[Task]], ...] = (
    _deliveries_to_confirm,
    _norms_to_approve,
    _runs_to_publish,
    _corrections_to_answer,
)

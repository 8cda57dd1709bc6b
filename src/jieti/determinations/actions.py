"""Starting, cancelling, retrying and publishing runs; chasing data that did not come."""

import datetime

from django.db import IntegrityError, transaction
from procrastinate.contrib.django import app

from jieti.accounts.models import Jurisdiction, Organisation, User
from jieti.audit.actions import record
from jieti.determinations.models import Run
from jieti.determinations.preconditions import (
    Standing,
    is_run_on_behalf,
    may_start_main_run,
    preconditions,
    responsible_for,
)
from jieti.kit import clock
from jieti.kit.errors import Refusal
from jieti.notices.actions import notify
from jieti.registry.feeds import supplier_of
from jieti.registry.models import Delivery
from jieti.registry.sources import source_of
from jieti.rulebooks.actions import record_rulebook
from jieti.rulebooks.catalogue import current_rulebook
from jieti.rulebooks.models import AnnualNorm
from rulecore.model import Rulebook

CLAUSE = "附件一(二)1"
TASK = "determinations.execute_run"


class MissingPreconditionsError(Refusal):
    """A run that cannot start; `missing` lists everything that it still needs, in Chinese."""

    def __init__(self, missing: list[str]) -> None:
        self.missing = missing
        super().__init__("还不能判定：" + "；".join(missing) + "。", what_to_do="请补齐后再发起。")


def missing_preconditions(
    year: int, jurisdiction: Jurisdiction, *, kind: str = Run.Kind.MAIN, basis_date: datetime.date | None = None
) -> list[str]:
    """What a run of the year still needs before it can start, in Chinese; empty when it can."""
    return [item.text for item in preconditions(year, jurisdiction, basis_date) if item.stops(kind)]


def caveats(
    year: int, jurisdiction: Jurisdiction, *, kind: str = Run.Kind.MAIN, basis_date: datetime.date | None = None
) -> list[str]:
    """What a run started now would have to leave unknown, or may get wrong, in Chinese, source by source."""
    found = preconditions(year, jurisdiction, basis_date)
    return [item.text for item in found if item.source and item.standing is not Standing.MET and not item.stops(kind)]


@transaction.atomic
def start_run(
    *,
    by: User,
    year: int,
    basis_date: datetime.date | None = None,
    kind: str = Run.Kind.MAIN,
    jurisdiction: Jurisdiction | None = None,
) -> Run:
    """Queues a run with the year's approved norm and the deliveries accepted by now. 二(一)2: one main run a year.

    The basis date is 1 July unless another is given (AMB-1). What depends on sources not delivered stays unknown, and
    the run's message says so. Raises MissingPreconditionsError, and Refusal for a second main run of the year, a main
    run by somebody not of the responsible body, or a basis date outside the year.
    """
    jurisdiction = jurisdiction or Jurisdiction.objects.site()
    rulebook = current_rulebook(jurisdiction)
    basis_date = basis_date or datetime.date(year, 7, 1)
    if basis_date.year != year:
        raise Refusal(f"判定基准日{basis_date}不在{year}年。", what_to_do="请填写当年的日期，一般为7月1日。")
    if kind == Run.Kind.MAIN:
        _demand_responsible(by, jurisdiction)
    if missing := missing_preconditions(year, jurisdiction, kind=kind, basis_date=basis_date):
        raise MissingPreconditionsError(missing)
    if kind == Run.Kind.MAIN and (standing := Run.objects.main_of(rulebook.key, year)):
        raise _second_main_run(year, standing)
    run = Run(
        year=year,
        kind=kind,
        basis_date=basis_date,
        rulebook_key=rulebook.key,
        rulebook=record_rulebook(by=by, jurisdiction=jurisdiction),
        norm=AnnualNorm.objects.approved().of_year(year, rulebook.key).get(),
        inputs=inputs_now(rulebook, jurisdiction),
        message="".join(f"{text}。" for text in caveats(year, jurisdiction, kind=kind, basis_date=basis_date)),
        started_by=by,
    )
    _save(run)
    _record(by, "determinations.start_run", run)
    _queue(run)
    return run


@transaction.atomic
def retry_run(*, by: User, run: Run) -> Run:
    """Queues a failed run again with the same inputs. Raises Refusal unless it failed and no other took its place."""
    run = Run.objects.select_for_update().get(pk=run.pk)
    if run.status != Run.Status.FAILED:
        raise Refusal(f"这次判定{run.get_status_display()}，不能重试。", what_to_do="只有失败的判定可以重试。")
    run.status, run.stage, run.progress, run.finished_at, run.message = Run.Status.QUEUED, "", 0, None, ""
    run.cancel_requested_at = None
    _save(run)
    _record(by, "determinations.retry_run", run)
    _queue(run)
    return run


@transaction.atomic
def cancel_run(*, by: User, run: Run) -> Run:
    """Gives a run up: one that waits at once, one that goes at its next stage or batch; then it has no results.

    Raises Refusal unless it waits or goes, and when it was cancelled already.
    """
    run = Run.objects.select_for_update().get(pk=run.pk)
    if not run.is_going:
        raise Refusal(
            f"这次判定{run.get_status_display()}，不能取消。", what_to_do="只有排队中、进行中的判定可以取消。"
        )
    if run.cancel_requested_at is not None:
        raise Refusal("已经要求取消这次判定。", what_to_do="请等它停下，页面会自动更新。")
    run.cancel_requested_at = clock.now()
    if run.status == Run.Status.QUEUED:
        run.status, run.stage, run.finished_at = Run.Status.CANCELLED, "已取消", run.cancel_requested_at
        run.message = "在开始以前取消，没有产生任何结果"
    run.save(update_fields=["status", "stage", "finished_at", "message", "cancel_requested_at"])
    _record(by, "determinations.cancel_run", run)
    return run


@transaction.atomic
def chase(*, by: User, run: Run, source_key: str) -> Organisation:
    """Asks the supplier of a source for what pending results wait for; the body that was asked. Once a day.

    Raises Refusal when it was asked today already.
    """
    jurisdiction = Jurisdiction.objects.get(rulebook=run.rulebook_key)
    source, supplier = source_of(source_key, jurisdiction), supplier_of(jurisdiction, source_key)
    why = f"{run.year}年度分型判定有个体工商户因缺这项数据待定，请尽快送来，送来后自动重新判定"
    told = notify(
        jurisdiction=jurisdiction,
        kind="feed_late",
        subject=f"run:{run.pk}",
        organisation=supplier,
        values={"title": source.title, "supplier": supplier.name, "why": why},
        once=f"chase:{run.pk}:{source_key}:{clock.today()}",
    )
    if told is None:
        raise Refusal(f"今天已经催过{supplier.name}。", what_to_do="请直接与对方联系，或者明天再催。")
    detail = {"source": source_key, "supplier": supplier.key}
    record(by=by, verb="determinations.chase", subject=f"run:{run.pk}", detail=detail, jurisdiction=jurisdiction.pk)
    return supplier


@transaction.atomic
def mark_published(*, by: User, run: Run) -> Run:
    """Marks a finished main run as published. Raises Refusal unless it is done and the year's main run. 二(一)2.c."""
    run = Run.objects.select_for_update().get(pk=run.pk)
    if run.status == Run.Status.PUBLISHED:
        raise Refusal(f"{run}已于{clock_day(run)}公布。", what_to_do="不需要再次公布。")
    if run.kind != Run.Kind.MAIN:
        raise Refusal("试算的结果不能公布。", what_to_do="请公布当年的正式判定。")
    if run.status != Run.Status.DONE:
        raise Refusal(f"这次判定{run.get_status_display()}，不能公布。", what_to_do="请等判定完成后再公布。")
    if run.started_by_id == by.pk:
        raise Refusal("发起判定的人不能公布自己发起的结果。", what_to_do="请由另一名审批人员核对后公布。")
    run.status, run.published_by, run.published_at = Run.Status.PUBLISHED, by, clock.now()
    run.save(update_fields=["status", "published_by", "published_at"])
    _record(by, "determinations.publish_run", run)
    return run


def clock_day(run: Run) -> str:
    """The day of publication, as a reader here would write it."""
    return f"{run.published_at:%Y-%m-%d}" if run.published_at else ""


def _save(run: Run) -> None:
    """Saves; of two main runs of a year that are saved together the database lets one through."""
    try:
        with transaction.atomic():
            run.save()
    except IntegrityError as error:
        if "determinations_run_one_main_a_year" not in str(error):
            raise
        raise _second_main_run(run.year, Run.objects.main_of(run.rulebook_key, run.year)) from None


def _second_main_run(year: int, standing: Run | None) -> Refusal:
    state = f"（{standing.get_status_display()}）" if standing else ""
    return Refusal(
        f"{year}年的正式判定已经有了{state}，一年只作一次。",
        what_to_do="想看新数据的影响请发起“试算”；个别结果有误请走异议程序。",
    )


def inputs_now(rulebook: Rulebook, jurisdiction: Jurisdiction) -> dict[str, dict[str, object] | None]:
    """What a run started now would use, by source: the delivery that counts, None where nothing has come."""
    accepted = Delivery.objects.of(jurisdiction).accepted()
    return {key: _input(accepted.latest_for(key)) for key in rulebook.sources_of()}


def _demand_responsible(by: User, jurisdiction: Jurisdiction) -> None:
    """The year's determination is the responsible body's; the district's is to try (附件一(二)1)."""
    if not is_run_on_behalf(jurisdiction) and not may_start_main_run(by, jurisdiction):
        owner = responsible_for(jurisdiction)
        raise Refusal(f"正式判定由{owner}进行。", what_to_do="请改为试算；正式结果公布后作为数据导入，可以逐户比较。")


def _input(delivery: Delivery | None) -> dict[str, object] | None:
    if delivery is None:
        return None
    return {
        "delivery": delivery.pk,
        "sha256": delivery.sha256,
        "as_of": delivery.as_of.isoformat(),
        "rows": delivery.clean_rows,
        "refused": delivery.refused,
    }


def _queue(run: Run) -> None:
    app.configure_task(TASK).defer(run_id=run.pk)


def _record(by: User, verb: str, run: Run) -> None:
    detail = {
        "year": run.year,
        "kind": run.kind,
        "basis_date": run.basis_date.isoformat(),
        "rulebook": run.rulebook.sha256,
        "norm": run.norm_id,
        "inputs": run.inputs,
    }
    record(by=by, verb=verb, subject=f"run:{run.pk}", detail=detail, clause=CLAUSE)

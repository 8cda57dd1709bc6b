"""Starting, retrying and publishing runs."""

import datetime

from django.db import IntegrityError, transaction
from procrastinate.contrib.django import app

from jieti.accounts.models import Jurisdiction, User
from jieti.audit.actions import record
from jieti.determinations.models import Run
from jieti.kit import clock
from jieti.kit.errors import Refusal
from jieti.registry.models import Delivery
from jieti.registry.sources import BUSINESS
from jieti.rulebooks.actions import record_rulebook
from jieti.rulebooks.catalogue import current_rulebook
from jieti.rulebooks.models import AnnualNorm
from rulecore.model import Rulebook, Source

CLAUSE = "附件一(二)1"
TASK = "determinations.execute_run"


class MissingPreconditionsError(Refusal):
    """A run that cannot start; `missing` lists everything that it still needs, in Chinese."""

    def __init__(self, missing: list[str]) -> None:
        self.missing = missing
        super().__init__("还不能判定：" + "；".join(missing) + "。", what_to_do="请补齐后再发起。")


def missing_preconditions(year: int, jurisdiction: Jurisdiction) -> list[str]:
    """What a run of the year still needs before it can start, in Chinese; empty when it can."""
    rulebook = current_rulebook(jurisdiction)
    missing = []
    if AnnualNorm.objects.in_force(year, rulebook.key) is None:
        missing.append(f"{year}年的认定标准还没有审批")
    if Delivery.objects.of(jurisdiction).accepted().latest_for(_register(rulebook).key) is None:
        missing.append(f"“{_register(rulebook).title}”还没有送来")
    return missing


def caveats(jurisdiction: Jurisdiction) -> list[str]:
    """What a run started now would have to leave unknown, or may get wrong, in Chinese, source by source."""
    sources = current_rulebook(jurisdiction).sources_of().values()
    return [text for source in sources if (text := _caveat(source, jurisdiction))]


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

    The basis date is 1 July of the year unless another is given (AMB-1: runs are made every July).

    Sources not delivered are allowed; what depends on them stays unknown and the run's message says so. Raises
    MissingPreconditionsError, and Refusal for a second main run of the year or a basis date outside the year.
    """
    jurisdiction = jurisdiction or Jurisdiction.objects.site()
    rulebook = current_rulebook(jurisdiction)
    basis_date = basis_date or datetime.date(year, 7, 1)
    if basis_date.year != year:
        raise Refusal(f"判定基准日{basis_date}不在{year}年。", what_to_do="请填写当年的日期，一般为7月1日。")
    if missing := missing_preconditions(year, jurisdiction):
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
        inputs=_inputs(rulebook, jurisdiction),
        message="".join(f"{text}。" for text in caveats(jurisdiction)),
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
    _save(run)
    _record(by, "determinations.retry_run", run)
    _queue(run)
    return run


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


def _register(rulebook: Rulebook) -> Source:
    return next(source for source in rulebook.sources.values() if source.rows == BUSINESS)


def _caveat(source: Source, jurisdiction: Jurisdiction) -> str:
    delivery = Delivery.objects.of(jurisdiction).accepted().latest_for(source.key)
    if delivery is None:
        return f"“{source.title}”没有送来，有关条件按未知处理"
    if delivery.refused:
        return f"“{source.title}”还有{delivery.refused}行退回后没有补送"
    return ""


def _inputs(rulebook: Rulebook, jurisdiction: Jurisdiction) -> dict[str, dict[str, object] | None]:
    accepted = Delivery.objects.of(jurisdiction).accepted()
    return {key: _input(accepted.latest_for(key)) for key in rulebook.sources_of()}


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

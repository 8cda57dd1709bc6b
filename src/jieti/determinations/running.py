"""Executes a run: deliveries → facts → results → database; and explains one result from the run's own facts."""

import datetime
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from functools import lru_cache
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq
from django.conf import settings
from django.db import connection, transaction

from jieti.audit.actions import record
from jieti.determinations.fact_texts import values_of
from jieti.determinations.models import Result, Run
from jieti.kit import clock
from jieti.kit.errors import Refusal
from jieti.registry.models import Delivery
from jieti.rulebooks.catalogue import rulebook_of
from jieti.rulebooks.models import RulebookVersion
from rulecore.engines import load
from rulecore.explain import Explanation, Provenance, explain
from rulecore.plan import Plan, bind

ENGINE = "polars"
BATCH_ROWS = 20_000
CLAUSE = "附件一(二)1"


def execute(run: Run) -> Run:
    """Brings a queued run to its results. Does nothing while another process has it, or when it is finished.

    A run whose process died is taken up again from the start. Whatever goes wrong, the run is marked failed with the
    reason and has no results; the reason is raised as well.
    """
    with _held(run) as is_mine:
        if not is_mine or not _begin(run):
            return Run.objects.get(pk=run.pk)
        try:
            _execute(run)
        except Exception as error:
            _fail(run, error)
            raise
    return Run.objects.get(pk=run.pk)


def plan_of(run: Run) -> Plan:
    """The plan of the run: its rulebook as it was, its basis date, its norm."""
    norms: tuple[tuple[str, Decimal], ...] = tuple(sorted(run.norm.decimals.items()))
    return _plan(run.rulebook_id, run.basis_date, norms)


def explain_result(result: Result) -> Explanation:
    """Why the result is what it is, criterion by criterion, from the facts that the run used.

    Each fact says how recent its source's delivery was and which it was (`batch`: the delivery's number). What would
    better the result, and when it will change by itself, is counted from the run's basis date.

    Raises Refusal when the facts of the run do not have the business.
    """
    return explanation_of(result, facts_as_used(result))


def explanation_of(result: Result, facts: Mapping[str, object]) -> Explanation:
    """Why the result would be what it would be with these facts: its run's rulebook, basis date, norm and deliveries."""
    return explain(plan_of(result.run), facts, provenance=_provenance(result.run))


def facts_as_used(result: Result) -> dict[str, object]:
    """The facts that this version of the result rests on: those of its run, and those that were corrected since.

    Raises Refusal when the facts of the run do not have the business.
    """
    corrected = values_of(plan_of(result.run).facts, result.facts)
    return dict(_facts_of(result.run, result.uscc)) | corrected


@lru_cache(maxsize=8)
def _plan(version: int, basis_date: datetime.date, norms: tuple[tuple[str, Decimal], ...]) -> Plan:
    rulebook = rulebook_of(RulebookVersion.objects.get(pk=version))
    return bind(rulebook, as_of=basis_date, norms=dict(norms))


def _facts_of(run: Run, uscc: str) -> Mapping[str, object]:
    facts = ds.dataset(run.facts_file, format="parquet")
    rows = facts.to_table(filter=pc.field("uscc") == uscc).to_pylist()
    if not rows:
        raise Refusal(f"判定所用的事实里没有 {uscc}。", what_to_do="请核对代码，或重新判定。")
    return {key: value for key, value in rows[0].items() if key != "uscc"}


def _provenance(run: Run) -> dict[str, Provenance]:
    """The delivery of each source that the run used; nothing for a source that had not been delivered."""
    return {
        key: Provenance(as_of=datetime.date.fromisoformat(used["as_of"]), batch=str(used["delivery"]))
        for key, used in run.inputs.items()
        if used
    }


@contextmanager
def _held(run: Run) -> Iterator[bool]:
    """Whether this process got the run to itself; the hold ends with the block or with the process."""
    key = f"determinations.run:{run.pk}"
    with connection.cursor() as cursor:
        cursor.execute("select pg_try_advisory_lock(hashtextextended(%s, 0))", [key])
        is_mine: bool = cursor.fetchone()[0]
    try:
        yield is_mine
    finally:
        if is_mine:
            with connection.cursor() as cursor:
                cursor.execute("select pg_advisory_unlock(hashtextextended(%s, 0))", [key])


def _begin(run: Run) -> bool:
    open_ones = Run.objects.filter(pk=run.pk, status__in=(Run.Status.QUEUED, Run.Status.RUNNING))
    begun = open_ones.update(status=Run.Status.RUNNING, started_at=clock.now(), finished_at=None, message="")
    run.refresh_from_db()
    return begun == 1


def _execute(run: Run) -> None:
    plan, engine = plan_of(run), load(ENGINE)
    folder = _folder(run)
    facts, results = folder / "facts.parquet", folder / "results.parquet"
    _advance(run, "汇集各部门数据", 5)
    sources = _sources(run, plan)
    _advance(run, "整理事实", 15)
    assembled = engine.assemble(plan, sources, facts)
    _advance(run, "逐户判定", 45)
    engine.run(plan, [facts], results)
    _advance(run, "写入结果", 65)
    _finish(run, facts, results, {"businesses": assembled.businesses, "unknowns": dict(assembled.unknowns)})


def _folder(run: Run) -> Path:
    folder = Path(settings.DATA_DIR) / "runs" / str(run.pk)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _sources(run: Run, plan: Plan) -> dict[str, Sequence[Path] | None]:
    """The clean tables that the run was started with, by source; None where nothing had been delivered."""
    found: dict[str, Sequence[Path] | None] = {}
    for key in plan.rulebook.sources_of(plan.standard.key):
        used = run.inputs.get(key)
        found[key] = [Delivery.objects.get(pk=used["delivery"]).clean_file] if used else None
    return found


def _advance(run: Run, stage: str, progress: int) -> None:
    """Shows everybody where the run is; a short transaction of its own."""
    Run.objects.filter(pk=run.pk).update(stage=stage, progress=progress)


@transaction.atomic
def _finish(run: Run, facts: Path, results: Path, counts: dict[str, object]) -> None:
    """The results and the run's being done come together or not at all."""
    Result.objects.filter(run=run).delete()
    _copy(run, results)
    tiers = {tier or "pending": count for tier, count in Result.objects.filter(run=run).by_tier().items()}
    root = Path(settings.DATA_DIR)
    Run.objects.filter(pk=run.pk).update(
        status=Run.Status.DONE,
        stage="已完成",
        progress=100,
        finished_at=clock.now(),
        facts_path=str(facts.relative_to(root)),
        results_path=str(results.relative_to(root)),
        counts={**counts, "tiers": tiers},
    )
    subject = f"run:{run.pk}"
    record(by=None, verb="determinations.execute_run", subject=subject, detail={"tiers": tiers}, clause=CLAUSE)


def _copy(run: Run, results: Path) -> None:
    columns = ("uscc", "tier", "possible", "true_bits", "unknown_bits")
    statement = f"copy determinations_result (run_id, {', '.join(columns)}) from stdin"
    with connection.cursor() as cursor, cursor.copy(statement) as copy, pq.ParquetFile(results) as file:
        for batch in file.iter_batches(batch_size=BATCH_ROWS, columns=list(columns)):
            values = batch.to_pydict()
            for row in zip(*(values[column] for column in columns), strict=True):
                copy.write_row((run.pk, *row))


def _fail(run: Run, error: Exception) -> None:
    reason = error.message if isinstance(error, Refusal) else f"{type(error).__name__}：{error}"
    Run.objects.filter(pk=run.pk).update(
        status=Run.Status.FAILED, stage="失败", finished_at=clock.now(), message=reason or type(error).__name__
    )
    record(by=None, verb="determinations.fail_run", subject=f"run:{run.pk}", detail={"reason": reason})

"""Executes a run: deliveries → facts → results → receipt → database; and explains one result from the run's own facts.

The only module of the app that asks for an engine.
"""

import datetime
import json
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq
from django.conf import settings
from django.db import connection, transaction

from jieti.audit.actions import record
from jieti.determinations.copying import COLUMNS, as_lines
from jieti.determinations.fact_texts import values_of
from jieti.determinations.models import Result, Run
from jieti.determinations.proving import demand_proof
from jieti.kit import clock
from jieti.kit.errors import Refusal
from jieti.registry.models import Delivery
from jieti.rulebooks.catalogue import rulebook_of
from jieti.rulebooks.models import RulebookVersion
from rulecore.engines import load, load_grouping
from rulecore.engines import version as engine_version
from rulecore.explain import Event, Explanation, Provenance, explain
from rulecore.plan import Plan, Scenarios, bind
from rulecore.result import AssemblyReport, Manifest, RunReport, Simulation, manifest_of, moves_of, tally

ENGINE, ROW_BY_ROW = "polars", "reference"
BATCH_ROWS = 20_000
CLAUSE = "附件一(二)1"
MANIFEST = "manifest.json"
SUSPENSION, SUSPENDED, PLANNED_END, LIMIT = "suspension", "suspended", "planned_end_on", "limit_on"
"""The source of suspensions 歇业, the fact that it gives, and the days on which one ends by itself."""


class CancelledError(Exception):
    """Somebody has asked for the run to be given up."""


def execute(run: Run) -> Run:
    """Brings a queued run to its results. Does nothing while another process has it, or when it is finished.

    A run whose process died is taken up again from the start. Whatever goes wrong, the run is marked failed with the
    reason and has no results; the reason is raised as well. A run that somebody cancels ends at the next stage or
    batch of results, and leaves neither results nor files.
    """
    with _held(run) as is_mine:
        if not is_mine or not _begin(run):
            return Run.objects.get(pk=run.pk)
        try:
            _execute(run)
        except CancelledError:
            _end(run, Run.Status.CANCELLED, "已按要求取消，没有产生任何结果", "determinations.stop_run")
        except Exception as error:
            reason = error.message if isinstance(error, Refusal) else f"{type(error).__name__}：{error}"
            _end(run, Run.Status.FAILED, reason or type(error).__name__, "determinations.fail_run")
            raise
    return Run.objects.get(pk=run.pk)


def assemble(plan: Plan, inputs: Mapping[str, Mapping[str, Any] | None], out: Path) -> AssemblyReport:
    """Writes the facts of every business from the deliveries that `inputs` names by source (as `Run.inputs`)."""
    sources: dict[str, Path | None] = {}
    for key in plan.rulebook.sources_of(plan.standard.key):
        used = inputs.get(key)
        sources[key] = Delivery.objects.get(pk=used["delivery"]).clean_file if used else None
    return _assemble(plan, sources, out, ENGINE)


def assemble_few(plan: Plan, tables: Mapping[str, Path | None], out: Path) -> AssemblyReport:
    """Writes the facts of the few businesses that small tables are about, one table a source; None: not delivered.

    Row by row, which for a handful of rows is the quickest.
    """
    return _assemble(plan, tables, out, ROW_BY_ROW)


def judge(plan: Plan, facts: Path, out: Path) -> RunReport:
    """Judges every row of the facts and writes the results."""
    return load(ENGINE).run(plan, [facts], out)


def simulate(scenarios: Scenarios, facts: Path, movers: Path) -> Simulation:
    """Counts the facts under every scenario in one scan, and writes who moves (`movers`)."""
    engine = load_grouping(ENGINE)
    groups = engine.groups(scenarios, [facts], {})
    engine.movers(scenarios, [facts], moves_of(scenarios, groups), movers)
    return tally(scenarios, groups, [])


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
    """Why the result would be what it would be with these facts: its run's rulebook, basis date, norm and deliveries.

    What is known beforehand of later days, such as the end of a suspension, is counted in.
    """
    run = result.run
    events = _events(run, result.uscc) if facts.get(SUSPENDED) is True else ()
    return explain(plan_of(run), facts, provenance=_provenance(run), events=events)


def facts_as_used(result: Result) -> dict[str, object]:
    """The facts that this version of the result rests on: those of its run, and those that were corrected since.

    Raises Refusal when the facts of the run do not have the business.
    """
    corrected = values_of(plan_of(result.run).facts, result.facts)
    return dict(_facts_of(result.run, result.uscc)) | corrected


def _assemble(plan: Plan, tables: Mapping[str, Path | None], out: Path, engine: str) -> AssemblyReport:
    return load(engine).assemble(plan, {key: [path] if path else None for key, path in tables.items()}, out)


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


def _events(run: Run, uscc: str) -> tuple[Event, ...]:
    """The day on which a suspension that lasts on the basis date ends by itself, as it was filed (附件一(三)1(4))."""
    used = run.inputs.get(SUSPENSION)
    if not used:
        return ()
    table = ds.dataset(Delivery.objects.get(pk=used["delivery"]).clean_file, format="parquet")
    rows = table.to_table(filter=(pc.field("uscc") == uscc) & (pc.field(PLANNED_END) >= run.basis_date)).to_pylist()
    ends = [min(_after(row[PLANNED_END]), row[LIMIT] or datetime.date.max) for row in rows]
    later = [end for end in ends if end > run.basis_date]
    return (Event(SUSPENDED, False, max(later), "备案的歇业期限届满"),) if later else ()


def _after(day: datetime.date) -> datetime.date:
    return day + datetime.timedelta(days=1)


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
    plan, folder = plan_of(run), folder_of(run)
    folder.mkdir(parents=True, exist_ok=True)
    facts, results = folder / "facts.parquet", folder / "results.parquet"
    if run.kind == Run.Kind.MAIN:
        _advance(run, "证明规则", 2)
        demand_proof(run.rulebook)
    _advance(run, "汇集各部门数据，整理事实", 15)
    assembled = assemble(plan, run.inputs, facts)
    _advance(run, "逐户判定", 45)
    report = judge(plan, facts, results)
    _advance(run, "生成收据", 60)
    manifest = _receipt(plan, report, folder)
    _advance(run, "写入结果", 75)
    counts = {"businesses": assembled.businesses, "unknowns": dict(assembled.unknowns), "states": _states(results)}
    _finish(run, manifest, counts)


def folder_of(run: Run) -> Path:
    """Where the files of the run are: its facts, its results, its receipt."""
    return Path(settings.DATA_DIR) / "runs" / str(run.pk)


def _receipt(plan: Plan, report: RunReport, folder: Path) -> Manifest:
    """The manifest of the run with the root over all its results, kept beside them as well."""
    manifest = manifest_of(
        plan,
        report,
        engine=ENGINE,
        engine_version=engine_version(ENGINE),
        facts=folder / "facts.parquet",
        results=folder / "results.parquet",
    )
    (folder / MANIFEST).write_text(manifest.text(), encoding="utf-8")
    return manifest


def _states(results: Path) -> dict[str, int]:
    """How many results have each set of possible tiers, lowest first, joined by "|"."""
    counts: Counter[str] = Counter()
    with pq.ParquetFile(results) as file:
        for batch in file.iter_batches(columns=["possible"]):
            texts: Any = pc.binary_join(pc.cast(batch.column(0), pa.list_(pa.string())), pa.scalar("|"))
            counts.update({item["values"]: item["counts"] for item in pc.value_counts(texts).to_pylist()})
    return dict(sorted(counts.items()))


def _advance(run: Run, stage: str, progress: int) -> None:
    """Shows everybody where the run is, in a short transaction of its own; the place where a run is given up."""
    _demand_wanted(run)
    Run.objects.filter(pk=run.pk).update(stage=stage, progress=progress)


def _demand_wanted(run: Run) -> None:
    if Run.objects.filter(pk=run.pk, cancel_requested_at__isnull=False).exists():
        raise CancelledError


@transaction.atomic
def _finish(run: Run, manifest: Manifest, counts: dict[str, object]) -> None:
    """The results and the run's being done come together or not at all."""
    root, folder = Path(settings.DATA_DIR), folder_of(run)
    Result.objects.filter(run=run).delete()
    _copy(run, folder / "results.parquet")
    tiers = {tier or "pending": count for tier, count in Result.objects.filter(run=run).by_tier().items()}
    wanted = Run.objects.filter(pk=run.pk, cancel_requested_at=None)
    done = wanted.update(
        status=Run.Status.DONE,
        stage="已完成",
        progress=100,
        finished_at=clock.now(),
        facts_path=str((folder / "facts.parquet").relative_to(root)),
        results_path=str((folder / "results.parquet").relative_to(root)),
        counts={**counts, "tiers": tiers},
        manifest=json.loads(manifest.text()),
        merkle_root=manifest.root or "",
    )
    if not done:
        raise CancelledError
    subject, detail = f"run:{run.pk}", {"tiers": tiers, "root": manifest.root}
    record(by=None, verb="determinations.execute_run", subject=subject, detail=detail, clause=CLAUSE)


def _copy(run: Run, results: Path) -> None:
    statement = f"copy determinations_result (run_id, {', '.join(COLUMNS)}) from stdin"
    with pq.ParquetFile(results) as file:
        for batch in file.iter_batches(batch_size=BATCH_ROWS, columns=list(COLUMNS)):
            _demand_wanted(run)
            with connection.cursor() as cursor, cursor.copy(statement) as copy:
                copy.write(as_lines(batch, str(run.pk)))


def _end(run: Run, status: Run.Status, reason: str, verb: str) -> None:
    """The run ends without results; what it had written so far goes."""
    shutil.rmtree(folder_of(run), ignore_errors=True)
    Run.objects.filter(pk=run.pk).update(status=status, stage=status.label, finished_at=clock.now(), message=reason)
    record(by=None, verb=verb, subject=f"run:{run.pk}", detail={"reason": reason})

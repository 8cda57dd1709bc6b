"""Pending results 待数据 judged again when what they wait for has come. Decided ones are never touched.

What was known stays as it was known, and what was unknown is filled from the late delivery: so a result can only
become narrower (`possible` loses members), never wider and never another one.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq
from django.conf import settings
from django.db import transaction

from jieti.accounts.models import Jurisdiction, User
from jieti.audit.actions import record
from jieti.determinations.fact_texts import text_of, values_of
from jieti.determinations.models import Result, Run
from jieti.determinations.running import assemble, judge, plan_of
from jieti.kit import clock
from jieti.kit.errors import Refusal
from jieti.registry.models import Delivery
from rulecore.plan import Plan
from rulecore.source import contract

VERB = "determinations.rejudge"
CLAUSE = "附件一(二)1"
BATCH = 2_000
AT_ONCE = 20_000
LATE_FACTS = "late.parquet"
Row = dict[str, Any]
LATE = "late"
"""Where `Run.counts` lists the late deliveries by which pending results were judged again."""


@dataclass(frozen=True, slots=True)
class Change:
    """A pending result's next version, as it is to be written."""

    before: Result
    tier: str | None
    possible: tuple[str, ...]
    true_bits: int
    unknown_bits: int
    facts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Rejudged:
    """How many results were pending, how many a late delivery settled, and for how many it only excluded tiers."""

    pending: int
    settled: int
    narrowed: int

    def and_(self, pending: int, written: Sequence[Result]) -> "Rejudged":
        """These and so many more, of which some got another version."""
        settled = sum(result.tier is not None for result in written)
        return Rejudged(self.pending + pending, self.settled + settled, self.narrowed + len(written) - settled)


@transaction.atomic
def rejudge(*, by: User | None, run: Run, delivery: Delivery) -> Rejudged:
    """Judges the pending results of a run again with a delivery that was accepted after it.

    Rulebook, norm, basis date and everything that was known stay those of the run. Each result that becomes narrower
    gets a version with the cause `delivery:<number>`. The same delivery a second time changes nothing. Raises Refusal
    for a run without results, and a delivery that does not count or that the standard does not use.
    """
    run = Run.objects.select_for_update(of=("self",)).select_related("norm", "rulebook").get(pk=run.pk)
    _demand_fitting(run, delivery)
    found = Rejudged(0, 0, 0)
    plan, pending = plan_of(run), Result.objects.current().filter(run=run).pending().order_by("uscc")
    with TemporaryDirectory(dir=settings.DATA_DIR) as name:
        folder, last = Path(name), ""
        assemble(plan, _inputs(run, delivery), folder / LATE_FACTS)
        while some := list(pending.filter(uscc__gt=last)[:AT_ONCE]):
            changes = list(_changes(plan, run, some, folder))
            found = found.and_(len(some), amend_many(by=by, changes=changes, cause=f"delivery:{delivery.pk}"))
            last = some[-1].uscc
    _remember(by, run, delivery, found)
    return found


def amend_many(*, by: User | None, changes: Sequence[Change], cause: str) -> list[Result]:
    """The next versions of many results in few statements; the earlier versions stay as they were."""
    Result.objects.filter(pk__in=[change.before.pk for change in changes]).update(is_current=False)
    moment = clock.now()
    rows = [
        Result(
            run_id=change.before.run_id,
            uscc=change.before.uscc,
            tier=change.tier,
            possible=list(change.possible),
            true_bits=change.true_bits,
            unknown_bits=change.unknown_bits,
            version=change.before.version + 1,
            cause=cause,
            facts=dict(sorted(change.facts.items())),
            decided_by=by,
            decided_at=moment,
        )
        for change in changes
    ]
    return Result.objects.bulk_create(rows, batch_size=BATCH)


def late_deliveries(run: Run) -> list[Delivery]:
    """The deliveries accepted since the run was started by which its pending results were not judged again yet."""
    if not run.has_results or not Result.objects.current().filter(run=run).pending().exists():
        return []
    home = Jurisdiction.objects.get(rulebook=run.rulebook_key)
    since = Delivery.objects.of(home).accepted().filter(source_key__in=run.inputs, known_at__gt=run.created_at)
    seen = {entry["delivery"] for entry in run.counts.get(LATE, [])}
    seen |= {used["delivery"] for used in run.inputs.values() if used}
    return [delivery for delivery in since.latest_by_source().values() if delivery.pk not in seen]


def _inputs(run: Run, delivery: Delivery) -> dict[str, Row | None]:
    """What the run used, then what came late before, then this: a result may wait for several sources."""
    earlier = {entry["source"]: {"delivery": entry["delivery"]} for entry in run.counts.get(LATE, [])}
    return {**run.inputs, **earlier, delivery.source_key: {"delivery": delivery.pk}}


def _demand_fitting(run: Run, delivery: Delivery) -> None:
    if not run.has_results:
        raise Refusal(f"{run}{run.get_status_display()}，没有结果。", what_to_do="判定完成后才能重新判定待数据的。")
    if delivery.status != Delivery.Status.ACCEPTED or delivery.jurisdiction.rulebook != run.rulebook_key:
        raise Refusal("这批数据没有生效，或者不是本辖区的。", what_to_do="请选择本辖区已经生效的一批数据。")
    if delivery.source_key not in run.inputs:
        raise Refusal("判定标准不使用这个来源的数据。", what_to_do="请选择判定所缺的数据来源。")


def _changes(plan: Plan, run: Run, pending: Sequence[Result], folder: Path) -> Iterator[Change]:
    """What becomes narrower among these; the results and the facts that were learnt."""
    codes = [result.uscc for result in pending]
    then, late = _rows(run.facts_file, codes), _rows(folder / LATE_FACTS, codes)
    filled = {one.uscc: _filled(plan, one, then[one.uscc], late.get(one.uscc, {})) for one in pending}
    found = _judged(plan, filled, folder)
    for result in pending:
        row, facts = found[result.uscc], filled[result.uscc]
        if set(row["possible"]) < set(result.possible):
            learnt = {key for key, value in facts.items() if value is not None and then[result.uscc][key] is None}
            texts = {key: text_of(plan.facts[key], facts[key]) for key in learnt - result.facts.keys()}
            possible = tuple(row["possible"])
            yield Change(result, row["tier"], possible, row["true_bits"], row["unknown_bits"], result.facts | texts)


def _rows(file: Path, codes: list[str]) -> dict[str, Row]:
    wanted = ds.dataset(file, format="parquet").to_table(filter=pc.field("uscc").isin(codes))
    return {row["uscc"]: row for row in wanted.to_pylist()}


def _filled(plan: Plan, result: Result, then: Row, late: Row) -> Row:
    """What the result rests on, its gaps filled from the late delivery; a corrected fact stays as corrected."""
    known = {key: late.get(key) if then[key] is None else then[key] for key in plan.facts}
    return known | values_of(plan.facts, result.facts)


def _judged(plan: Plan, facts: Mapping[str, Row], folder: Path) -> dict[str, Row]:
    """The results of these businesses, by their codes."""
    rows = [{"uscc": uscc, **values} for uscc, values in facts.items()]
    schema = contract(plan.rulebook, plan.standard.key)
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), folder / "facts.parquet")
    judge(plan, folder / "facts.parquet", folder / "results.parquet")
    return {row["uscc"]: row for row in pq.read_table(folder / "results.parquet").to_pylist()}


def _remember(by: User | None, run: Run, delivery: Delivery, found: Rejudged) -> None:
    counts = {"settled": found.settled, "narrowed": found.narrowed}
    entry = {"delivery": delivery.pk, "source": delivery.source_key, **counts}
    if delivery.pk not in {one["delivery"] for one in run.counts.get(LATE, [])}:
        run.counts = {**run.counts, LATE: [*run.counts.get(LATE, []), entry]}
        run.save(update_fields=["counts"])
    record(
        by=by,
        verb=VERB,
        subject=f"run:{run.pk}",
        detail={"delivery": delivery.pk, "pending": found.pending, **counts},
        clause=CLAUSE,
        jurisdiction=delivery.jurisdiction_id,
    )

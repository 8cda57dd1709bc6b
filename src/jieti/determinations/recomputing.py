"""What a published run would come to with data that were accepted since: a comparison of whole tables. Writes nothing.

Rulebook, norm and basis date stay those of the run. Only a delivery that speaks of the run's time counts: one whose
whole table is about the basis date or a day before. A fact that was corrected because an objection was upheld stays
as it was decided (AMB-23).
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq
from django.conf import settings

from jieti.accounts.models import Jurisdiction
from jieti.determinations.fact_texts import text_of, values_of
from jieti.determinations.models import Result, Run
from jieti.determinations.running import assemble, judge, plan_of
from jieti.registry.models import Delivery
from rulecore.plan import Plan
from rulecore.source import contract

Inputs = Mapping[str, Mapping[str, object] | None]
Row = dict[str, Any]
BY_DECISION = "objection:"
AT_ONCE = 20_000


@dataclass(frozen=True, slots=True)
class Recomputed:
    """A business worked out again: its current result, what it would be, and the facts that differ.

    `facts` holds what they would be, as kept (`fact_texts`).
    """

    before: Result
    tier: str | None
    possible: tuple[str, ...]
    facts: Mapping[str, str]

    @property
    def moves(self) -> bool:
        """Whether the result would be another one."""
        return (self.tier, list(self.possible)) != (self.before.tier, list(self.before.possible))


def recompute_with(run: Run, delivery: Delivery, *, usccs: Collection[str] | None = None) -> list[Recomputed]:
    """The businesses of which a delivery changed facts, worked out with everything known when it was accepted, by code.

    `usccs` narrows it to these, whatever time the delivery speaks of.
    """
    used = run.inputs.get(delivery.source_key)
    if delivery.source_key not in run.inputs or (used and used["delivery"] == delivery.pk):
        return []
    if usccs is None and not speaks_of(run, delivery):
        return []
    after = {**_known_by(run, delivery), delivery.source_key: {"delivery": delivery.pk}}
    before = {**after, delivery.source_key: _counted_before(run, delivery)}
    return recompute(run, inputs=after, before=before, usccs=usccs)


def recompute(
    run: Run, *, inputs: Inputs, before: Inputs | None = None, usccs: Collection[str] | None = None
) -> list[Recomputed]:
    """The businesses of a run worked out again with these deliveries, by code; `before` leaves out those whose facts
    are the same with those deliveries.
    """
    plan = plan_of(run)
    with TemporaryDirectory(dir=settings.DATA_DIR) as name:
        folder = Path(name)
        assemble(plan, inputs, folder / "after.parquet")
        then = run.facts_file
        if before is not None:
            then = folder / "before.parquet"
            assemble(plan, before, then)
        codes = sorted(_changed(then, folder / "after.parquet") if before is not None else _all(then))
        if usccs is not None:
            codes = sorted(set(codes) & set(usccs))
        parts = (codes[start : start + AT_ONCE] for start in range(0, len(codes), AT_ONCE))
        return [found for part in parts for found in _judged(plan, run, part, folder)]


def speaks_of(run: Run, delivery: Delivery) -> bool:
    """Whether the whole table of a delivery is about the run's basis date or a day before: data of later days are for
    the next run.
    """
    whole = delivery
    while whole.base is not None:
        whole = whole.base
    return whole.as_of <= run.basis_date


def _known_by(run: Run, delivery: Delivery) -> dict[str, Mapping[str, object] | None]:
    return {key: _newest(run, key, delivery) for key in run.inputs}


def _counted_before(run: Run, delivery: Delivery) -> Mapping[str, object] | None:
    return _newest(run, delivery.source_key, delivery, strictly=True)


def _newest(run: Run, source: str, delivery: Delivery, *, strictly: bool = False) -> Mapping[str, object] | None:
    """What counted of a source for the run when a delivery was accepted, or just before."""
    home = Jurisdiction.objects.get(rulebook=run.rulebook_key)
    used = run.inputs[source]
    found = Delivery.objects.of(home).accepted().of_source(source).filter(known_at__lte=delivery.known_at)
    if strictly:
        found = found.exclude(pk=delivery.pk)
    for one in found.filter(known_at__gt=run.created_at).select_related("base").latest_first():
        if speaks_of(run, one):
            return {"delivery": one.pk}
    return used  # type: ignore[no-any-return]  # JSON of the run


def _all(facts: Path) -> list[str]:
    return [str(code) for code in pq.read_table(facts, columns=["uscc"])["uscc"].to_pylist()]


def _changed(before: Path, after: Path) -> list[str]:
    """The businesses of both tables of which a fact differs."""
    names = [name for name in pq.read_schema(before).names if name != "uscc"]
    joined = pq.read_table(before).join(
        pq.read_table(after), "uscc", join_type="inner", left_suffix="", right_suffix="__after"
    )
    found: set[str] = set()
    for name in names:
        one: Any = pc.field(name)
        other: Any = pc.field(f"{name}__after")
        differs = (one != other) | (one.is_null() & other.is_valid()) | (one.is_valid() & other.is_null())
        found.update(str(code) for code in joined.filter(differs)["uscc"].to_pylist())
    return sorted(found)


def _judged(plan: Plan, run: Run, codes: Sequence[str], folder: Path) -> Iterator[Recomputed]:
    current = {one.uscc: one for one in Result.objects.current().filter(run=run, uscc__in=codes)}
    if not current:
        return
    decided = _decided(plan, run, list(current))
    then, late = _rows(run.facts_file, list(current)), _rows(folder / "after.parquet", list(current))
    asked = {uscc: row | decided.get(uscc, {}) for uscc, row in late.items()}
    found = _results(plan, asked, folder)
    for uscc in sorted(found):
        one, row = current[uscc], found[uscc]
        used = then[uscc] | values_of(plan.facts, one.facts)
        texts = {key: text_of(plan.facts[key], asked[uscc][key]) for key in plan.facts if asked[uscc][key] != used[key]}
        yield Recomputed(one, row["tier"], tuple(row["possible"]), texts)


def _decided(plan: Plan, run: Run, codes: Sequence[str]) -> dict[str, Row]:
    """The facts on which an objection was decided, by business; what a later delivery corrected again is not there."""
    found: dict[str, dict[str, str]] = {}
    last: dict[str, Mapping[str, str]] = {}
    for one in Result.objects.filter(run=run, uscc__in=codes, version__gt=1).order_by("uscc", "version"):
        corrected = {key: text for key, text in one.facts.items() if last.get(one.uscc, {}).get(key) != text}
        known = found.setdefault(one.uscc, {})
        for key, text in corrected.items():
            if one.cause.startswith(BY_DECISION):
                known[key] = text
            else:
                known.pop(key, None)
        last[one.uscc] = one.facts
    return {uscc: values_of(plan.facts, texts) for uscc, texts in found.items()}


def _rows(file: Path, codes: Sequence[str]) -> dict[str, Row]:
    wanted = ds.dataset(file, format="parquet").to_table(filter=pc.field("uscc").isin(list(codes)))
    return {row.pop("uscc"): row for row in wanted.to_pylist()}


def _results(plan: Plan, facts: Mapping[str, Row], folder: Path) -> dict[str, Row]:
    rows = [{"uscc": uscc, **values} for uscc, values in facts.items()]
    schema = contract(plan.rulebook, plan.standard.key)
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), folder / "facts.parquet")
    judge(plan, folder / "facts.parquet", folder / "results.parquet")
    return {row["uscc"]: row for row in pq.read_table(folder / "results.parquet").to_pylist()}

"""Businesses whose result will be another one before long, though nobody does anything: the officers' list by town.

Counted over the whole register at once: the facts of the latest run are judged as of the first and of the last day of
each stretch of the calendar year, with what is known to happen between (a report not filed by its day, a suspension's
planned end) put in. What speaks of the year before (`Fact.period`) is unknown again in a new year, as
`rulecore.explain.forecast` has it, which says the same of one business.
"""

import datetime
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import cast

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from jieti.accounts.models import Jurisdiction
from jieti.determinations.models import Run
from jieti.determinations.running import LIMIT, PLANNED_END, SUSPENDED, SUSPENSION, judge, plan_of
from jieti.domain.periods import add_years
from jieti.domain.terms import Term
from jieti.kit import clock
from jieti.registry.history import tables_known_at
from jieti.registry.models import Business, Delivery
from jieti.supervision.reporting import season
from rulecore.plan import Plan, bind

ESTABLISHED, REPORTED = "established_on", "annual_report_filed"
TWO_YEARS = 2
"""附件一(三)2: growth and development need it."""
Possible = Mapping[str, tuple[str, ...]]
"""The outcomes that are possible for each code."""


class Cause(Term):
    """Why a result changes by itself."""

    REPORT_MISSING = "report_missing", "未报送年度报告"
    SUSPENSION_ENDS = "suspension_ends", "歇业期限届满"
    TWO_YEARS_OLD = "two_years_old", "成立满2年"


@dataclass(frozen=True, slots=True)
class EarlyWarning:
    """From the day `on` the result of a business would be `after` instead of `before` (Chinese)."""

    uscc: str
    name: str
    town: str
    on: datetime.date
    cause: Cause
    before: str
    after: str
    is_worse: bool

    @property
    def reason(self) -> str:
        """In a sentence's first half."""
        day = f"{self.on.year}年{self.on.month}月{self.on.day}日"
        if self.cause == Cause.REPORT_MISSING:
            return f"{day}起，仍未报送年度报告的按未报送判定"
        return f"{day}起{self.cause.label}"


@dataclass(frozen=True, slots=True)
class _Turn:
    uscc: str
    on: datetime.date
    cause: Cause
    before: tuple[str, ...]
    after: tuple[str, ...]


def early_warnings(jurisdiction: Jurisdiction, *, until: datetime.date) -> list[EarlyWarning]:
    """Every business whose result changes from tomorrow to `until`, by town, day and code; empty before the first run.

    The facts are those of the latest run that has results, the reports and suspensions those delivered since.
    """
    run = _latest(jurisdiction)
    if run is None:
        return []
    tables = tables_known_at(clock.now(), jurisdiction)
    known = tuple(sorted((key, one.pk) for key, one in tables.items()))
    turns = _turns(run.pk, jurisdiction.pk, clock.today(), until, known)
    return _named(jurisdiction, plan_of(run), turns)


def _latest(jurisdiction: Jurisdiction) -> Run | None:
    done = Run.objects.of(jurisdiction).filter(status__in=(Run.Status.DONE, Run.Status.PUBLISHED))
    return done.order_by("-basis_date", "-finished_at").first()


@lru_cache(maxsize=16)
def _turns(
    run_id: int, jurisdiction_id: str, today: datetime.date, until: datetime.date, known: tuple[tuple[str, int], ...]
) -> tuple[_Turn, ...]:
    """What changes; the same question on the same data is counted once."""
    run, home = Run.objects.get(pk=run_id), Jurisdiction.objects.get(pk=jurisdiction_id)
    facts = ds.dataset(run.facts_file, format="parquet").to_table()
    found: dict[str, _Turn] = {}
    for stretch in _stretches(today, until):
        for turn in _Stretch(home, plan_of(run), facts, dict(known), stretch).turns():
            found.setdefault(turn.uscc, turn)
    return tuple(found.values())


def _stretches(today: datetime.date, until: datetime.date) -> Iterator[tuple[datetime.date, datetime.date]]:
    """First and last day of each calendar year's part, from today on: a new year asks of another year's data."""
    for year in range(today.year, until.year + 1):
        yield max(today, datetime.date(year, 1, 1)), min(until, datetime.date(year, 12, 31))


class _Stretch:
    """The changes after `start` up to `end`, both in one calendar year."""

    def __init__(
        self,
        home: Jurisdiction,
        plan: Plan,
        facts: pa.Table,
        known: Mapping[str, int],
        days: tuple[datetime.date, datetime.date],
    ) -> None:
        (start, end), self._home, self._known = days, home, known
        self._start, self._end = days
        self._first, self._last = _on(plan, start), _on(plan, end)
        self._facts = _renewed(plan, facts, start.year)

    def turns(self) -> Iterator[_Turn]:
        """Each business once for each cause; a report that is missing outweighs what would change beside it."""
        yield from self._reports()
        yield from self._suspensions()
        yield from self._birthdays()

    def _reports(self) -> Iterator[_Turn]:
        """Until its last day a report may still come: `before` is the result with it, `after` the one without."""
        now = season(self._home)
        if now is None or REPORTED not in self._facts.column_names or not self._start <= now.due < self._end:
            return
        rows = self._without(now.filed()).filter(pc.field(ESTABLISHED) < pa.scalar(datetime.date(now.year + 1, 1, 1)))
        day = now.due + datetime.timedelta(days=1)
        days = dict.fromkeys(_codes(rows), day)
        yield from self._changed(rows, Cause.REPORT_MISSING, {REPORTED: False}, days, {REPORTED: True})

    def _suspensions(self) -> Iterator[_Turn]:
        if SUSPENSION not in self._known or SUSPENDED not in self._facts.column_names:
            return
        file = Delivery.objects.get(pk=self._known[SUSPENSION]).clean_file
        found = ds.dataset(file, format="parquet").to_table(
            filter=(pc.field(PLANNED_END) >= self._start) & pc.field("resumed_on").is_null()
        )
        ends: dict[str, datetime.date] = {}
        for row in found.select(["uscc", PLANNED_END, LIMIT]).to_pylist():
            end = min(row[PLANNED_END] + datetime.timedelta(days=1), row[LIMIT] or datetime.date.max)
            ends[row["uscc"]] = max(end, ends.get(row["uscc"], end))
        ends = {uscc: end for uscc, end in ends.items() if self._start < end <= self._end}
        yield from self._changed(self._of(ends), Cause.SUSPENSION_ENDS, {SUSPENDED: False}, ends, {SUSPENDED: True})

    def _birthdays(self) -> Iterator[_Turn]:
        """Counted back from the day, as the standard counts (AMB-1)."""
        if ESTABLISHED not in self._facts.column_names:
            return
        after, by = (pa.scalar(add_years(day, -TWO_YEARS)) for day in (self._start, self._end))
        rows = self._facts.filter((pc.field(ESTABLISHED) > after) & (pc.field(ESTABLISHED) <= by))
        founded: list[datetime.date] = cast("list[datetime.date]", rows.column(ESTABLISHED).to_pylist())
        days = {uscc: _second_birthday(day) for uscc, day in zip(_codes(rows), founded, strict=True)}
        yield from self._changed(rows, Cause.TWO_YEARS_OLD, {}, days)

    def _changed(
        self,
        rows: pa.Table,
        cause: Cause,
        then: Mapping[str, bool],
        days: Mapping[str, datetime.date],
        now: Mapping[str, bool] | None = None,
    ) -> Iterator[_Turn]:
        """Those of `rows` whose outcome differs when the facts `then` hold instead of `now`, as time has gone on."""
        if not rows.num_rows:
            return
        before, after = _judged(self._first, _with(rows, now or {})), _judged(self._last, _with(rows, then))
        for uscc, outcome in after.items():
            if outcome != before[uscc]:
                yield _Turn(uscc, days[uscc], cause, before[uscc], outcome)

    def _without(self, codes: frozenset[str]) -> pa.Table:
        inside = pc.is_in(self._facts.column("uscc"), value_set=pa.array(sorted(codes), pa.string()))
        return self._facts.filter(pc.invert(inside))

    def _of(self, codes: Mapping[str, object]) -> pa.Table:
        inside = pc.is_in(self._facts.column("uscc"), value_set=pa.array(sorted(codes), pa.string()))
        return self._facts.filter(inside)


def _on(plan: Plan, day: datetime.date) -> Plan:
    return bind(plan.rulebook, as_of=day, norms=plan.norms)


def _second_birthday(founded: datetime.date) -> datetime.date:
    """The first day on which two years have passed: 1 March for what was founded on 29 February."""
    day = add_years(founded, TWO_YEARS)
    return day if add_years(day, -TWO_YEARS) >= founded else day + datetime.timedelta(days=1)


def _renewed(plan: Plan, facts: pa.Table, year: int) -> pa.Table:
    """In a later year than the run's, what speaks of the year before it is unknown."""
    if year == plan.as_of.year:
        return facts
    lapsed = {key for key, fact in plan.facts.items() if fact.period and key in facts.column_names}
    columns = {
        name: pa.nulls(facts.num_rows, facts.schema.field(name).type) if name in lapsed else facts.column(name)
        for name in facts.column_names
    }
    return pa.table(columns)


def _with(rows: pa.Table, values: Mapping[str, bool]) -> pa.Table:
    for name, value in values.items():
        rows = rows.set_column(rows.column_names.index(name), name, pa.array([value] * rows.num_rows, pa.bool_()))
    return rows


def _judged(plan: Plan, rows: pa.Table) -> Possible:
    with tempfile.TemporaryDirectory(prefix="jieti-forecast-") as folder:
        facts, results = Path(folder) / "facts.parquet", Path(folder) / "results.parquet"
        pq.write_table(rows, facts)
        judge(plan, facts, results)
        table = pq.read_table(results, columns=["uscc", "possible"])
    found = cast("list[list[str]]", table.column("possible").to_pylist())
    return {uscc: tuple(possible) for uscc, possible in zip(_codes(table), found, strict=True)}


def _codes(rows: pa.Table) -> list[str]:
    return cast("list[str]", rows.column("uscc").to_pylist())


def _named(jurisdiction: Jurisdiction, plan: Plan, turns: tuple[_Turn, ...]) -> list[EarlyWarning]:
    """With names; a business that has left the register since is left out."""
    here = Business.objects.current().filter(jurisdiction=jurisdiction, pk__in=[turn.uscc for turn in turns])
    known = {uscc: (name, town) for uscc, name, town in here.values_list("uscc", "name", "town")}
    rank = plan.outcomes.index
    found = [
        EarlyWarning(
            turn.uscc,
            *known[turn.uscc],
            turn.on,
            turn.cause,
            _text(plan, turn.before),
            _text(plan, turn.after),
            max(map(rank, turn.after)) < max(map(rank, turn.before)),
        )
        for turn in turns
        if turn.uscc in known
    ]
    return sorted(found, key=lambda one: (one.town, one.on, one.uscc))


def _text(plan: Plan, possible: tuple[str, ...]) -> str:
    labels = [plan.standard.label(key) for key in possible]
    return labels[0] if len(labels) == 1 else f"待数据（可能为：{'、'.join(labels)}）"

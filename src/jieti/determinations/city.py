"""The city's published result beside a run of the district's own: the same, different and why, only here, only there.

The city's result comes as a delivery like any other (the source `published_tiers`); it is compared, never mixed in.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

import pyarrow.compute as pc
import pyarrow.dataset as ds

from jieti.accounts.models import Jurisdiction
from jieti.determinations.models import Result, Run
from jieti.determinations.running import plan_of
from jieti.registry.models import Business, Delivery
from rulecore.model import All, AnyOf, AtLeast, CriterionRef, Expression, Not
from rulecore.plan import Plan

SOURCE = "published_tiers"
NO_TOWN = "（未登记）"


class Kind(StrEnum):
    """How a business stands in the two results."""

    SAME = "same"
    DIFFERENT = "different"
    PENDING = "pending"
    ONLY_HERE = "only_here"
    ONLY_THERE = "only_there"

    @property
    def label(self) -> str:
        return {
            Kind.SAME: "一致",
            Kind.DIFFERENT: "不一致",
            Kind.PENDING: "本区待数据",
            Kind.ONLY_HERE: "只有本区有",
            Kind.ONLY_THERE: "只有市里有",
        }[self]


@dataclass(frozen=True, slots=True)
class Line:
    """One business whose results are not the same; `ours` and `theirs` are tiers, None where there is none.

    `possible` are the tiers that our result leaves open.
    """

    uscc: str
    kind: Kind
    ours: str | None
    theirs: str | None
    possible: tuple[str, ...]
    true_bits: int
    unknown_bits: int


@dataclass(frozen=True)
class Comparison:
    """A run beside the city's result of the same year."""

    run: Run
    delivery: Delivery
    counts: Mapping[Kind, int]
    lines: tuple[Line, ...]

    @cached_property
    def names(self) -> Mapping[str, tuple[str, str]]:
        """Name and town of each business in the lines, as the register has them."""
        codes = [line.uscc for line in self.lines]
        found = Business.objects.filter(pk__in=codes).values_list("uscc", "name", "town")
        return {uscc: (name, town or NO_TOWN) for uscc, name, town in found}

    def by_town(self) -> list[tuple[str, Mapping[Kind, int]]]:
        """How many of the differences lie in each town, the most first."""
        found: dict[str, Counter[Kind]] = defaultdict(Counter)
        for line in self.lines:
            found[self.names.get(line.uscc, ("", NO_TOWN))[1]][line.kind] += 1
        return sorted(found.items(), key=lambda item: (-sum(item[1].values()), item[0]))

    def reasons(self, line: Line) -> tuple[str, ...]:
        """Why, in Chinese: which requirements would have to come out otherwise for the city's result."""
        return tuple(self._reasons(line))

    def _reasons(self, line: Line) -> Iterator[str]:
        match line.kind:
            case Kind.ONLY_THERE:
                yield "本区判定所用的登记注册信息里没有这一户"
            case Kind.ONLY_HERE:
                yield "市里公布的结果里没有这一户"
            case Kind.DIFFERENT | Kind.PENDING if line.theirs is not None:
                yield from _Reader(plan_of(self.run), line).wanted(line.theirs)
                if self.run.norm.is_sample:
                    yield "本区按样例数额判定，认定标准可能与市里不同"
                elif missing := self._unset():
                    yield f"本区所用的认定标准没有{'、'.join(missing)}"

    def _unset(self) -> list[str]:
        plan = plan_of(self.run)
        norms = (item for item in plan.rulebook.parameters.values() if item.annual_norm)
        return [item.label for item in norms if plan.values[item.key] is None]


def compare(run: Run) -> Comparison | None:
    """The run's current results beside the city's of the year, as last delivered; None where there is none yet."""
    jurisdiction = Jurisdiction.objects.get(rulebook=run.rulebook_key)
    delivery = Delivery.objects.of(jurisdiction).accepted().latest_for(SOURCE)
    theirs = _published(delivery, run.year) if delivery and run.has_results else {}
    if delivery is None or not theirs:
        return None
    counts: Counter[Kind] = Counter(dict.fromkeys(Kind, 0))
    lines: list[Line] = []
    columns = ("uscc", "tier", "possible", "true_bits", "unknown_bits")
    for uscc, tier, possible, true, unknown in (
        Result.objects.current().filter(run=run).values_list(*columns).iterator()
    ):
        said = theirs.pop(uscc, None)
        kind = _kind(tier, said)
        counts[kind] += 1
        if kind is not Kind.SAME:
            lines.append(Line(uscc, kind, tier, said, tuple(possible), true, unknown))
    counts[Kind.ONLY_THERE] = len(theirs)
    lines += [Line(uscc, Kind.ONLY_THERE, None, said, (), 0, 0) for uscc, said in theirs.items()]
    return Comparison(run, delivery, counts, tuple(sorted(lines, key=lambda line: line.uscc)))


def has_published(jurisdiction: Jurisdiction, year: int) -> bool:
    """Whether the city's result of the year has come."""
    delivery = Delivery.objects.of(jurisdiction).accepted().latest_for(SOURCE)
    return delivery is not None and bool(_published(delivery, year))


def _kind(ours: str | None, theirs: str | None) -> Kind:
    if theirs is None:
        return Kind.ONLY_HERE
    if ours is None:
        return Kind.PENDING
    return Kind.SAME if ours == theirs else Kind.DIFFERENT


def _published(delivery: Delivery, year: int) -> dict[str, str]:
    """The tier that was published last for the year, by code."""
    table = ds.dataset(delivery.clean_file, format="parquet").to_table(
        columns=["uscc", "tier", "published_on"], filter=pc.field("year") == year
    )
    rows = table.sort_by("published_on").to_pylist()
    return {row["uscc"]: row["tier"] for row in rows if row["tier"] is not None}


class _Reader:
    """Reads a result's criteria: which stand in the way of another result."""

    def __init__(self, plan: Plan, line: Line) -> None:
        self._plan = plan
        self._line = line
        self._bits = {item.criterion.key: item.bit for item in plan.criteria}

    def wanted(self, tier: str) -> Iterator[str]:
        """What would have to be otherwise for this tier: no step before it may hold, its own must.

        Where several steps lead to the tier, the last one counts.
        """
        outcomes = self._plan.standard.outcomes
        own = max(place for place, outcome in enumerate(outcomes) if outcome.key == tier)
        found: list[str] = []
        for place, outcome in enumerate(outcomes[: own + 1]):
            if outcome.when is not None and (outcome.key != tier or place == own):
                found += self._against(outcome.when, wanted=place == own)
        yield from dict.fromkeys(found)

    def _against(self, item: Expression, *, wanted: bool) -> Iterator[str]:
        """The named criteria within `item` that do not come out so that it is as wanted."""
        if self._truth(item) is wanted:
            return
        match item:
            case Not(inner):
                yield from self._against(inner, wanted=not wanted)
            case CriterionRef(name):
                inner = self._plan.standard.criteria[name].when
                deeper = list(self._against(inner, wanted=True)) if wanted and _names_criteria(inner) else []
                yield from deeper or [self._sentence(name, wanted=wanted)]
            case All(items) | AnyOf(items) | AtLeast(_, items):
                for part in items:
                    yield from self._against(part, wanted=wanted)
            case _:
                return

    def _sentence(self, name: str, *, wanted: bool) -> str:
        criterion, found = self._plan.standard.criteria[name], self._truth(CriterionRef(name))
        should = "成立" if wanted else "不成立"
        if found is None:
            return f"“{criterion.label}”（{criterion.clause}）本区待数据，市里的结果须其{should}"
        ours = "成立" if found else "不成立"
        return f"“{criterion.label}”（{criterion.clause}）本区判定为{ours}，市里的结果须其{should}"

    def _truth(self, item: Expression) -> bool | None:
        """What is known of it, in three values; None of what no criterion names."""
        match item:
            case CriterionRef(name):
                bit = self._bits[name]
                return None if self._line.unknown_bits >> bit & 1 else bool(self._line.true_bits >> bit & 1)
            case Not(inner):
                found = self._truth(inner)
                return None if found is None else not found
            case All(items):
                return self._reached(items, len(items))
            case AnyOf(items):
                return self._reached(items, 1)
            case AtLeast(count, items):
                return self._reached(items, count)
            case _:
                return None

    def _reached(self, items: tuple[Expression, ...], count: int) -> bool | None:
        found = [self._truth(item) for item in items]
        if found.count(True) >= count:
            return True
        return None if found.count(True) + found.count(None) >= count else False


def _names_criteria(item: Expression) -> bool:
    """Whether the condition is made of named criteria alone."""
    match item:
        case CriterionRef():
            return True
        case Not(inner):
            return _names_criteria(inner)
        case All(items) | AnyOf(items) | AtLeast(_, items):
            return all(_names_criteria(part) for part in items)
        case _:
            return False

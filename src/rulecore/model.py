"""The words of the language as frozen dataclasses: expressions, facts, parameters, criteria, outcomes, sources."""

import datetime
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

Scalar = bool | int | str | Decimal | datetime.date
"""A value as the rulebook's files write it: money is yuan as Decimal, a month is its first day."""


@dataclass(frozen=True)
class Value:
    """The value of a fact (in criteria) or of a column (in a source's conditions)."""

    name: str


@dataclass(frozen=True)
class ParameterRef:
    """The value of a parameter; unset where the annual norm has not published it."""

    name: str


@dataclass(frozen=True)
class Literal:
    """A value written in the rulebook itself."""

    value: Scalar


@dataclass(frozen=True)
class Compare:
    """A comparison, unknown when either side is; `op` is one of eq ne ge gt le lt."""

    op: str
    left: Value
    right: ParameterRef | Literal


@dataclass(frozen=True)
class Member:
    """Membership of a value in a list of values."""

    left: Value
    options: tuple[Scalar, ...]


@dataclass(frozen=True)
class IsMissing:
    """True when a column has no value; only conditions on source rows may ask it."""

    left: Value


@dataclass(frozen=True)
class Assume:
    """The item, or `value` where the item is unknown; only conditions on source rows may assume."""

    item: "Expression"
    value: bool


@dataclass(frozen=True)
class CriterionRef:
    """The outcome of another criterion."""

    name: str


@dataclass(frozen=True)
class All:
    """True when every item is."""

    items: tuple["Expression", ...]


@dataclass(frozen=True)
class AnyOf:
    """True when one item is."""

    items: tuple["Expression", ...]


@dataclass(frozen=True)
class Not:
    """True when the item is false."""

    item: "Expression"


@dataclass(frozen=True)
class AtLeast:
    """True when `count` or more of the items are."""

    count: int
    items: tuple["Expression", ...]


Expression = Compare | Member | IsMissing | Assume | CriterionRef | All | AnyOf | Not | AtLeast


def walk(item: Expression) -> Iterator[Expression]:
    """Every node of an expression, itself first."""
    yield item
    match item:
        case All(items) | AnyOf(items) | AtLeast(_, items):
            for child in items:
                yield from walk(child)
        case Not(child) | Assume(child, _):
            yield from walk(child)


@dataclass(frozen=True)
class Scale:
    """An ordered list of levels, lowest first, with their Chinese names: township < district < city < province."""

    key: str
    levels: Mapping[str, str]


@dataclass(frozen=True)
class Column:
    """A column of a supplier's table: its header in files, its type, the spellings of its codes, its data class."""

    key: str
    header: str
    type: str
    data_class: str
    aliases: tuple[str, ...] = ()
    codes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    required: bool = False
    scale: str | None = None


@dataclass(frozen=True)
class Check:
    """A condition on every row of a table: `column` is not after (not more than) `not_after`, where both are known.

    `not_after` is a column of the same table or as_of, the day to which the delivery speaks (for a year: its year).
    A row that breaks it is refused or, if it `warns`, taken with a warning; `says` tells its supplier why.
    """

    column: str
    not_after: str
    says: str
    warns: bool = False


@dataclass(frozen=True)
class Source:
    """A table that a department delivers; `rows` is "business" (one row a business, the register) or "many"."""

    key: str
    title: str
    supplier: str
    clause: str
    rows: str
    columns: Mapping[str, Column]
    checks: tuple[Check, ...] = ()


@dataclass(frozen=True)
class Related:
    """Rows that belong together with the business through a column of the register: its proprietor's other shops.

    `others` leaves the business's own rows out; `same` are columns that must agree with the business's own.
    """

    by: str
    others: bool = False
    same: tuple[str, ...] = ()


@dataclass(frozen=True)
class Derivation:
    """How a fact comes from the rows of a source.

    `how` is row, exists, latest, sum, max or count, or given: no table holds it, somebody states it in the case
    (`source` is then who). `take` is a column or a condition on the row; `less` a column subtracted from a sum;
    `by` the column that orders `latest`; `no_row` the value when the supplier delivered and has no such row
    (None: unknown); `related` counts rows of related businesses instead of the business's own.
    """

    how: str
    source: str
    related: Related | None = None
    take: "str | Expression | None" = None
    less: str | None = None
    by: str | None = None
    where: Expression | None = None
    no_row: Scalar | None = None


@dataclass(frozen=True)
class Fact:
    """A fact about a business, three-valued by nature: a value, or unknown.

    `change` is who can bring about another value (owner, time, department, never), `how` one sentence on what to do.
    A fact with `period` prior_year speaks of the calendar year before the basis date's; until `deadline` (month, day)
    it may still come, afterwards it counts as the derivation's `no_row`.
    """

    key: str
    label: str
    type: str
    data_class: str
    supplier: str
    source: str
    derivation: Derivation
    unit: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    scale: str | None = None
    better: str | bool | None = None
    change: str = "department"
    how: str = ""
    period: str | None = None
    deadline: tuple[int, int] | None = None


@dataclass(frozen=True)
class DateRule:
    """How a parameter follows from the basis date: a start, then whole years, months and days back."""

    start: str
    minus_years: int = 0
    minus_months: int = 0
    minus_days: int = 0


@dataclass(frozen=True)
class TableRow:
    """One row of a parameter's table: the value where the condition holds; `when` None takes the rest."""

    when: Expression | None
    value: Scalar


@dataclass(frozen=True)
class Parameter:
    """A number or date of the standard: fixed by the text, derived from the basis date, or left to the annual norm."""

    key: str
    label: str
    type: str
    clause: str
    unit: str = ""
    value: Scalar | None = None
    derive: DateRule | None = None
    annual_norm: bool = False
    table: tuple[TableRow, ...] = ()
    below: str | None = None
    reading: str | None = None


@dataclass(frozen=True)
class Criterion:
    """One requirement of the standard with its clause; `letter` is how the document numbers it, never a key.

    A `circumstance` is neither good nor bad in itself (founded this year, seasonal): it is said, not demanded.
    A criterion that people judge names who does (`judged_by`); `evidence` is what they look at.
    """

    key: str
    label: str
    clause: str
    sentence: str
    when: Expression
    letter: str = ""
    circumstance: bool = False
    judged_by: str | None = None
    evidence: tuple[str, ...] = ()
    reading: str | None = None


@dataclass(frozen=True)
class Outcome:
    """A result of the standard; `when` is None for the last, which takes the rest."""

    key: str
    label: str
    clause: str
    when: Expression | None


@dataclass(frozen=True)
class Standard:
    """Criteria and outcomes that answer one question: which tier, may it apply, is it 知名, may it be extended.

    `ladder` lists every outcome once, lowest first.
    """

    key: str
    title: str
    clause: str
    criteria: Mapping[str, Criterion]
    outcomes: tuple[Outcome, ...]
    ladder: tuple[str, ...]

    def label(self, outcome: str) -> str:
        """The Chinese name of an outcome."""
        return next(item.label for item in self.outcomes if item.key == outcome)

    def expressions(self) -> Iterator[Expression]:
        """Every condition of the standard."""
        yield from (criterion.when for criterion in self.criteria.values())
        yield from (outcome.when for outcome in self.outcomes if outcome.when is not None)


TIERS = "tiers"
"""The standard that every rulebook has."""


@dataclass(frozen=True)
class Jurisdiction:
    """The division whose law this is."""

    code: str
    name: str


@dataclass(frozen=True)
class Rulebook:
    """One edition of one jurisdiction's standard."""

    key: str
    edition: str
    title: str
    jurisdiction: Jurisdiction
    document: Mapping[str, Scalar]
    valid_from: datetime.date
    valid_to: datetime.date | None
    parents: tuple[Mapping[str, str], ...]
    subject_key: str
    sources: Mapping[str, Source]
    facts: Mapping[str, Fact]
    parameters: Mapping[str, Parameter]
    standards: Mapping[str, Standard]
    procedure: Mapping[str, Any]
    organisations: Mapping[str, str]
    sha256: str
    lines: Mapping[tuple[str, ...], tuple[str, int]] = field(default_factory=dict, compare=False, repr=False)

    def place(self, *path: str) -> tuple[str, int]:
        """File and line of the deepest known part of `path`, for error messages."""
        for length in range(len(path), 0, -1):
            if path[:length] in self.lines:
                return self.lines[path[:length]]
        return self.key, 1

    def organisation(self, key: str) -> str:
        """The Chinese name of an organisation; its key where the rulebook does not name it."""
        return self.organisations.get(key, key)

    @property
    def criteria(self) -> Mapping[str, Criterion]:
        """The criteria of the tiers."""
        return self.standards[TIERS].criteria

    @property
    def outcomes(self) -> tuple[Outcome, ...]:
        """The outcomes of the tiers, in the order in which they are tried."""
        return self.standards[TIERS].outcomes

    @property
    def ladder(self) -> tuple[str, ...]:
        """The tiers, lowest first."""
        return self.standards[TIERS].ladder

    def outcome_label(self, key: str) -> str:
        """The Chinese name of a tier."""
        return self.standards[TIERS].label(key)

    def facts_of(self, standard: str = TIERS) -> dict[str, Fact]:
        """The facts that a standard asks for, in the order of the file."""
        used = {
            node.left.name
            for item in self.standards[standard].expressions()
            for node in walk(item)
            if isinstance(node, Compare | Member)
        }
        return {key: fact for key, fact in self.facts.items() if key in used}

    def sources_of(self, standard: str = TIERS) -> dict[str, Source]:
        """The register and the sources that a standard's facts come from, in the order of the file."""
        used = {fact.source for fact in self.facts_of(standard).values()}
        return {key: source for key, source in self.sources.items() if key in used or source.rows == "business"}

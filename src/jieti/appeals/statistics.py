"""Objections in figures 正文三(三).c: how many, how long, how many were right; by town, fact and supplier."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import median

from jieti.accounts.models import Jurisdiction
from jieti.appeals.models import DisputedFact, Objection
from jieti.domain.townships import in_document_order
from jieti.rulebooks.catalogue import current_rulebook

NO_TOWN = "（不详）"


@dataclass(frozen=True, slots=True)
class Line:
    """The objections of one group. `median_days` are calendar days from filing to the reply; None without any."""

    label: str
    filed: int
    open: int
    upheld: int
    refused: int
    not_accepted: int
    withdrawn: int
    median_days: float | None

    @property
    def decided(self) -> int:
        """Upheld or refused."""
        return self.upheld + self.refused

    @property
    def share_upheld(self) -> int | None:
        """Of those decided, in whole percent, half up; None where none was."""
        return (200 * self.upheld + self.decided) // (2 * self.decided) if self.decided else None


@dataclass(frozen=True, slots=True)
class Statistics:
    """One year's objections, in all and by group. One that disputes two facts stands in both their lines."""

    total: Line
    by_town: tuple[Line, ...]
    by_fact: tuple[Line, ...]
    by_supplier: tuple[Line, ...]


def statistics_of(jurisdiction: Jurisdiction, year: int) -> Statistics:
    """The objections to a year's results."""
    found = list(Objection.objects.of(jurisdiction).filter(year=year).select_related("business"))
    facts = current_rulebook(jurisdiction).facts
    disputed = DisputedFact.objects.filter(objection__in=found).select_related("supplier")
    by_pk = {one.pk: one for one in found}
    by_fact: dict[str, set[int]] = defaultdict(set)
    by_supplier: dict[str, set[int]] = defaultdict(set)
    for one in disputed:
        label = facts[one.fact].label if one.fact in facts else one.fact
        by_fact[f"{label}（{one.supplier}）"].add(one.objection_id)
        by_supplier[str(one.supplier)].add(one.objection_id)
    by_town: dict[str, set[int]] = defaultdict(set)
    for objection in found:
        by_town[objection.business.town or NO_TOWN].add(objection.pk)
    return Statistics(
        total=_line("合计", found),
        by_town=tuple(_line(town, [by_pk[pk] for pk in by_town[town]]) for town in in_document_order(by_town)),
        by_fact=_lines(by_fact, by_pk),
        by_supplier=_lines(by_supplier, by_pk),
    )


def _lines(groups: Mapping[str, set[int]], found: Mapping[int, Objection]) -> tuple[Line, ...]:
    """The largest group first."""
    lines = (_line(label, [found[pk] for pk in keys]) for label, keys in groups.items())
    return tuple(sorted(lines, key=lambda line: (-line.filed, line.label)))


def _line(label: str, found: Iterable[Objection]) -> Line:
    objections = list(found)
    outcomes = Counter(one.outcome for one in objections)
    days = [(one.closed_on - one.opened_on).days for one in objections if one.closed_on and one.state == "replied"]
    return Line(
        label=label,
        filed=len(objections),
        open=sum(one.is_open for one in objections),
        upheld=outcomes[Objection.Outcome.UPHELD],
        refused=outcomes[Objection.Outcome.REFUSED],
        not_accepted=outcomes[Objection.Outcome.NOT_ACCEPTED],
        withdrawn=outcomes[Objection.Outcome.WITHDRAWN],
        median_days=median(days) if days else None,
    )

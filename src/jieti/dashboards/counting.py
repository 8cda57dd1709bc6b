"""What is counted, each in one aggregated statement over the whole register; nothing is hidden here yet."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection

from jieti.accounts.models import Jurisdiction
from jieti.dashboards.survival import Span
from jieti.determinations.models import Run
from jieti.domain import industries
from jieti.domain.industries import Level
from jieti.domain.terms import Tier

PENDING = "pending"
MARKS = (*(tier.value for tier in Tier), PENDING)
LABELS = {**{tier.value: tier.label for tier in Tier}, PENDING: "待数据"}
ENTERED, LEFT = "entered", "left"

TIERS = """
select r.run_id, coalesce(r.tier, 'pending'), count(*)
from determinations_result r where r.run_id = any(%(runs)s) and r.is_current group by 1, 2
"""
FLOW = """
select coalesce(a.mark, 'entered'), coalesce(b.mark, 'left'), count(*)
from (select uscc, coalesce(tier, 'pending') as mark from determinations_result
      where run_id = %(before)s and is_current) a
full join (select uscc, coalesce(tier, 'pending') as mark from determinations_result
           where run_id = %(after)s and is_current) b using (uscc)
group by 1, 2
"""
TOWNS = """
select coalesce(b.town, ''), coalesce(r.tier, 'pending'), count(*)
from determinations_result r left join registry_business b on b.uscc = r.uscc
where r.run_id = %(run)s and r.is_current group by 1, 2
"""
BITS = """
select sum(1), {sums} from determinations_result r
where r.run_id = %(run)s and r.is_current and (r.true_bits >> %(registered)s) & 1 = 1
"""
OBSERVED = """
with told as (
    select r.uscc, min(r.established_on) as established_on, max(r.industry) as industry, min(d.as_of) as seen_from,
           min(r.valid_from) filter (where r.registration_status <> 'active') as ended_on,
           bool_or(r.valid_to is null) as is_present, max(r.valid_to) as absent_from
    from registry_businessrecord r join registry_delivery d on d.id = r.delivery_id
    where r.jurisdiction_id = %(jurisdiction)s and upper_inf(r.known) and r.established_on is not null
    group by r.uscc
), spans as (
    select left(regexp_replace(industry, '[^0-9]', '', 'g'), 2) as division, established_on, seen_from,
           coalesce(ended_on, case when is_present then %(until)s::date else absent_from end) as seen_to,
           ended_on is not null as ended
    from told
), aged as (
    select division, age(greatest(seen_from, established_on), established_on) as entry,
           age(seen_to, established_on) as exit, ended
    from spans where seen_to > seen_from and seen_to >= established_on
)
select division, (extract(year from entry) * 12 + extract(month from entry))::int,
       (extract(year from exit) * 12 + extract(month from exit))::int, ended, count(*)
from aged group by 1, 2, 3, 4
"""
LAST_TOLD = """
select max(as_of) from registry_delivery
where jurisdiction_id = %(jurisdiction)s and source_key = %(source)s and status = 'accepted'
"""
OBJECTIONS = """
select year, count(*), count(*) filter (where closed_on is null),
       count(*) filter (where outcome = 'upheld'), count(*) filter (where outcome = 'refused'),
       count(*) filter (where outcome = 'not_accepted'), count(*) filter (where outcome = 'withdrawn'),
       percentile_disc(0.5) within group (order by closed_on - opened_on) filter (where state = 'replied'),
       count(*) filter (where state = 'replied')
from appeals_objection where jurisdiction_id = %(jurisdiction)s group by year order by year
"""


@dataclass(frozen=True, slots=True)
class Year:
    """A published determination and how many businesses carry each mark."""

    run: Run
    counts: Mapping[str, int]

    @property
    def cells(self) -> list[int]:
        """In the order of `MARKS`."""
        return [self.counts.get(mark, 0) for mark in MARKS]


@dataclass(frozen=True, slots=True)
class Objections:
    """The objections to one year's results. `median_days`: calendar days from filing to reply, None without any."""

    year: int
    filed: int
    open: int
    upheld: int
    refused: int
    not_accepted: int
    withdrawn: int
    median_days: int | None
    replied: int

    @property
    def other(self) -> int:
        """Closed by another way than those named."""
        return self.filed - self.open - self.upheld - self.refused - self.not_accepted - self.withdrawn


def years_of(jurisdiction: Jurisdiction, most: int = 5) -> list[Year]:
    """The last published years, the oldest first."""
    runs = list(Run.objects.of(jurisdiction).main().published().select_related("rulebook").order_by("-year")[:most])
    counts: dict[int, Counter[str]] = {run.pk: Counter() for run in runs}
    for run, mark, count in _rows(TIERS, {"runs": list(counts)}):
        counts[run][mark] = count
    return [Year(run, counts[run.pk]) for run in reversed(runs)]


def flow_between(before: Run, after: Run) -> Counter[tuple[str, str]]:
    """How many went from which mark to which; `entered` was not in the earlier run, `left` is not in the later."""
    return Counter({(a, b): n for a, b, n in _rows(FLOW, {"before": before.pk, "after": after.pk})})


def by_town(run: Run) -> dict[str, Counter[str]]:
    """How many carry which mark, by town as the register writes it."""
    found: dict[str, Counter[str]] = {}
    for town, mark, count in _rows(TOWNS, {"run": run.pk}):
        found.setdefault(town, Counter())[mark] = count
    return found


def standing(run: Run, groups: Mapping[str, tuple[int, ...]], registered: int) -> dict[str, tuple[int, int]]:
    """Of the registered: for each group of criteria by bit, how many meet all and how many miss one. The rest is
    unknown."""
    masks = {key: sum(1 << bit for bit in bits) for key, bits in groups.items()}
    sums = ", ".join(
        f"sum(((r.true_bits & {mask}) = {mask})::int), sum((((~(r.true_bits | r.unknown_bits)) & {mask}) <> 0)::int)"
        for mask in masks.values()
    )
    (row,) = _rows(BITS.format(sums=sums), {"run": run.pk, "registered": registered})
    figures = [number or 0 for number in row[1:]]
    return {key: (figures[2 * at], figures[2 * at + 1]) for at, key in enumerate(masks)}


def spans_by_section(jurisdiction: Jurisdiction, source: str) -> dict[str, list[Span]]:
    """How long businesses were observed, by the section 门类 of their industry; empty for one that is not known."""
    ((until,),) = _rows(LAST_TOLD, {"jurisdiction": jurisdiction.pk, "source": source})
    found: dict[str, list[Span]] = {}
    if until is None:
        return found
    values: dict[str, str | date] = {"jurisdiction": jurisdiction.pk, "until": until}
    for division, entry, left, ended, count in _rows(OBSERVED, values):
        section = industries.section_name(division) or ""
        found.setdefault(section, []).append(Span(entry, left, ended, count))
    return found


def sections() -> list[str]:
    """The names of the sections in the order of the standard."""
    return [one.name for one in industries.table().values() if one.level is Level.SECTION]


def objections_of(jurisdiction: Jurisdiction) -> list[Objections]:
    """Every year with objections, the oldest first."""
    return [Objections(*row) for row in _rows(OBJECTIONS, {"jurisdiction": jurisdiction.pk})]


def _rows(statement: str, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows

"""The reach ledger: for every measure, what became of every business, so that the numbers add up.

Of all businesses each either matches, does not (for a reason that can be told), or cannot be told yet 待数据; of those
that match each was told, waits to be told, or is blocked. Nothing is dropped: what was told stays told.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace

from django.db import connection
from django.db.models import Sum

from jieti.accounts.models import Jurisdiction, User
from jieti.kit import clock
from jieti.measures.models import Matching, Measure, ReachBatch, ReachEvent, holds
from jieti.registry.models import Business

GROUPS = """
select s.signature_id, s.told, s.opted_out_on is not null, p.business_id is not null, b.town, s.tier,
       s.business_id is not null, count(*)
from registry_business b
left join measures_standing s on s.business_id = b.uscc
left join (select distinct business_id from registry_proprietorship) p on p.business_id = b.uscc
where b.jurisdiction_id = %(jurisdiction)s
group by 1, 2, 3, 4, 5, 6, 7
"""
EVENTS = """
select measure_id, kind, count(*) from (
    select distinct on (e.measure_id, e.business_id, step) e.measure_id, e.kind,
           case when e.kind in ('confirmed', 'declined') then 'answer' else e.kind end as step
    from measures_reachevent e join measures_measure m on m.id = e.measure_id
    where m.jurisdiction_id = %(jurisdiction)s
    order by e.measure_id, e.business_id, step, e.id desc
) newest group by 1, 2
"""
UNASSIGNED = "尚未明确牵头部门"


@dataclass(frozen=True, slots=True)
class Group:
    """So many businesses that nothing tells apart: their signature, what they were told, where they are."""

    matched: Sequence[int]
    unknown: Sequence[int]
    told: Sequence[int]
    opted_out: bool
    reachable: bool
    town: str
    tier: str | None
    examined: bool
    count: int


@dataclass(frozen=True, slots=True)
class Counts:
    """Businesses under one measure. `told_before`: told, and no longer matching; `unreachable`: waiting, with no
    account to tell; `unexamined`: not matched with anything yet.
    """

    businesses: int = 0
    matched: int = 0
    unmatched: int = 0
    unknown: int = 0
    unexamined: int = 0
    told: int = 0
    waiting: int = 0
    blocked: int = 0
    unreachable: int = 0
    told_before: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(*(getattr(self, one.name) + getattr(other, one.name) for one in fields(self)))

    @property
    def balances(self) -> bool:
        """Every business is in exactly one place."""
        all_of_them = self.matched + self.unmatched + self.unknown + self.unexamined
        return self.businesses == all_of_them and self.matched == self.told + self.waiting + self.blocked


@dataclass(frozen=True, slots=True)
class Line:
    """A measure's account: its counts, what single businesses did, and how many the batches say were told."""

    measure: Measure
    counts: Counts
    told_in_batches: int
    steps: Mapping[str, int] = field(default_factory=dict)

    @property
    def balances(self) -> bool:
        """The counts add up, and the bits of the businesses agree with the record of what was sent."""
        return self.counts.balances and self.counts.told + self.counts.told_before == self.told_in_batches

    @property
    def seen(self) -> int:
        return self.steps.get(ReachEvent.Kind.SEEN, 0)

    @property
    def confirmed(self) -> int:
        return self.steps.get(ReachEvent.Kind.CONFIRMED, 0)

    @property
    def used(self) -> int:
        return self.steps.get(ReachEvent.Kind.USED, 0)

    @property
    def declined(self) -> int:
        return self.steps.get(ReachEvent.Kind.DECLINED, 0)


def balance(jurisdiction: Jurisdiction) -> list[Line]:
    """The account of every measure that there ever was, retired ones too, in their order."""
    groups = _merged(groups_of(jurisdiction))
    measures = list(Measure.objects.of(jurisdiction))
    told = dict(
        ReachBatch.objects.told().filter(measure__in=measures).values_list("measure").annotate(total=Sum("businesses"))
    )
    steps = _steps(jurisdiction)
    return [Line(one, counts_of(one, groups), told.get(one.pk, 0), steps.get(one.pk, {})) for one in measures]


def spread(jurisdiction: Jurisdiction, by: str, measures: Sequence[Measure]) -> dict[str, Counts]:
    """Pairs of business and measure by `town`, `tier` or `department` (the lead's), each pair counted once."""
    found: dict[str, Counts] = {}
    groups = groups_of(jurisdiction)
    if by == "department":
        merged = _merged(groups)
        for measure in measures:
            name = measure.lead_name or measure.department
            found[name] = found.get(name, Counts()) + counts_of(measure, merged)
        return found
    parts: dict[str, list[Group]] = {}
    for group in groups:
        parts.setdefault((group.town if by == "town" else group.tier or "") or "", []).append(group)
    for key, own in sorted(parts.items()):
        merged = _merged(own)
        found[key] = sum((counts_of(measure, merged) for measure in measures), Counts())
    return found


def counts_of(measure: Measure, groups: Sequence[Group]) -> Counts:
    """The counts of one measure over these groups."""
    return sum((_counts(measure, group) for group in groups), Counts())


def groups_of(jurisdiction: Jurisdiction) -> list[Group]:
    """All businesses of the register in groups, whether they were matched or not."""
    rows = jurisdiction.signatures.values_list("pk", "matched", "unknown")
    signatures = {pk: (matched, unknown) for pk, matched, unknown in rows}
    with connection.cursor() as cursor:
        cursor.execute(GROUPS, {"jurisdiction": jurisdiction.pk})
        found = cursor.fetchall()
    return [
        Group(matched, unknown, told or (), out, reachable, town, tier, examined, count)
        for signature, told, out, reachable, town, tier, examined, count in found
        for matched, unknown in (signatures.get(signature, ((), ())),)
    ]


def close(*, by: User | None, measure: Measure, reason: str) -> ReachBatch:
    """The last account of a measure that ends: who matched it then, who had been told, who waited, who was blocked."""
    counts = counts_of(measure, _merged(groups_of(measure.jurisdiction)))
    last = measure.versions.published().order_by("-version").first()
    return ReachBatch.objects.create(
        measure=measure,
        matching=Matching.objects.of(measure.jurisdiction).newest(),
        kind=ReachBatch.Kind.CLOSED,
        on=clock.today(),
        version=last.version if last else 1,
        businesses=counts.matched,
        told=counts.told,
        waiting=counts.waiting,
        blocked=counts.blocked,
        reason=reason,
        by=by,
    )


def blocked_because(measure: Measure, *, opted_out: bool) -> str:
    """Why nobody, or not this business, is told of the measure; empty where nothing is in the way."""
    if not measure.lead and not measure.co:
        return UNASSIGNED
    return "经营者谢绝主动告知" if opted_out and not measure.is_binding else ""


def is_accounted_for(jurisdiction: Jurisdiction) -> bool:
    """Whether every line balances and covers every business of the register."""
    whole = Business.objects.filter(jurisdiction=jurisdiction).count()
    return all(line.balances and line.counts.businesses == whole for line in balance(jurisdiction))


def _counts(measure: Measure, group: Group) -> Counts:
    number, one = measure.number, group.count
    found = Counts(businesses=one)
    told = holds(group.told, number)
    if measure.retired_on is not None or not holds(group.matched, number):
        before = replace(found, told_before=one if told else 0)
        if not group.examined:
            return replace(before, unexamined=one)
        is_open = measure.retired_on is None and holds(group.unknown, number)
        return replace(before, unknown=one) if is_open else replace(before, unmatched=one)
    found = replace(found, matched=one)
    if told:
        return replace(found, told=one)
    if blocked_because(measure, opted_out=group.opted_out):
        return replace(found, blocked=one)
    return replace(found, waiting=one, unreachable=0 if group.reachable else one)


def _merged(groups: Sequence[Group]) -> list[Group]:
    """The same businesses without their towns and tiers: far fewer groups."""
    counted: Counter[Group] = Counter()
    for group in groups:
        plain = replace(
            group,
            matched=tuple(group.matched),
            unknown=tuple(group.unknown),
            told=tuple(group.told),
            town="",
            tier=None,
            count=0,
        )
        counted[plain] += group.count
    return [replace(group, count=count) for group, count in counted.items()]


def _steps(jurisdiction: Jurisdiction) -> dict[int, dict[str, int]]:
    """How many businesses took each step with each measure; of confirming and declining the last word counts."""
    found: dict[int, dict[str, int]] = {}
    for measure, kind, count in _events(jurisdiction):
        found.setdefault(measure, {})[kind] = count
    return found


def _events(jurisdiction: Jurisdiction) -> Iterator[tuple[int, str, int]]:
    with connection.cursor() as cursor:
        cursor.execute(EVENTS, {"jurisdiction": jurisdiction.pk})
        yield from cursor.fetchall()

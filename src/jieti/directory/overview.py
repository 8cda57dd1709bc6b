"""A run looked over before it is published: how many of which tier, where, what keeps the others waiting, and who."""

from collections import defaultdict
from dataclasses import dataclass, field

from django.db import connection
from django.db.models import OuterRef, QuerySet, Subquery

from jieti.determinations.models import Result, Run
from jieti.directory.names import as_code
from jieti.domain.terms import Tier
from jieti.domain.townships import in_document_order
from jieti.registry.models import Business

PENDING = "pending"
MARKS = (*(tier.value for tier in Tier), PENDING)
LABELS = {**{tier.value: tier.label for tier in Tier}, PENDING: "待数据"}
NO_TOWN = "（未登记）"

BY_TOWN = """
select coalesce(nullif(b.town, ''), %(none)s), coalesce(r.tier, 'pending'), count(*)
from determinations_result r left join registry_business b on b.uscc = r.uscc
where r.run_id = %(run)s and r.is_current
group by 1, 2
"""

BY_UNKNOWN_BIT = """
select bit, count(*)
from determinations_result r, generate_series(0, %(bits)s - 1) as bit
where r.run_id = %(run)s and r.is_current and r.tier is null and (r.unknown_bits >> bit) & 1 = 1
group by bit
"""


@dataclass
class Tally:
    """How many results carry each mark, in one town or in all."""

    town: str
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(MARKS, 0))

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def cells(self) -> list[int]:
        """The counts in the order of `MARKS`."""
        return [self.counts[mark] for mark in MARKS]


def by_town(run: Run) -> list[Tally]:
    """One tally a town, in the document's order: towns are never ranked (条例第三十二条)."""
    tallies: dict[str, Tally] = {}
    with connection.cursor() as cursor:
        cursor.execute(BY_TOWN, {"run": run.pk, "none": NO_TOWN})
        for town, mark, count in cursor.fetchall():
            tallies.setdefault(town, Tally(town)).counts[mark] = count
    return [tallies[town] for town in in_document_order(tallies)]


def altogether(tallies: list[Tally]) -> Tally:
    """The sum of the tallies."""
    total: dict[str, int] = defaultdict(int)
    for tally in tallies:
        for mark, count in tally.counts.items():
            total[mark] += count
    return Tally("合计", {mark: total[mark] for mark in MARKS})


def waiting_by_bit(run: Run, bits: int) -> dict[int, int]:
    """How many results without a tier have each criterion unknown, by the criterion's bit."""
    with connection.cursor() as cursor:
        cursor.execute(BY_UNKNOWN_BIT, {"run": run.pk, "bits": bits})
        return dict(cursor.fetchall())


def results(run: Run, *, mark: str = "", town: str = "", q: str = "") -> QuerySet[Result]:
    """The run's results, narrowed, each with `name` and `town` of its business."""
    found = Result.objects.current().filter(run=run).order_by("uscc")
    if mark:
        found = found.filter(tier__isnull=True) if mark == PENDING else found.filter(tier=mark)
    if town:
        found = found.filter(uscc__in=Business.objects.filter(town=town).values("uscc"))
    if q:
        found = found.filter(uscc__in=businesses(q).values("uscc"))
    register = Business.objects.filter(pk=OuterRef("uscc"))
    return found.annotate(name=Subquery(register.values("name")), town=Subquery(register.values("town")))


def name_and_town(result: Result) -> tuple[str | None, str | None]:
    """What `results` added to a result from the register."""
    added = vars(result)
    return added["name"], added["town"]


def businesses(q: str) -> QuerySet[Business]:
    """Businesses of the register by their whole code or part of their name."""
    code = as_code(q)
    return Business.objects.filter(pk=code) if code else Business.objects.filter(name__contains=q.strip())

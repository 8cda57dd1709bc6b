"""What a department and a town see of their own: its measures, its deliveries, objections to its data; its own row."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from django.db.models import Count, Sum
from django.db.models.functions import ExtractYear

from jieti.accounts.models import Organisation
from jieti.appeals.models import DisputedFact
from jieti.dashboards.composing import OBJECTION_CLAUSE, WHOLE
from jieti.dashboards.figures import Figure, joined
from jieti.dashboards.places import towns_of
from jieti.dashboards.suppression import protected_line
from jieti.registry.models import Delivery
from jieti.rulebooks.catalogue import current_rulebook

ENDS = {"upheld": 0, "refused": 1}


def own_reach(figure: Figure, organisations: Sequence[Organisation]) -> Figure:
    """The measures for which one of these is responsible, alone or with others."""
    names = {name for one in organisations for name in (one.name, one.short) if name}
    return replace(figure, rows=tuple(row for row in figure.rows if any(name in str(row[1]) for name in names)))


def deliveries_figure(organisations: Sequence[Organisation]) -> Figure:
    """What was delivered in each year, by source."""
    home = organisations[0].jurisdiction
    sources = current_rulebook(home).sources
    keys = {one.key for one in organisations}
    own = [key for key, source in sources.items() if source.supplier in keys]
    found = Delivery.objects.of(home).accepted().filter(source_key__in=own).order_by("source_key")
    yearly = found.annotate(in_year=ExtractYear("as_of")).values("source_key", "in_year")
    rows = yearly.annotate(times=Count("pk"), rows=Sum("taken"), returned=Sum("refused")).order_by(
        "source_key", "in_year"
    )
    return Figure(
        key="deliveries",
        title="送数情况",
        definition="本单位送来并已生效的数据，按数据截止日期所在年度计；读入和退回的是行数。",
        clause="正文三(一)",
        headers=("数据", "年度", "次数", "读入行数", "退回行数"),
        rows=tuple(
            (
                sources[row["source_key"]].title,
                str(row["in_year"]),
                row["times"],
                row["rows"] or 0,
                row["returned"] or 0,
            )
            for row in rows
        ),
        unit="次",
        note="" if rows else "本单位还没有送数。",
    )


def disputed_figure(organisations: Sequence[Organisation]) -> Figure:
    """Objections to facts that these supply, by year: upheld, refused, other or open."""
    disputed = DisputedFact.objects.filter(supplier__in=organisations).order_by()
    grouped = disputed.values_list("objection__year", "objection__outcome").annotate(Count("objection", distinct=True))
    counts: dict[int, list[int]] = defaultdict(lambda: [0, 0, 0])
    for year, outcome, count in grouped:
        counts[year][ENDS.get(outcome, 2)] += count
    lines = {year: protected_line(counts[year]) for year in sorted(counts)}
    return Figure(
        key="disputed",
        title="对本单位数据的异议",
        definition="异议申诉中涉及本单位所供数据的件数，按所涉年度。",
        clause=OBJECTION_CLAUSE,
        headers=("年度", "异议成立", "异议不成立", "其他和办理中", "合计"),
        rows=tuple(joined(str(year), line.cells, line.total) for year, line in lines.items()),
        unit="件",
        note="" if lines else "没有涉及本单位数据的异议。",
    )


def own_town(figure: Figure, organisations: Sequence[Organisation]) -> Figure:
    """The rows of these towns beside the whole district; no other town."""
    own = {one.key for one in organisations} | {name for one in organisations for name in (one.name, one.short)}
    names = {town.name for town in towns_of(organisations[0].jurisdiction) if town.key in own or town.forms & own}
    return replace(figure, rows=tuple(row for row in figure.rows if row[0] in names or row[0] == WHOLE))

"""The statistical export for research: no business in it can be told from four others (k-anonymity, k = 5).

Every column is public somewhere and so could serve to find a business again: all of them together are the
quasi-identifiers. Businesses that are alike in all columns make one row with their number. Where fewer than five are
alike, they are made coarser together, step by step (`STEPS`); what is still fewer than five at the last step is left
out and only counted in `left_out`.
"""

import csv
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from io import BytesIO, StringIO
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq
from django.db import connection

from jieti.accounts.models import Jurisdiction
from jieti.dashboards.counting import LABELS
from jieti.dashboards.places import ELSEWHERE, towns_of
from jieti.dashboards.suppression import LEAST
from jieti.determinations.models import Run
from jieti.domain import industries
from jieti.domain.terms import RegistrationStatus

ANY = "＊"
UNKNOWN = "不详"
BAND = 5
WIDE_BAND = 10
BOM = "\ufeff"

PROFILES = """
select coalesce(b.town, ''), left(regexp_replace(coalesce(b.industry, ''), '[^0-9]', '', 'g'), 2),
       extract(year from b.established_on)::int, coalesce(r.tier, 'pending'),
       coalesce(p.tier, case when p.uscc is null then '' else 'pending' end),
       coalesce(b.registration_status, ''), count(*)
from determinations_result r
join registry_business b on b.uscc = r.uscc
left join determinations_result p on p.uscc = r.uscc and p.run_id = %(before)s and p.is_current
where r.run_id = %(run)s and r.is_current
group by 1, 2, 3, 4, 5, 6
"""


class Column(NamedTuple):
    """A column of the export: its key, heading, and what it means."""

    key: str
    heading: str
    meaning: str


COLUMNS = (
    Column("year", "判定年度", "分型结果属于哪一年度"),
    Column("town", "镇乡街道", f"登记的镇乡街道；{ANY}表示并入全区"),
    Column("industry", "行业", f"国民经济行业分类的大类或者门类；{ANY}表示不分行业"),
    Column("established", "成立年份", f"每5年或者10年一段，写段的首尾两年；{ANY}表示不分年份"),
    Column("tier", "分型结果", "本年度结果：生存型、成长型、发展型、不符合分型条件、待数据"),
    Column("tier_before", "上一年度结果", f"上一次公布的结果；“未列入”是上一次判定时不在登记簿上的；{ANY}表示不分"),
    Column("status", "登记状态", f"登记在册、吊销、注销、撤销登记；{ANY}表示不分"),
    Column("businesses", "户数", f"各列都相同的户数，每行不少于{LEAST}户"),
)


@dataclass(frozen=True, slots=True)
class Profile:
    """What the export may tell of a business."""

    town: str
    industry: str
    established: str
    tier: str
    tier_before: str
    status: str


@dataclass(frozen=True, slots=True)
class Export:
    """The rows with their numbers of businesses. `left_out` businesses are too unlike the others to stand here."""

    year: int
    rows: tuple[tuple[Profile, int], ...]
    left_out: int

    @property
    def told(self) -> int:
        """How many businesses stand in the rows."""
        return sum(count for _, count in self.rows)

    @property
    def table(self) -> list[list[object]]:
        """The rows in the order of COLUMNS."""
        return [
            [self.year, p.town, p.industry, p.established, p.tier, p.tier_before, p.status, count]
            for p, count in self.rows
        ]

    def as_csv(self) -> str:
        """UTF-8 with a byte order mark."""
        text = StringIO()
        writer = csv.writer(text)
        writer.writerow(column.heading for column in COLUMNS)
        writer.writerows(self.table)
        return BOM + text.getvalue()

    def as_parquet(self) -> bytes:
        """The same by the columns' keys."""
        whole = {"year": pa.int16(), "businesses": pa.int64()}
        schema = pa.schema([pa.field(column.key, whole.get(column.key, pa.string())) for column in COLUMNS])
        columns = list(zip(*self.table, strict=True)) or [()] * len(COLUMNS)
        arrays = [pa.array(values, field.type) for values, field in zip(columns, schema, strict=True)]
        table = pa.Table.from_arrays(arrays, schema=schema)
        file = BytesIO()
        pq.write_table(table, file, compression="zstd")
        return file.getvalue()


@dataclass(frozen=True, slots=True)
class Raw:
    """What the register and two runs say of a business."""

    town: str
    division: str
    founded: int | None
    tier: str
    tier_before: str
    status: str


def _exact(raw: Raw) -> Profile:
    return Profile(
        town=raw.town or ELSEWHERE,
        industry=industries.division_name(raw.division) or UNKNOWN,
        established=_band(raw.founded, BAND),
        tier=LABELS[raw.tier],
        tier_before=LABELS.get(raw.tier_before, "未列入"),
        status=RegistrationStatus(raw.status).label if raw.status else UNKNOWN,
    )


def _by_section(raw: Raw) -> Profile:
    section = industries.section_name(raw.division) or UNKNOWN
    return replace(_exact(raw), industry=section, established=_band(raw.founded, WIDE_BAND))


STEPS: tuple[Callable[[Raw], Profile], ...] = (
    _exact,
    _by_section,
    lambda raw: replace(_by_section(raw), established=ANY, tier_before=ANY),
    lambda raw: replace(_by_section(raw), town=ANY, established=ANY, tier_before=ANY),
    lambda raw: replace(_by_section(raw), town=ANY, industry=ANY, established=ANY, tier_before=ANY),
    lambda raw: replace(_by_section(raw), town=ANY, industry=ANY, established=ANY, tier_before=ANY, status=ANY),
)
"""From exact to coarse; each is a coarser telling of the one before."""


def export_of(jurisdiction: Jurisdiction, run: Run) -> Export:
    """The export of a published run."""
    before = Run.objects.of(jurisdiction).main().published().filter(year__lt=run.year).order_by("-year").first()
    names = {form: town.name for town in towns_of(jurisdiction) for form in town.forms}
    with connection.cursor() as cursor:
        cursor.execute(PROFILES, {"run": run.pk, "before": before.pk if before else None})
        found = Counter[Raw]()
        for town, *rest, count in cursor.fetchall():
            found[Raw(names.get(town, town), *rest)] += count
    rows, left_out = anonymous(found)
    return Export(run.year, _in_document_order(rows, [town.name for town in towns_of(jurisdiction)]), left_out)


def anonymous(found: Mapping[Raw, int]) -> tuple[dict[Profile, int], int]:
    """The finest telling in which at least five are alike, and how many are alike with fewer even at the coarsest."""
    waiting, told = dict(found), Counter[Profile]()
    for step in STEPS:
        alike = Counter[Profile]()
        for raw, count in waiting.items():
            alike[step(raw)] += count
        waiting = {raw: count for raw, count in waiting.items() if alike[step(raw)] < LEAST}
        told.update({profile: count for profile, count in alike.items() if count >= LEAST})
    return dict(told), sum(waiting.values())


def _in_document_order(rows: Mapping[Profile, int], towns: list[str]) -> tuple[tuple[Profile, int], ...]:
    """Never by the number of businesses: towns are not ranked."""
    places = {town: f"{at:04}" for at, town in enumerate(towns)}

    def order(row: tuple[Profile, int]) -> tuple[str, ...]:
        one = row[0]
        town = places.get(one.town, one.town)
        return (town, one.industry, one.established, one.tier, one.tier_before, one.status)

    return tuple(sorted(rows.items(), key=order))


def _band(year: int | None, width: int) -> str:
    if year is None:
        return UNKNOWN
    start = year - year % width
    return f"{start}–{start + width - 1}"

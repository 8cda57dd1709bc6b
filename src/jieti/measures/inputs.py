"""What matching goes by: the tables as delivered, the results published here and the titles given here."""

import datetime
import io
from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pv
import pyarrow.dataset as ds
import pyarrow.parquet as pq
from django.db import connection
from django.db.models import Max, Q

from jieti.accounts.models import Jurisdiction
from jieti.determinations.models import Result, Run
from jieti.domain.terms import RegistrationStatus, Tier
from jieti.kit import clock
from jieti.measures.conditions import CONVERTED, RESULTS, TITLES
from jieti.measures.models import MeasureVersion
from jieti.recognitions.models import Recognition
from jieti.registry.models import Business, Delivery, Feed
from jieti.registry.models.businesses import EntityKind
from jieti.registry.sources import register_source
from jieti.rulebooks.catalogue import current_rulebook
from rulecore.model import Source
from rulecore.source import source_schema

TIERS = "measures_tiers"
"""The temporary table of published results that lives as long as the transaction."""

NEWEST = """
create temp table measures_tiers on commit drop as
select distinct on (r.uscc) r.uscc, u.year, r.tier, r.possible
from determinations_result r join determinations_run u on u.id = r.run_id
where u.rulebook_key = %(rulebook)s and u.kind = 'main' and u.status = 'published' and r.is_current
  and (%(only)s::text[] is null or r.uscc = any(%(only)s))
order by r.uscc, u.year desc
"""
# Founded after the determination: of the tier that the rulebook gives to new businesses (附件一(三)2(1)).
NEW_ONES = """
insert into measures_tiers (uscc, year, tier, possible)
select b.uscc, extract(year from b.established_on)::int, %(tier)s, array[%(tier)s]
from registry_business b
where b.jurisdiction_id = %(jurisdiction)s and b.absent_since_id is null and b.registration_status = %(active)s
  and b.entity_kind = %(individual)s and b.established_on > %(basis)s and b.established_on <= %(today)s
  and (%(only)s::text[] is null or b.uscc = any(%(only)s))
  and not exists (select from measures_tiers t where t.uscc = b.uscc)
"""
_TITLE_TYPES: dict[str, pa.DataType] = {
    "uscc": pa.string(),
    "category": pa.string(),
    "benefits_from": pa.date32(),
    "last_day": pa.date32(),
    "ended_on": pa.date32(),
}
TITLE_COLUMNS = pa.schema(_TITLE_TYPES)

Value = str | datetime.date | list[str] | None
Sources = dict[str, Sequence[Path] | None]
Stamp = dict[str, object]


def published_run(jurisdiction: Jurisdiction) -> Run | None:
    """The newest published determination."""
    return Run.objects.of(jurisdiction).main().published().order_by("-year").first()


def norms_of(jurisdiction: Jurisdiction) -> Mapping[str, Decimal]:
    """The amounts of the published determination's norm; before one, none is published."""
    run = published_run(jurisdiction)
    return run.norm.decimals if run else {}


def gather(jurisdiction: Jurisdiction, folder: Path, only: Collection[str] | None, *, whole_register: bool) -> Sources:
    """Every table as files; of the results, titles and (unless `whole_register`) the register only those of `only`.

    Call it in a transaction: the newest published results stand in the temporary table `measures_tiers` until it ends.
    """
    found: Sources = {key: [one.clean_file] for key, one in _deliveries(jurisdiction).items()}
    register = register_source(jurisdiction)
    files = found.get(register.key)
    if not files:
        found[register.key] = [_nobody(register, folder)]
    elif only is not None and not whole_register:
        found[register.key] = [_those(files, only, folder)]
    return found | {RESULTS: [_results(jurisdiction, folder, only)], TITLES: [_titles(jurisdiction, folder)]}


def stamp_of(jurisdiction: Jurisdiction) -> Stamp:
    """By what a matching done now would go: equal stamps, equal matches."""
    run = published_run(jurisdiction)
    last = Result.objects.filter(run__in=Run.objects.of(jurisdiction).main().published()).aggregate(last=Max("pk"))
    versions = MeasureVersion.objects.of(jurisdiction).in_force(clock.today()).order_by("pk")
    return {
        "day": clock.today().isoformat(),
        "run": run.pk if run else None,
        "result": last["last"],
        "deliveries": {key: one.pk for key, one in sorted(_deliveries(jurisdiction).items())},
        "titles": [[str(part) for part in row] for row in _title_rows(jurisdiction)],
        "versions": list(versions.values_list("pk", flat=True)),
    }


def results_since(jurisdiction: Jurisdiction, last: int) -> list[str]:
    """The businesses whose published result got another version after the one numbered `last`."""
    published = Run.objects.of(jurisdiction).main().published()
    return list(Result.objects.filter(run__in=published, pk__gt=last).values_list("uscc", flat=True).distinct())


def _deliveries(jurisdiction: Jurisdiction) -> dict[str, Delivery]:
    """The delivery that counts, by source; none of a feed that is switched off, whose facts are unknown then."""
    off = set(Feed.objects.filter(jurisdiction=jurisdiction, is_active=False).values_list("source_key", flat=True))
    found = Delivery.objects.of(jurisdiction).accepted().latest_by_source()
    known = current_rulebook(jurisdiction).sources
    return {key: one for key, one in found.items() if key in known and key not in off}


def _nobody(register: Source, folder: Path) -> Path:
    """A register that has not come, or is switched off, lists nobody: everything is unknown of everybody."""
    out = folder / "register.parquet"
    pq.write_table(source_schema(register).empty_table(), out)
    return out


def _those(files: Sequence[Path], only: Collection[str], folder: Path) -> Path:
    out = folder / "register.parquet"
    rows = ds.dataset([str(file) for file in files], format="parquet")
    pq.write_table(rows.to_table(filter=pc.field("uscc").isin(list(only))), out)
    return out


def _results(jurisdiction: Jurisdiction, folder: Path, only: Collection[str] | None) -> Path:
    _make_tiers(jurisdiction, only)
    flags = ", ".join(
        f"case when possible = array['{tier.value}']::varchar[] then 't' when '{tier.value}' = any(possible) then ''"
        f" else 'f' end as {tier.value}"
        for tier in Tier
    )
    out, text = folder / "results.parquet", io.BytesIO()
    query = f"copy (select uscc, year, {flags} from {TIERS}) to stdout (format csv, header)"  # noqa: S608 - own names
    with connection.cursor() as cursor, cursor.copy(query) as copy:
        for block in copy:
            text.write(bytes(block))
    text.seek(0)
    kinds = {"uscc": pa.string(), "year": pa.int64(), **{tier.value: pa.bool_() for tier in Tier}}
    convert = pv.ConvertOptions(column_types=kinds, true_values=["t"], false_values=["f"], null_values=[""])
    pq.write_table(pv.read_csv(text, convert_options=convert), out)
    return out


def _make_tiers(jurisdiction: Jurisdiction, only: Collection[str] | None) -> None:
    values: dict[str, Value] = {"rulebook": jurisdiction.rulebook, "only": None if only is None else list(only)}
    run, rule = published_run(jurisdiction), current_rulebook(jurisdiction).procedure.get("new_businesses")
    with connection.cursor() as cursor:
        cursor.execute(f"drop table if exists {TIERS}")
        cursor.execute(NEWEST, values)
        if run is not None and rule:
            values |= {
                "tier": Tier(rule["tier"]).value,
                "jurisdiction": jurisdiction.pk,
                "active": RegistrationStatus.ACTIVE.value,
                "individual": EntityKind.INDIVIDUAL.value,
                "basis": run.basis_date,
                "today": clock.today(),
            }
            cursor.execute(NEW_ONES, values)
        cursor.execute(f"create index on {TIERS} (uscc)")


def _titles(jurisdiction: Jurisdiction, folder: Path) -> Path:
    out = folder / "titles.parquet"
    names = TITLE_COLUMNS.names
    rows = [dict(zip(names, row, strict=True)) for row in _title_rows(jurisdiction)]
    pq.write_table(pa.Table.from_pylist(rows, schema=TITLE_COLUMNS), out)
    return out


def _title_rows(
    jurisdiction: Jurisdiction,
) -> list[tuple[str, str, datetime.date, datetime.date, datetime.date | None]]:
    """Titles, and a row for each business that became an enterprise: on its day, or with the register's."""
    rows = Recognition.objects.of(jurisdiction).order_by("business_id", "pk")
    titles = rows.values_list("business_id", "category", "benefits_from", "last_day", "ended_on")
    became = Q(converted_on__isnull=False) | Q(entity_kind=EntityKind.ENTERPRISE)
    converted = Business.objects.filter(became, jurisdiction=jurisdiction).order_by("pk")
    days = ((uscc, on or datetime.date.min) for uscc, on in converted.values_list("pk", "converted_on"))
    return [*titles, *((uscc, CONVERTED, on, datetime.date.max, None) for uscc, on in days)]

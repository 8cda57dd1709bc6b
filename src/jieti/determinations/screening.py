"""Standards asked of one business on one day: what the newest tables say of it, and what people stated in its case.

Nothing is written. Facts that nobody brought are unknown, and so may the outcome be.
"""

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq
from django.conf import settings

from jieti.determinations.running import assemble_few
from jieti.kit import clock
from jieti.registry.history import tables_known_at
from jieti.registry.models import Business, Delivery
from jieti.registry.sources import BUSINESS
from jieti.rulebooks.catalogue import current_rulebook
from rulecore.explain import Explanation, Provenance, explain
from rulecore.model import Source
from rulecore.plan import Plan, bind
from rulecore.source import source_schema

Row = Mapping[str, object]
HORIZON_DAYS = 0
"""Ways up and days of change are not looked for."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One standard's answer: the facts it used by key (None: unknown), and why it came out so."""

    facts: Mapping[str, object]
    explanation: Explanation


def ask(
    business: Business,
    *,
    standards: Iterable[str],
    on: datetime.date,
    moment: datetime.datetime,
    own: Mapping[str, Sequence[Row]],
    given: Mapping[str, object],
) -> dict[str, Asked]:
    """The standards' answers for the business on the basis date ``on``, from what was delivered by ``moment``.

    ``own`` are rows that the site itself has of a source, in place of a department's; ``given`` are facts that people
    stated in the case, which stand before what the tables say.
    """
    rulebook = current_rulebook(business.jurisdiction)
    plans = [bind(rulebook, as_of=on, norms={}, standard=key) for key in standards]
    sources = {key: one for plan in plans for key, one in rulebook.sources_of(plan.standard.key).items()}
    deliveries = {key: one for key, one in tables_known_at(moment, business.jurisdiction).items() if key in sources}
    provenance = {key: Provenance(one.as_of, str(one.pk)) for key, one in deliveries.items()}
    today = clock.day_of(moment)
    provenance |= {key: Provenance(today) for key in own}
    found: dict[str, Asked] = {}
    with TemporaryDirectory(dir=settings.DATA_DIR) as name:
        folder = Path(name)
        tables = {key: _table(business, one, deliveries.get(key), own, folder) for key, one in sources.items()}
        for plan in plans:
            facts = {**_assembled(plan, tables, folder), **{key: given[key] for key in given if key in plan.facts}}
            explanation = explain(plan, facts, provenance=provenance, horizon_days=HORIZON_DAYS)
            found[plan.standard.key] = Asked(facts, explanation)
    return found


def _table(
    business: Business, source: Source, delivery: Delivery | None, own: Mapping[str, Sequence[Row]], folder: Path
) -> Path | None:
    """The source's rows about the business in a small table; None where nobody has brought any table."""
    if source.key in own:
        rows = pa.Table.from_pylist(
            [{**row, _code(source): business.pk} for row in own[source.key]], source_schema(source)
        )
    elif delivery is not None:
        rows = _narrowed(delivery, source, business.pk)
    elif source.rows != BUSINESS:
        return None
    else:
        rows = source_schema(source).empty_table()
    if source.rows == BUSINESS and rows.num_rows == 0:
        rows = pa.Table.from_pylist([_registered(business, source)], source_schema(source))
    place = folder / f"{source.key}.parquet"
    pq.write_table(rows, place)
    return place


def _narrowed(delivery: Delivery, source: Source, uscc: str) -> pa.Table:
    """The delivery's rows about one business; a column that an older table lacks is unknown."""
    dataset, schema = ds.dataset(delivery.clean_file, format="parquet"), source_schema(source)
    has = [name for name in schema.names if name in dataset.schema.names]
    rows = dataset.to_table(columns=has, filter=pc.field(_code(source)) == uscc)
    return pa.Table.from_pylist(rows.to_pylist(), schema)


def _registered(business: Business, source: Source) -> Row:
    """What the register says of a business that no table holds."""
    known = {name: getattr(business, name) for name in source.columns if hasattr(business, name)}
    return {**known, _code(source): business.pk}


def _assembled(plan: Plan, tables: Mapping[str, Path | None], folder: Path) -> Row:
    out = folder / f"facts-{plan.standard.key}.parquet"
    wanted = {key: tables[key] for key in plan.rulebook.sources_of(plan.standard.key)}
    assemble_few(plan, wanted, out)
    (row,) = pq.read_table(out).to_pylist()
    return {key: value for key, value in row.items() if key in plan.facts}


def _code(source: Source) -> str:
    return next(column.key for column in source.columns.values() if column.type == "uscc")

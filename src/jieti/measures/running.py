"""Asks the engine which business meets which measure, and why not. The only module of the app that does.

Measures that demand the same are asked once; businesses that no condition tells apart share a signature. So a million
businesses and any number of measures are one pass over the facts.
"""

import datetime
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from jieti.measures.conditions import Rule, asking, chunks, explaining
from jieti.measures.models import words_of
from rulecore.engines import load
from rulecore.explain import Explanation, explain
from rulecore.model import Rulebook
from rulecore.plan import Plan, bind

ENGINE = "polars"
SUBJECT, PLACE = "uscc", "place"
Words = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Terms:
    """By which law, on which day and with which amounts is matched."""

    rulebook: Rulebook
    day: datetime.date
    norms: Mapping[str, Decimal]


@dataclass(frozen=True, slots=True)
class Matches:
    """Every business with the place of its signature (columns uscc, place), and the signatures: matched, unknown."""

    businesses: pa.Table
    signatures: tuple[tuple[Words, Words], ...]


def match(terms: Terms, rules: Sequence[Rule], sources: Mapping[str, Sequence[Path] | None], folder: Path) -> Matches:
    """Which rules every business of the register meets, and which cannot be told yet. Writes only to `folder`."""
    plans = [_plan(terms, *asking(terms.rulebook, lot)) for lot in chunks(rules)]
    table = _judged(plans, sources, folder)
    keys = [name for name in table.column_names if name != SUBJECT]
    kinds = table.group_by(keys).aggregate([]) if keys else pa.table({PLACE: pa.array([0])})
    signatures = _Signatures(rules)
    found = tuple(signatures.of(row) for row in kinds.select(keys).to_pylist()) if keys else (((), ()),)
    if not keys:
        return Matches(table.append_column(PLACE, pa.array([0] * table.num_rows, pa.int64())), found)
    placed = kinds.append_column(PLACE, pa.array(range(kinds.num_rows), pa.int64()))
    return Matches(table.join(placed, keys=keys).select([SUBJECT, PLACE]), found)


def explain_rule(terms: Terms, rule: Rule, facts: Mapping[str, object]) -> Explanation:
    """Whether the measure is for a business with these facts, demand by demand with clause, value and supplier."""
    return explain(_plan(terms, *explaining(terms.rulebook, rule)), facts, horizon_days=0)


def facts_of(
    terms: Terms,
    rules: Sequence[Rule],
    sources: Mapping[str, Sequence[Path] | None],
    usccs: Collection[str],
    folder: Path,
) -> dict[str, dict[str, object]]:
    """The facts that the rules ask of these businesses, as the tables have them; none where the register lacks one."""
    found: dict[str, dict[str, object]] = {}
    for place, plan in enumerate(_plan(terms, *asking(terms.rulebook, lot)) for lot in chunks(rules)):
        out = folder / f"facts-{place}.parquet"
        load(ENGINE).assemble(plan, sources, out)
        for row in pq.read_table(out, filters=[(SUBJECT, "in", list(usccs))]).to_pylist():
            found.setdefault(row.pop(SUBJECT), {}).update(row)
    return found


def _plan(terms: Terms, rulebook: Rulebook, standard: str) -> Plan:
    return bind(rulebook, as_of=terms.day, norms=terms.norms, standard=standard)


def _judged(plans: Sequence[Plan], sources: Mapping[str, Sequence[Path] | None], folder: Path) -> pa.Table:
    """Every business with the masks of each lot: t0, u0, t1, u1, … are what is true and what is unknown."""
    whole: pa.Table | None = None
    engine = load(ENGINE)
    for place, plan in enumerate(plans):
        facts, results = folder / f"facts-{place}.parquet", folder / f"results-{place}.parquet"
        engine.assemble(plan, sources, facts, in_order=False)
        engine.run(plan, [facts], results)
        facts.unlink()
        own = pq.read_table(results, columns=[SUBJECT, "true_bits", "unknown_bits"])
        own = own.rename_columns([SUBJECT, f"t{place}", f"u{place}"])
        whole = own if whole is None else whole.join(own, keys=SUBJECT)
    return pa.table({SUBJECT: pa.array([], pa.string())}) if whole is None else whole


class _Signatures:
    """From the masks of conditions to the bits of measures."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        bits = {when: (lot, bit) for lot, whens in enumerate(chunks(rules)) for bit, when in enumerate(whens)}
        self._places = [(rule.number, *bits[rule.when]) for rule in rules]

    def of(self, masks: Mapping[str, int]) -> tuple[Words, Words]:
        """The measures that are matched and those that are unknown, as words of bits."""
        return self._words(masks, "t"), self._words(masks, "u")

    def _words(self, masks: Mapping[str, int], kind: str) -> Words:
        return tuple(words_of(number for number, lot, bit in self._places if masks[f"{kind}{lot}"] >> bit & 1))

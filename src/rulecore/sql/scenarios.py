"""Facts → how many businesses have which signature; signature → who moves. The stages are those of results.

Columns: f0, f1 … words of features · b0, b1 … buckets of moved facts · g0, g1 … what businesses are divided by · n.
"""

from collections.abc import Sequence

from sqlglot import exp

from rulecore.plan import Scenarios
from rulecore.plan.scenarios import FEATURES_IN_A_WORD, UNKNOWN_BUCKET
from rulecore.sql.results import MAYBE, SUBJECT, TRUE, UNKNOWN, atom_sql, formula_sql
from rulecore.sql.words import (
    Sql,
    case,
    column,
    compare,
    is_null,
    literal,
    named,
    select,
    staged,
    table,
    total,
    union_of_bits,
)

COUNT = "n"


def groups_sql(scenarios: Scenarios, by: Sequence[str], joined: Sequence[str], facts: str = "facts") -> exp.Select:
    """SELECT the signature, the columns `by` and how many businesses share them.

    Those of `by` that are `joined` stand in the table `by_i` (k: subject, v: value) instead of in the facts.
    """
    keys = [*key_names(scenarios), *(f"g{place}" for place in range(len(by)))]
    names = [column(name) for name in keys]
    divided = [_divider(place, name, joined=name in joined) for place, name in enumerate(by)]
    inner = _signatures(scenarios, divided, facts)
    for place, name in enumerate(by):
        if name in joined:
            on = compare("eq", column(scenarios.base.rulebook.subject_key, facts), column("k", f"by_{place}"))
            inner = inner.join(table(f"by_{place}"), on=on, join_type="left")
    count = named(exp.Count(this=exp.Star()), COUNT)
    return _featured(scenarios, inner, keys[scenarios.words :], count).group_by(*names)


def movers_sql(scenarios: Scenarios, facts: str = "facts", moves: str = "moves") -> exp.Select:
    """SELECT subject and what else stands in `moves` (signature columns, then others) for whoever has the signature."""
    subject = named(column(scenarios.base.rulebook.subject_key, facts), SUBJECT)
    buckets = [f"b{place}" for place in range(len(scenarios.edges))]
    signed = _featured(scenarios, _signatures(scenarios, [subject], facts), [SUBJECT, *buckets])
    on = [compare("eq", column(name, "s"), column(name, "m")) for name in key_names(scenarios)]
    wanted = [column(SUBJECT, "s"), *(column(name, "m") for name in ("scenario", "was", "becomes"))]
    query = select(*wanted).from_(signed.subquery("s"))
    return query.join(table(moves, "m"), on=exp.and_(*on), join_type="inner")


def key_names(scenarios: Scenarios) -> list[str]:
    """The columns of a signature."""
    words = [f"f{place}" for place in range(scenarios.words)]
    return [*words, *(f"b{place}" for place in range(len(scenarios.edges)))]


def _divider(place: int, name: str, *, joined: bool) -> Sql:
    value = column("v", f"by_{place}") if joined else column(name)
    return named(exp.cast(value, "varchar"), f"g{place}")


def _signatures(scenarios: Scenarios, more: Sequence[Sql], facts: str) -> exp.Select:
    """The comparisons that no scenario moves, the buckets, and `more`."""
    known = [(index, atom) for index, atom in enumerate(scenarios.atoms) if atom.unset is None]
    atoms = [named(atom_sql(atom, scenarios.base.facts[atom.fact]), f"a{index}") for index, atom in known]
    buckets = [named(_bucket(f, e), f"b{place}") for place, (f, e) in enumerate(scenarios.edges.items())]
    return select(*atoms, *buckets, *more).from_(table(facts), copy=False)


def _bucket(fact: str, edges: Sequence[int]) -> Sql:
    """How many of the edges the value has reached; unknown has a bucket of its own."""
    value = column(fact)
    reached = [case([(compare("ge", value.copy(), literal(edge)), literal(1))], literal(0)) for edge in edges]
    return case([(is_null(value), literal(UNKNOWN_BUCKET))], total(reached))


def _featured(scenarios: Scenarios, inner: exp.Select, kept: Sequence[str], *more: Sql) -> exp.Select:
    """The masks of the comparisons, then the words of features; what is `kept` comes through unchanged."""
    masked = staged(select(*_masks(scenarios), *_columns(kept)), inner, "s1")
    maybe = named(union_of_bits(column(TRUE), column(UNKNOWN)), MAYBE)
    held = staged(select(column(TRUE), maybe, *_columns(kept)), masked, "s2")
    worded = staged(select(*_words(scenarios), *_columns(kept)), held, "s3")
    names = [column(f"f{place}") for place in range(scenarios.words)]
    return staged(select(*names, *_columns(kept), *more), worded, "s4")


def _columns(names: Sequence[str]) -> list[Sql]:
    return [column(name) for name in names]


def _masks(scenarios: Scenarios) -> list[Sql]:
    true, unknown, always = [], [], 0
    for index, atom in enumerate(scenarios.atoms):
        if atom.unset is not None:
            always += 1 << index
            continue
        name = column(f"a{index}")
        true.append(case([(name, literal(1 << index))], literal(0)))
        unknown.append(case([(is_null(name), literal(1 << index))], literal(0)))
    return [named(total(true), TRUE), named(total([*unknown, literal(always)]), UNKNOWN)]


def _words(scenarios: Scenarios) -> list[Sql]:
    weights = range(len(scenarios.atoms))
    words: list[list[Sql]] = [[] for _ in range(scenarios.words)]
    for number, feature in enumerate(scenarios.features):
        word, bit = divmod(number, FEATURES_IN_A_WORD)
        words[word].append(case([(formula_sql(feature, weights), literal(1 << bit))], literal(0)))
    return [named(total(items), f"f{place}") for place, items in enumerate(words)]

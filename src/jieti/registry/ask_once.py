"""一次不问两遍: what a form may ask a proprietor, and which table supplies every fact of the standards.

A form says of each of its fields what is asked (`asks = {"field": Own("…")}`). Nothing that a connected table supplies
may be asked: it is shown, locked, with its source and date (`_components/sourced_value.html`). 附件一(二)1, 附件三(四).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.forms import BaseForm

from rulecore.model import Compare, Criterion, Fact, Member, Rulebook, walk

GIVEN = "given"
FACTS = "facts."


@dataclass(frozen=True, slots=True)
class Own:
    """Something that only the person asked can say; `why` it stands in no department's table."""

    why: str


@dataclass(frozen=True, slots=True)
class Datum:
    """A datum of the rulebook: `facts.turnover`, or a column of a source, `tax.paid`."""

    name: str


@dataclass(frozen=True, slots=True)
class Supply:
    """Who brings a fact: a department's table (`source`), or somebody in the case, who judges it by `evidence`."""

    fact: str
    supplier: str
    source: str = ""
    evidence: tuple[str, ...] = ()


def faults_of(form: type[BaseForm], rulebook: Rulebook) -> list[str]:
    """What is wrong with the questions of a form, in Chinese; empty where it asks only what nobody supplies."""
    asks: Mapping[str, Own | Datum] = getattr(form, "asks", {})
    fields = getattr(form, "base_fields", {})
    undeclared = [f"{form.__name__}.{name}：没有说明问的是什么" for name in fields if name not in asks]
    unknown = [f"{form.__name__}.{name}：没有这个字段" for name in asks if name not in fields]
    return [
        *undeclared,
        *unknown,
        *(text for name, what in asks.items() if (text := _fault(form, name, what, rulebook))),
    ]


def supplier_of_datum(name: str, rulebook: Rulebook) -> str | None:
    """The source whose table has the datum; None where people say it. Raises KeyError for what the rulebook has not."""
    if name.startswith(FACTS):
        fact = rulebook.facts[name.removeprefix(FACTS)]
        return None if fact.derivation.how == GIVEN else fact.source
    key, _, column = name.partition(".")
    source = rulebook.sources[key]
    if column not in source.columns:
        raise KeyError(name)
    return source.key


def supplies(rulebook: Rulebook) -> dict[str, Supply]:
    """Who brings each fact that a criterion of any standard asks for.

    Raises ValueError, naming the fact, where neither a table nor anybody does.
    """
    found: dict[str, Supply] = {}
    for standard in rulebook.standards.values():
        for criterion in standard.criteria.values():
            for fact in _facts(criterion, rulebook):
                supply = _supply(fact, criterion, rulebook)
                if fact.key not in found or supply.evidence:
                    found[fact.key] = supply
    faulty = [one.fact for one in found.values() if not one.source and not one.supplier]
    if faulty:
        raise ValueError(f"nobody brings {', '.join(faulty)}")
    return found


def _facts(criterion: Criterion, rulebook: Rulebook) -> Iterable[Fact]:
    for node in walk(criterion.when):
        if isinstance(node, Compare | Member):
            yield rulebook.facts[node.left.name]


def _supply(fact: Fact, criterion: Criterion, rulebook: Rulebook) -> Supply:
    if fact.derivation.how == GIVEN:
        return Supply(fact.key, fact.supplier or criterion.judged_by or "", evidence=criterion.evidence)
    return Supply(fact.key, rulebook.sources[fact.source].supplier, fact.source)


def _fault(form: type[BaseForm], name: str, what: Own | Datum, rulebook: Rulebook) -> str:
    place = f"{form.__name__}.{name}"
    if isinstance(what, Own):
        return "" if what.why.strip() else f"{place}：没有说明为什么只有本人知道"
    try:
        source = supplier_of_datum(what.name, rulebook)
    except KeyError:
        return f"{place}：规则书里没有 {what.name}"
    if source is None:
        return ""
    return f"{place}：{what.name} 由“{rulebook.sources[source].title}”提供，不得再向经营者要"

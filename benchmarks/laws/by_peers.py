"""The law's text in zen-engine and in CEL, and the rows as they want them."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from benchmarks.laws.by_words import Law, Words, day_number
from benchmarks.standard import CRITERIA, plan
from rulecore.plan import function_of

Context = dict[str, Any]
Masks = tuple[int, int, int]
KEY = "tiers"


def zen_model(*, traced: bool = False) -> dict[str, Any]:
    """A decision of one node of expressions: the masks of what is true, unknown and possible.

    `traced` adds an expression for every criterion, so that the trace tells each; three masks alone are quicker.
    """
    law = Law(Words("and", "or", "not "))
    texts = {"t": law.true_bits(), "u": law.unknown_bits(), "p": law.possible()}
    if traced:
        pairs = {name: law.of(name) for name in CRITERIA}
        texts |= {name: f"{pair.must} ? true : ({pair.may} ? null : false)" for name, pair in pairs.items()}
    expressions = [{"id": key, "key": key, "value": text} for key, text in texts.items()]
    rules = {"expressions": expressions, "passThrough": False, "inputField": None, "outputPath": None}
    return {
        "nodes": [
            {"id": "in", "type": "inputNode", "name": "in", "position": {"x": 0, "y": 0}},
            {"id": "law", "type": "expressionNode", "name": "law", "content": rules, "position": {"x": 1, "y": 0}},
            {"id": "out", "type": "outputNode", "name": "out", "position": {"x": 2, "y": 0}},
        ],
        "edges": [
            {"id": "a", "sourceId": "in", "targetId": "law", "type": "edge"},
            {"id": "b", "sourceId": "law", "targetId": "out", "type": "edge"},
        ],
    }


def zen_engine(*, traced: bool = False) -> Any:
    """An engine that knows the law under KEY."""
    import zen

    return zen.ZenEngine({"loader": {"type": "static", "content": {KEY: zen_model(traced=traced)}}})


def cel_program() -> Any:
    """One expression that gives the three masks."""
    import cel

    law = Law(Words("&&", "||", "!"))
    return cel.compile(f"[{law.true_bits()}, {law.unknown_bits()}, {law.possible()}]")


def context(row: Mapping[str, Any]) -> Context:
    """A row as peers get it: amounts in cents, days as numbers."""
    return {key: _plain(value) for key, value in row.items()}


def _plain(value: Any) -> Any:
    match value:
        case Decimal():
            return int(value.scaleb(2))
        case date():
            return day_number(value)
        case _:
            return value


def agreeing(rows: Sequence[Mapping[str, Any]], found: Sequence[Masks]) -> int:
    """How many of the rows a peer judges as rulecore does."""
    from rulecore.explain import physical_facts

    judge: Callable[[Any], Masks] = function_of(plan())
    return sum(judge(physical_facts(plan(), row)) == masks for row, masks in zip(rows, found, strict=True))

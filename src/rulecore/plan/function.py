"""A plan as one Python function, for one business at a time: the second emitter of the same tree."""

import datetime
from collections.abc import Callable, Mapping
from functools import cache

from rulecore.plan.atom import Atom, Physical
from rulecore.plan.formula import Formula, OneOf, Terms, TogetherOf
from rulecore.plan.nnf import And, Lit, Nnf, Or
from rulecore.plan.plan import Plan

Judgement = tuple[int, int, int]
"""The masks of what is true, what is unknown and which outcomes are possible."""

_SYMBOLS = {"eq": "==", "ne": "!=", "ge": ">=", "gt": ">", "le": "<=", "lt": "<"}


def function_of(plan: Plan) -> Callable[[Mapping[str, Physical | None]], Judgement]:
    """A function from physical facts (every fact a key, None: unknown) to the judgement."""
    return _compiled(function_text(plan))


@cache
def _compiled(text: str) -> Callable[[Mapping[str, Physical | None]], Judgement]:
    space: dict[str, object] = {"date": datetime.date}
    exec(compile(text, "<plan>", "exec"), space)  # noqa: S102 - our own text; every name in it passed rulecore.check
    return space["judge"]  # type: ignore[return-value]  # defined by the text just run


def function_text(plan: Plan) -> str:
    """The source of the function, for readers and for `function_of`."""
    known = [fact for fact in plan.facts if any(atom.fact == fact for atom in plan.atoms)]
    lines = ["def judge(facts):", "    t = u = 0"]
    for fact in known:
        lines += _fact_lines(plan, fact)
    lines.append("    m = t | u")
    lines += _composed_lines(plan)
    lines.append("    p = 0")
    for index, outcome in enumerate(plan.outcomes):
        lines.append(f"    if {_formula(plan, plan.possible[outcome])}: p |= {1 << index}")
    lines.append(f"    return (t & {plan.criteria_mask}) | ct, (u & {plan.criteria_mask}) | cu, p")
    return "\n".join(lines) + "\n"


def _fact_lines(plan: Plan, fact: str) -> list[str]:
    own = [(atom, bit) for atom, bit in zip(plan.atoms, plan.atom_bits, strict=True) if atom.fact == fact]
    unset = sum(1 << bit for atom, bit in own if atom.unset)
    every = sum(1 << bit for _, bit in own)
    codes = plan.facts[fact].values
    stranger = f" or v not in {tuple(codes)!r}" if codes else ""
    lines = [f"    v = facts[{fact!r}]", f"    if v is None{stranger}:", f"        u |= {every}", "    else:"]
    tests = [f"        if {_test(atom)}: t |= {1 << bit}" for atom, bit in own if not atom.unset]
    return [*lines, *tests, *([f"        u |= {unset}"] if unset else [] if tests else ["        pass"])]


def _test(atom: Atom) -> str:
    if isinstance(atom.operand, tuple):
        return f"v in ({''.join(f'{_value(option)}, ' for option in atom.operand)})"
    assert atom.operand is not None
    return f"v {_SYMBOLS[atom.op]} {_value(atom.operand)}"


def _value(value: Physical) -> str:
    if isinstance(value, datetime.date):
        return f"date({value.year}, {value.month}, {value.day})"
    return repr(value)


def _composed_lines(plan: Plan) -> list[str]:
    lines = ["    ct = cu = 0"]
    for criterion in plan.criteria:
        if isinstance(criterion.when, Lit) and plan.atom_bits[criterion.when.atom] == criterion.bit:
            continue
        lines.append(f"    if {_kleene(plan, criterion.when, 't', 'm')}: ct |= {1 << criterion.bit}")
        lines.append(f"    elif {_kleene(plan, criterion.when, 'm', 't')}: cu |= {1 << criterion.bit}")
    return lines


def _kleene(plan: Plan, item: Nnf, holds: str, fails: str) -> str:
    match item:
        case Lit(atom, positive):
            bit = 1 << plan.atom_bits[atom]
            return f"{holds} & {bit}" if positive else f"not {fails} & {bit}"
        case And(items):
            return _joined(" and ", [_kleene(plan, child, holds, fails) for child in sorted(items, key=repr)], "True")
        case Or(items):
            return _joined(" or ", [_kleene(plan, child, holds, fails) for child in sorted(items, key=repr)], "False")


def _formula(plan: Plan, item: Formula) -> str:
    match item:
        case Terms(true, false):
            wanted = sum(1 << plan.atom_bits[atom] for atom in true)
            unwanted = sum(1 << plan.atom_bits[atom] for atom in false)
            tests = [f"m & {wanted} == {wanted}"] if wanted else []
            return _joined(" and ", [*tests, *([f"not t & {unwanted}"] if unwanted else [])], "True")
        case TogetherOf(items):
            return _joined(" and ", [_formula(plan, child) for child in items], "True")
        case OneOf(items):
            return _joined(" or ", [_formula(plan, child) for child in items], "False")


def _joined(word: str, items: list[str], empty: str) -> str:
    return word.join(f"({item})" for item in items) if items else empty

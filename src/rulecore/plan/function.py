"""A plan as one Python function, for one business at a time: the second emitter of the same tree."""

import datetime
from collections.abc import Callable, Mapping
from functools import cache

from rulecore.plan.atom import Atom, Physical
from rulecore.plan.cells import holds
from rulecore.plan.formula import Formula, OneOf, Terms, TogetherOf
from rulecore.plan.nnf import And, Lit, Nnf, Or
from rulecore.plan.plan import Plan

Judgement = tuple[int, int, int]
"""The masks of what is true, what is unknown and which outcomes are possible."""

MOST_REMEMBERED = 65_536
"""Signatures whose judgement is kept; past that the memory starts anew."""


def function_of(plan: Plan) -> Callable[[Mapping[str, Physical | None]], Judgement]:
    """A function from physical facts (every fact a key, None: unknown) to the judgement."""
    return _compiled(function_text(plan))


@cache
def _compiled(text: str) -> Callable[[Mapping[str, Physical | None]], Judgement]:
    space: dict[str, object] = {"date": datetime.date}
    exec(compile(text, "<plan>", "exec"), space)  # noqa: S102 - our own text; every name in it passed rulecore.check
    return space["judge"]  # type: ignore[return-value]  # defined by the text just run


def function_text(plan: Plan) -> str:
    """The source of the function, for readers and for `function_of`.

    Of a fact only its *state* matters: which of its comparisons are true. The states of all facts make one number, the
    signature; businesses of one signature have one judgement, which is worked out the first time and then remembered.
    """
    known = [fact for fact in plan.facts if any(atom.fact == fact for atom in plan.atoms)]
    states = [_States(plan, fact) for fact in known]
    above, lines, summed = 1, list[str](), ["    s = 0"]
    for place, item in enumerate(states):
        lines += item.constants(place, above)
        summed += item.lines(place, above)
        above *= len(item.masks)
    pairs = "".join(f"\n    {tuple(item.masks)!r}," for item in states)
    tail = ["    found = known.get(s)", "    return settle(s) if found is None else found"]
    return "\n".join([*lines, f"STATES = ({pairs}\n)", "known = {}", *_settle_lines(plan), *_JUDGE, *summed, *tail, ""])


_JUDGE = ["", "", "def judge(facts):"]


def _settle_lines(plan: Plan) -> list[str]:
    """What is true and unknown of a signature, and what follows from it."""
    lines = ["", "", "def settle(s):", "    t = u = 0", "    rest = s", "    for states in STATES:"]
    lines += ["        rest, state = divmod(rest, len(states))"]
    lines += ["        t |= states[state][0]", "        u |= states[state][1]", "    m = t | u"]
    lines += [*_composed_lines(plan), "    p = 0"]
    for index, outcome in enumerate(plan.outcomes):
        lines.append(f"    if {_formula(plan, plan.possible[outcome])}: p |= {1 << index}")
    lines += [f"    if len(known) >= {MOST_REMEMBERED}: known.clear()"]
    result = f"(t & {plan.criteria_mask}) | ct, (u & {plan.criteria_mask}) | cu, p"
    return [*lines, f"    found = known[s] = ({result})", "    return found"]


class _States:
    """The states of one fact: for each the masks of its comparisons that are true and that are unknown."""

    def __init__(self, plan: Plan, fact: str) -> None:
        self._fact = fact
        self._own = [(atom, bit) for atom, bit in zip(plan.atoms, plan.atom_bits, strict=True) if atom.fact == fact]
        self._kind = plan.facts[fact].type
        self._declared = tuple(plan.facts[fact].values)
        self._compared = dict.fromkeys(value for atom, _ in self._own for value in _operands(atom))
        self.masks: list[tuple[int, int]] = []
        self._unknown = self._number((0, sum(1 << bit for _, bit in self._own)))
        self._named = {value: self._of(value) for value in self._values()}
        self._other = self._of("\0another") if self._kind in _TEXTS and not self._declared else self._unknown
        self._steps = [] if self._kind in _NAMED else self._of_steps()

    def _number(self, masks: tuple[int, int]) -> int:
        if masks not in self.masks:
            self.masks.append(masks)
        return self.masks.index(masks)

    def _of(self, value: Physical) -> int:
        """The state that a known value is in; where a threshold is unset the comparison stays unknown."""
        true = sum(1 << bit for atom, bit in self._own if not atom.unset and holds(atom, value, {}))
        return self._number((true, sum(1 << bit for atom, bit in self._own if atom.unset)))

    def _values(self) -> tuple[Physical, ...]:
        if self._kind == "bool":
            return (True, False)
        return (self._declared or tuple(self._compared)) if self._kind in _TEXTS else ()

    def _of_steps(self) -> list[tuple[Physical, int]]:
        """From which value on a number or day is in which state, greatest first; the last takes what lies below."""
        edges: set[Physical] = set()
        for value in self._compared:
            edges |= {value, value + 1 if isinstance(value, int) else _day_after(value)}
        ascending = sorted(edges, key=_order)
        least = self._of(_below(ascending[0])) if ascending else self._of(0)
        steps, before = list[tuple[Physical, int]](), least
        for edge in ascending:
            state = self._of(edge)
            if state != before:
                steps.append((edge, state))
            before = state
        return [*reversed(steps), (0, least)]

    def constants(self, place: int, above: int) -> list[str]:
        """What the function looks up: each value's share of the signature, or the days it compares with."""
        if self._kind in _NAMED:
            shares = {value: state * above for value, state in self._named.items()} | {None: self._unknown * above}
            return [f"V{place} = {shares!r}"]
        days = [(number, edge) for number, (edge, _) in enumerate(self._steps) if isinstance(edge, datetime.date)]
        return [f"D{place}_{number} = date({day.year}, {day.month}, {day.day})" for number, day in days]

    def lines(self, place: int, above: int) -> list[str]:
        """Adds the fact's share to the signature."""
        if self._kind == "bool":
            return [f"    s += V{place}[facts[{self._fact!r}]]"]
        if self._kind in _NAMED:
            return [f"    s += V{place}.get(facts[{self._fact!r}], {self._other * above})"]
        *steps, (_, least) = self._steps
        tests = (
            f"{state * above} if v >= {f'D{place}_{number}' if isinstance(edge, datetime.date) else edge} else "
            for number, (edge, state) in enumerate(steps)
        )
        share = f"{self._unknown * above} if v is None else {''.join(tests)}{least * above}"
        return [f"    v = facts[{self._fact!r}]", f"    s += {share}"]


_TEXTS = ("code", "text", "uscc")
_NAMED = ("bool", *_TEXTS)


def _operands(atom: Atom) -> tuple[Physical, ...]:
    if isinstance(atom.operand, tuple):
        return atom.operand
    return () if atom.operand is None else (atom.operand,)


def _day_after(value: Physical) -> datetime.date:
    assert isinstance(value, datetime.date), value
    return value + datetime.timedelta(days=1)


def _below(value: Physical) -> Physical:
    return value - 1 if isinstance(value, int) else _day_before(value)


def _day_before(value: Physical) -> datetime.date:
    assert isinstance(value, datetime.date), value
    return value - datetime.timedelta(days=1)


def _order(value: Physical) -> int:
    return value if isinstance(value, int) else _day_before(value).toordinal()


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

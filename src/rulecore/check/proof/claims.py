"""What is proved of a standard, each claim by asking for the business that breaks it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations

import z3

from rulecore.check.proof.encoding import Business, Encoding
from rulecore.check.proof.search import Example, example, find, norms_of, wishes
from rulecore.errors import Problem
from rulecore.model import TIERS, All, AnyOf, AtLeast, Compare, Criterion, CriterionRef, Expression, Fact, Literal, Not

ONE_RESULT = "every complete business has exactly one result"
ORDER = "the declared order of the norms can be kept, and leaves every criterion and result within reach"
ALIVE = "every criterion can hold and can fail"
MATTERS = "every criterion can decide a result"
REACHABLE = "every outcome and every branch is reachable"
MONOTONE = "a fact that gets better never lowers the result"
_WORDS = {False: "failed", True: "held"}
CLAIMS = (ONE_RESULT, ORDER, ALIVE, MATTERS, REACHABLE, MONOTONE)


@dataclass(frozen=True)
class Refutation:
    """A claim that fails: the place in the rulebook, and the businesses that show it where there are any.

    A `warning` is said and forgiven: law may repeat itself.
    """

    claim: str
    problem: Problem
    examples: tuple[Example, ...] = ()
    warning: bool = False


@dataclass(frozen=True)
class Proof:
    """What was asked of a standard and how it went.

    `asked` counts the questions of each claim; `overlaps` are pairs of outcomes that hold together for some business,
    so that their order decides.
    """

    asked: Mapping[str, int]
    refuted: tuple[Refutation, ...]
    overlaps: tuple[tuple[str, str], ...]

    @property
    def holds(self) -> bool:
        """Whether nothing but warnings was found."""
        return all(item.warning for item in self.refuted)


def prove(encoding: Encoding, composed: Mapping[str, Expression]) -> Proof:
    """Ask every question of a standard.

    `composed` is, for each outcome, the condition under which engines choose it.

    Raises:
        UndecidedError: the solver gave up on a question.
    """
    prover = _Prover(encoding)
    if not prover.orders():
        return Proof(prover.asked, tuple(prover.refuted), ())
    prover.one_result(composed)
    for criterion in encoding.standard.criteria.values():
        if prover.alive(criterion):
            prover.within_reach(criterion)
            prover.matters(criterion)
    prover.outcomes_reachable()
    prover.branches_reachable()
    for fact in encoding.facts.values():
        if fact.better is not None:
            prover.monotone(fact)
    return Proof(prover.asked, tuple(prover.refuted), tuple(prover.overlaps()))


class _Prover:
    """Asks the questions and keeps count."""

    def __init__(self, encoding: Encoding) -> None:
        self._it = encoding
        self._one = encoding.business("one")
        self._always = [*encoding.permitted(), *encoding.complete(self._one)]
        self.asked: dict[str, int] = dict.fromkeys(CLAIMS, 0)
        self.refuted: list[Refutation] = []

    def _exists(self, claim: str, *conditions: z3.BoolRef) -> bool:
        """Whether some business meets the conditions."""
        self.asked[claim] += 1
        return find([*self._always, *conditions]) is not None

    def _counter(self, claim: str, *conditions: z3.BoolRef, other: Business | None = None) -> tuple[Example, ...]:
        """The business that breaks a claim, and the other that it is compared with; empty: there is none."""
        self.asked[claim] += 1
        businesses = [self._one] if other is None else [self._one, other]
        limits = [] if other is None else self._it.complete(other)
        model = find([*self._always, *limits, *conditions], wishes(self._it, *businesses))
        return () if model is None else tuple(example(self._it, model, item) for item in businesses)

    def _refute(
        self,
        claim: str,
        path: tuple[str, ...],
        message: str,
        examples: tuple[Example, ...] = (),
        *,
        warning: bool = False,
    ) -> None:
        file, line = self._it.rulebook.place(*path)
        self.refuted.append(Refutation(claim, Problem(file, message, line, ".".join(path)), examples, warning))

    def orders(self) -> bool:
        """Whether some norm is permitted at all; without one no question has a meaning."""
        self.asked[ORDER] += 1
        if find(self._it.permitted()) is not None:
            return True
        for parameter, condition in self._it.orders():
            message = f"{parameter.label} cannot lie below {parameter.below} together with the other orders"
            if find([condition, *(c for p, c in self._it.orders() if p is not parameter)]) is None:
                self._refute(ORDER, ("parameters", parameter.key, "below"), message)
        return False

    def within_reach(self, criterion: Criterion) -> None:
        """No permitted norm shuts a criterion for everybody."""
        if self._it.norms:
            found = self._shutting(self._it.truth(criterion.when, self._one))
            if found:
                self._refute(
                    ORDER, self._criterion(criterion.key), f"{criterion.label}: no business can meet it {found}"
                )

    def _shutting(self, condition: z3.BoolRef) -> str:
        """Norms under which no business meets the condition, in words; empty: there are none."""
        self.asked[ORDER] += 1
        limits = self._it.complete(self._one)
        nobody = z3.ForAll(list(self._one.values()), z3.Not(z3.And(*limits, condition)))
        model = find([*self._it.permitted(), nobody], [])
        if model is None:
            return ""
        shown = norms_of(self._it, model)
        return "when " + ", ".join(f"{key} is {value:,.2f}" for key, value in shown.items())

    def one_result(self, composed: Mapping[str, Expression]) -> None:
        """The conditions that engines use are exhaustive, exclude each other, and say what the list says."""
        truths = {key: self._it.truth(item, self._one) for key, item in composed.items()}
        found = self._counter(ONE_RESULT, z3.Not(z3.Or(*truths.values())))
        if found:
            self._refute(ONE_RESULT, self._outcome(0), "no outcome takes this business", found)
        for (first, when), (second, also) in combinations(truths.items(), 2):
            found = self._counter(ONE_RESULT, when, also)
            if found:
                self._refute(ONE_RESULT, self._outcome(0), f"{first} and {second} both take this business", found)
        listed = self._it.chosen(self._one)
        for key, when in truths.items():
            found = self._counter(ONE_RESULT, when != listed[key])
            if found:
                self._refute(ONE_RESULT, self._outcome(0), f"engines and the list disagree on {key}", found)

    def overlaps(self) -> Iterator[tuple[str, str]]:
        """Pairs of outcomes that hold together for some business."""
        conditional = [item for item in self._it.standard.outcomes if item.when is not None]
        for one, two in combinations(conditional, 2):
            both = [self._it.truth(item.when, self._one) for item in (one, two) if item.when is not None]
            if one.key != two.key and find([*self._always, *both]) is not None:
                yield one.key, two.key

    def alive(self, criterion: Criterion) -> bool:
        """The criterion is true of some business and false of another."""
        truth = self._it.truth(criterion.when, self._one)
        before = len(self.refuted)
        for wanted, word in ((truth, "hold"), (z3.Not(truth), "fail")):
            if not self._exists(ALIVE, wanted):
                self._refute(ALIVE, self._criterion(criterion.key), f"{criterion.label}: can never {word}")
        return len(self.refuted) == before

    def matters(self, criterion: Criterion) -> None:
        """Some business gets another result if the criterion failed, and some other if it held, all else as it is."""
        truth = self._it.truth(criterion.when, self._one)
        here = self._it.rank(self._one)
        for wanted, instead in ((truth, False), (z3.Not(truth), True)):
            there = self._it.supposing(criterion.key, instead).rank(self._one)
            if not self._exists(MATTERS, wanted, here != there):
                message = f"{criterion.label}: decides no result; nobody would get another if it {_WORDS[instead]}"
                self._refute(MATTERS, self._criterion(criterion.key), message, warning=True)
                return

    def outcomes_reachable(self) -> None:
        """Each entry of the list of outcomes takes some business, under every permitted norm."""
        for index, (key, condition) in enumerate(self._it.branches(self._one)):
            label = self._it.standard.label(key)
            if not self._exists(REACHABLE, condition):
                self._refute(REACHABLE, self._outcome(index), f"{label}: the outcomes before it take every business")
            elif self._it.norms and (found := self._shutting(condition)):
                self._refute(ORDER, self._outcome(index), f"{label}: takes no business {found}")

    def branches_reachable(self) -> None:
        """Each item of all, any and at_least can hold and can fail, and is not covered by its neighbours."""
        for key, criterion in self._it.standard.criteria.items():
            self._branches(self._criterion(key), criterion.when)
        for index, outcome in enumerate(self._it.standard.outcomes):
            if outcome.when is not None:
                self._branches(self._outcome(index), outcome.when)

    def _branches(self, path: tuple[str, ...], when: Expression) -> None:
        if isinstance(when, Not):
            self._branches(path, when.item)
        elif isinstance(when, All | AnyOf | AtLeast) and not _of_table(when):
            for number, item in enumerate(when.items, 1):
                self._branch(path, when, item, number)
                self._branches(path, item)

    def _branch(self, path: tuple[str, ...], node: All | AnyOf | AtLeast, item: Expression, number: int) -> None:
        truth = self._it.truth(item, self._one)
        for wanted, word in ((truth, "hold"), (z3.Not(truth), "fail")):
            if not isinstance(item, CriterionRef) and not self._counter(REACHABLE, wanted):
                self._refute(REACHABLE, path, f"branch {number} can never {word}")
                return
        others = [self._it.truth(other, self._one) for other in node.items if other is not item]
        alone = {All: [z3.Not(truth), *others], AnyOf: [truth, *map(z3.Not, others)]}.get(type(node), [])
        if alone and not self._counter(REACHABLE, *alone):
            self._refute(REACHABLE, path, f"branch {number} adds nothing to the other branches", warning=True)

    def monotone(self, fact: Fact) -> None:
        """No business falls when this fact alone gets better."""
        improved = self._it.variable(fact.key, "better")
        two = self._it.business("one", {fact.key: improved})
        here = self._one[fact.key]
        better = _better(fact.better, here, improved)
        found = self._counter(MONOTONE, better, self._it.rank(two) < self._it.rank(self._one), other=two)
        if found:
            fall = f"{found[0].outcome} to {found[1].outcome}"
            message = f"{fact.label}: the result falls from {fall} when it gets better{self._turned(*found)}"
            self._refute(MONOTONE, ("facts", fact.key, "better"), message, found)

    def _turned(self, one: Example, two: Example) -> str:
        """The criteria that the two businesses differ in, with file and line."""
        places = {key: self._it.rulebook.place(*self._criterion(key)) for key in one.holds ^ two.holds}
        said = [f"{key} ({file}:{line})" for key, (file, line) in sorted(places.items(), key=lambda item: item[1])]
        return f"; it turns {', '.join(said)}" if said else ""

    def _criterion(self, key: str) -> tuple[str, ...]:
        return (*self._standard(), "criteria", key)

    def _outcome(self, index: int) -> tuple[str, ...]:
        return (*self._standard(), "outcomes", str(index))

    def _standard(self) -> tuple[str, ...]:
        """Where the standard stands in the files; the tiers have a file of their own."""
        key = self._it.standard.key
        return () if key == TIERS else ("standards", key)


def _better(way: object, before: z3.ExprRef, after: z3.ExprRef) -> z3.BoolRef:
    match way:
        case "more":
            return after > before
        case "less":
            return after < before
        case True:
            return z3.And(z3.Not(before), after)
        case _:
            return z3.And(before, z3.Not(after))


def _of_table(node: Expression) -> bool:
    """Whether the node is a parameter's table written out: a branch for each row, then all rows' comparisons."""
    if not isinstance(node, AnyOf) or not isinstance(node.items[-1], All):
        return False
    rows, comparisons = node.items[:-1], node.items[-1].items
    plain = all(isinstance(item, Compare) and isinstance(item.right, Literal) for item in comparisons)
    return plain and tuple(row.items[-1] for row in rows if isinstance(row, All)) == comparisons

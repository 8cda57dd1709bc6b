"""Which results change between two rulebooks, each kind of change with a business that shows it."""

from collections.abc import Iterator
from dataclasses import dataclass

import z3

from rulecore.check.proof.encoding import Business, Encoding
from rulecore.check.proof.search import Example, example, find, wishes


@dataclass(frozen=True)
class Witness:
    """One complete business under both rulebooks; facts that only one of them asks for stand only there."""

    before: Example
    after: Example


def witnesses(old: Encoding, new: Encoding) -> Iterator[Witness]:
    """For every ordered pair of different results that some business has, old then new, one such business.

    The business and the norms are the same on both sides. A code that only one rulebook knows was, on the other side,
    one that only the other knows.

    Raises:
        UndecidedError: the solver gave up.
    """
    one = old.business("old")
    two = new.business("new", {key: one[key] for key in old.facts if _same(old, new, key)})
    always = [*old.permitted(), *new.permitted(), *old.complete(one), *new.complete(two), *_links(old, new, one, two)]
    wanted = [*wishes(old, one), *wishes(new, two)]
    before, after = old.chosen(one), new.chosen(two)
    for was in old.standard.ladder:
        for now in new.standard.ladder:
            if was != now:
                model = find([*always, before[was], after[now]], wanted)
                if model is not None:
                    yield Witness(example(old, model, one), example(new, model, two))


def _same(old: Encoding, new: Encoding, key: str) -> bool:
    """Whether both rulebooks mean the same values by a fact."""
    if key not in new.facts or old.facts[key].type != new.facts[key].type:
        return False
    return old.codes.get(key) == new.codes.get(key)


def _links(old: Encoding, new: Encoding, one: Business, two: Business) -> Iterator[z3.BoolRef]:
    """A fact whose list of codes changed has the same code on both sides, as far as both lists have it."""
    for key in old.codes.keys() & new.codes.keys():
        if not _same(old, new, key):
            for code in set(old.codes[key]) & set(new.codes[key]):
                yield (one[key] == old.term(key, code)) == (two[key] == new.term(key, code))

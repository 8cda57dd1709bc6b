"""What an engine needs to know: atoms, criteria with their bits, and when each outcome is possible.

Physical values: money is whole cents (int), a date is a date, a code or text is a string, a year is an int.
"""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property

from rulecore.model import Criterion, Fact, Rulebook, Standard
from rulecore.plan.atom import Atom, Physical
from rulecore.plan.formula import Formula
from rulecore.plan.nnf import Nnf


@dataclass(frozen=True)
class PlannedCriterion:
    """A criterion, its bit in the masks, and its condition over atoms."""

    criterion: Criterion
    bit: int
    when: Nnf


@dataclass(frozen=True)
class Plan:
    """A rulebook bound to a basis date and an annual norm.

    `atoms[i]` has bit `atom_bits[i]`: the bit of the criterion that it is, else one above all criteria's.
    `chosen[key]` is the condition under which the outcome `key` is the first that holds, `possible[key]` the formula
    that tells whether some completion of the unknown makes it so.
    """

    rulebook: Rulebook
    standard: Standard
    as_of: datetime.date
    norms: Mapping[str, Decimal]
    values: Mapping[str, Physical | None]
    atoms: tuple[Atom, ...]
    atom_bits: tuple[int, ...]
    criteria: tuple[PlannedCriterion, ...]
    chosen: Mapping[str, Nnf] = field(repr=False)
    possible: Mapping[str, Formula] = field(repr=False)

    @property
    def outcomes(self) -> tuple[str, ...]:
        """The results in the order of the ladder; the n-th has bit n of the mask of possible outcomes."""
        return self.standard.ladder

    @cached_property
    def facts(self) -> dict[str, Fact]:
        """The facts that the standard asks for: the columns of a facts file."""
        return self.rulebook.facts_of(self.standard.key)

    @cached_property
    def unset(self) -> frozenset[str]:
        """The parameters of the annual norm that nobody has published."""
        return frozenset(key for key, value in self.values.items() if value is None)

    @cached_property
    def criteria_mask(self) -> int:
        """The bits that belong to criteria."""
        return (1 << len(self.criteria)) - 1

    def possible_set(self, mask: int) -> tuple[str, ...]:
        """The outcomes whose bits are in `mask`, lowest of the ladder first."""
        return tuple(key for index, key in enumerate(self.outcomes) if mask >> index & 1)

    def mask_of(self, outcomes: set[str]) -> int:
        """The mask of a set of outcomes."""
        return sum(1 << index for index, key in enumerate(self.outcomes) if key in outcomes)

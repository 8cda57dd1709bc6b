"""数量比例: how many recognitions a year's determination allows (附件三(四), AMB-13). Whole numbers only."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

ROUNDINGS = frozenset({"down", "nearest", "up"})
COUNTED = frozenset({"live_recognitions", "yearly_recognitions"})


@dataclass(frozen=True, slots=True)
class Quota:
    """The rule of a rulebook: ``rate_percent`` of the businesses of the ``base`` tiers; 以内 includes it (民法典 1259).

    ``counts`` says what is held against the ceiling: recognitions in force, or those of the year.
    """

    rate_percent: int
    base: tuple[str, ...]
    rounding: str
    counts: str
    clause: str

    def __post_init__(self) -> None:
        if not 0 <= self.rate_percent <= 100 or self.rounding not in ROUNDINGS or self.counts not in COUNTED:
            raise ValueError(f"no such quota: {self}")

    @classmethod
    def of(cls, procedure: Mapping[str, Any]) -> Self | None:
        """The quota of a rulebook's procedure; None where it sets none."""
        entry = procedure.get("quota")
        if entry is None:
            return None
        return cls(entry["rate_percent"], tuple(entry["base"]), entry["rounding"], entry["counts"], entry["clause"])

    def base_count(self, tiers: Mapping[str, int]) -> int:
        """Businesses of the base tiers in the published run's counts by tier."""
        return sum(tiers.get(tier, 0) for tier in self.base)

    def ceiling(self, base: int) -> int:
        """How many there may be for a base: 1,039 at 5 % rounded down is 51. ``ValueError`` for a negative base."""
        if base < 0:
            raise ValueError(f"a base is not negative: {base}")
        whole, rest = divmod(base * self.rate_percent, 100)
        above = {"down": False, "nearest": rest >= 50, "up": rest > 0}[self.rounding]
        return whole + above

    def places(self, base: int, taken: int) -> int:
        """How many new ones there may be; over the ceiling none, and none of those in force ends for it."""
        return max(0, self.ceiling(base) - taken)

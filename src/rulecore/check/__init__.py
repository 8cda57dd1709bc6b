"""Is a rulebook well formed? Asked when it is loaded, never while it runs."""

from rulecore.check.wellformed import MOST_BITS, check

__all__ = ["MOST_BITS", "check"]

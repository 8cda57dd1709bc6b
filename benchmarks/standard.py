"""What every side of a benchmark judges by: Huairou's tier standard of 2024 on one basis date with one annual norm."""

import datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from rulecore.plan import Plan, bind
from rulecore.source import load_rulebook

ROOT = Path(__file__).parents[1]
WORK = ROOT / "build" / "bench"
RULEBOOK = ROOT / "rulebooks" / "cn-110116-huairou" / "2024"
AS_OF = datetime.date(2026, 7, 1)
YEAR_FIRST_DAY = datetime.date(2026, 1, 1)
TWO_YEAR_CUTOFF = datetime.date(2024, 7, 1)
GROWTH_TURNOVER = Decimal("300000.00")
GROWTH_TAX = Decimal("5000.00")
DEVELOPMENT_TURNOVER = Decimal("3000000.00")
DEVELOPMENT_TAX = Decimal("50000.00")
NORMS = {
    "growth_turnover": GROWTH_TURNOVER,
    "growth_tax_paid": GROWTH_TAX,
    "development_turnover": DEVELOPMENT_TURNOVER,
    "development_tax_paid": DEVELOPMENT_TAX,
}
CRITERIA = (
    "registered",
    "founded_this_year",
    "annual_report",
    "no_abnormal_mark",
    "no_serious_violation",
    "no_abnormal_taxpayer",
    "suspended_now",
    "seasonal",
    "base_standard",
    "two_years",
    "tax_registration",
    "growth_turnover_met",
    "growth_tax_met",
    "growth_insurance_met",
    "growth_standard",
    "development_turnover_met",
    "general_taxpayer",
    "development_tax_met",
    "development_insurance_met",
    "development_trademark_met",
    "development_patent_met",
    "development_standard",
)
"""The criteria by bit, as whoever writes the rule by hand would number them; a test holds them to the rulebook."""

WRITER: dict[str, Any] = {
    "compression": "zstd",
    "compression_level": 1,
    "row_group_size": 122_880,
    "statistics": {"min": False, "max": False, "distinct_count": False, "null_count": True},
}
"""How rulecore writes results with polars; whoever else writes with polars does the same."""

OUTCOMES = ("ineligible", "survival", "growth", "development")
SETS = tuple([key for bit, key in enumerate(OUTCOMES) if mask >> bit & 1] for mask in range(16))
"""For each mask of possible outcomes their names."""

TIERS = tuple(names[0] if len(names) == 1 else None for names in SETS)
"""For each mask of possible outcomes the tier: the only name, else none."""


@cache
def plan() -> Plan:
    """The plan that rulecore runs."""
    return bind(load_rulebook(RULEBOOK), as_of=AS_OF, norms=NORMS)

"""The law written by hand as flat SQL: with every criterion's mask and what is possible, and the tier alone."""

from collections.abc import Sequence
from pathlib import Path

import duckdb

from benchmarks.standard import CRITERIA, SETS, TIERS

_FACTS = """
    SELECT *,
        registered AND (founded_this_year OR annual_report) AND no_abnormal_mark AND no_serious_violation
            AND no_abnormal_taxpayer AND (NOT suspended_now OR seasonal) AS base_standard,
        two_years AND tax_registration
            AND (growth_turnover_met OR growth_tax_met OR growth_insurance_met) AS growth_standard,
        two_years AND tax_registration AND developed AS development_standard
    FROM (
        SELECT *,
            registered AND no_abnormal_mark AND no_serious_violation AND no_abnormal_taxpayer
                AND (NOT suspended_now OR seasonal) AS clean,
            development_turnover_met OR (general_taxpayer AND development_tax_met) OR development_insurance_met
                OR development_trademark_met OR development_patent_met AS developed
        FROM (
            SELECT uscc,
                registration_status = 'active' AS registered,
                established_on >= DATE '2026-01-01' AS founded_this_year,
                annual_report_filed AS annual_report,
                NOT abnormal_mark AS no_abnormal_mark,
                NOT serious_violation_listing AS no_serious_violation,
                NOT abnormal_taxpayer AS no_abnormal_taxpayer,
                suspended AS suspended_now,
                is_seasonal AS seasonal,
                established_on <= DATE '2024-07-01' AS two_years,
                tax_registered AS tax_registration,
                turnover >= 300000.00 AS growth_turnover_met,
                tax_paid >= 5000.00 AS growth_tax_met,
                insured_headcount BETWEEN 1 AND 3 AS growth_insurance_met,
                turnover >= 3000000.00 AS development_turnover_met,
                general_vat_taxpayer AS general_taxpayer,
                tax_paid >= 50000.00 AS development_tax_met,
                insured_headcount >= 4 AS development_insurance_met,
                trademarks_in_use >= 1 AS development_trademark_met,
                patents >= 1 AS development_patent_met
            FROM facts
        )
    )
"""

# A founding date is of this year, or two years old, or neither; growth needs one of its criteria and none of
# development's, and both look at the same turnover, tax and headcount.
_SETTLED = "clean IS NOT FALSE AND founded_this_year IS NOT TRUE AND annual_report IS NOT FALSE"
_ASKED = f"{_SETTLED} AND two_years IS NOT FALSE AND tax_registration IS NOT FALSE"
_PLAIN = """growth_turnover_met IS NOT TRUE AND growth_tax_met IS NOT TRUE
    AND (growth_insurance_met OR development_insurance_met) IS NOT TRUE
    AND development_trademark_met IS NOT TRUE AND development_patent_met IS NOT TRUE"""
_BETWEEN = "founded_this_year IS NULL OR (NOT founded_this_year AND NOT two_years)"
_MAY_GROW = "(growth_turnover_met OR growth_tax_met OR growth_insurance_met) IS NOT FALSE AND developed IS NOT TRUE"
_POSSIBLE = f"""
    CASE WHEN clean IS NOT TRUE OR (founded_this_year IS NOT TRUE AND annual_report IS NOT TRUE) THEN 1 ELSE 0 END
    + CASE WHEN (clean IS NOT FALSE AND founded_this_year IS NOT FALSE)
        OR ({_SETTLED} AND ({_BETWEEN} OR tax_registration IS NOT TRUE OR ({_PLAIN}))) THEN 2 ELSE 0 END
    + CASE WHEN {_ASKED} AND {_MAY_GROW} THEN 4 ELSE 0 END
    + CASE WHEN {_ASKED} AND developed IS NOT FALSE THEN 8 ELSE 0 END
"""


def full() -> str:
    """SELECT uscc, tier, possible, true_bits, unknown_bits over the table `facts`."""
    true = " + ".join(f"CASE WHEN {name} THEN {1 << bit} ELSE 0 END" for bit, name in enumerate(CRITERIA))
    unknown = " + ".join(f"CASE WHEN {name} IS NULL THEN {1 << bit} ELSE 0 END" for bit, name in enumerate(CRITERIA))
    return f"""
        SELECT uscc, {_tier("p")} AS tier, {_sets("p")} AS possible, true_bits, unknown_bits
        FROM (SELECT uscc, ({true})::UBIGINT AS true_bits, ({unknown})::UBIGINT AS unknown_bits, {_POSSIBLE} AS p
              FROM ({_FACTS}))
    """


def tier_alone() -> str:
    """SELECT uscc, tier over the table `facts`: no criterion, no list of what is possible."""
    return f"SELECT uscc, {_tier('p')} AS tier FROM (SELECT uscc, {_POSSIBLE} AS p FROM ({_FACTS}))"


def _tier(mask: str) -> str:
    return f"([{', '.join('NULL' if tier is None else repr(tier) for tier in TIERS)}])[{mask} + 1]"


def _sets(mask: str) -> str:
    return f"([{', '.join(f'{names!r}::VARCHAR[]' for names in SETS)}])[{mask} + 1]"


def run(facts: Sequence[Path], out: Path, query: str) -> None:
    """Judge with DuckDB on two threads, Parquet to Parquet, snappy, order not kept."""
    files = ", ".join(f"'{path}'" for path in facts)
    with duckdb.connect(config={"threads": 2, "preserve_insertion_order": "false"}) as connection:
        connection.execute(f"CREATE VIEW facts AS SELECT * FROM read_parquet([{files}])")
        connection.execute(f"COPY ({query}) TO '{out}' (FORMAT parquet, COMPRESSION snappy, ROW_GROUP_SIZE 122880)")

"""The law written by hand as polars expressions: three-valued criteria, masks, exact possible results."""

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from benchmarks.standard import (
    CRITERIA,
    DEVELOPMENT_TAX,
    DEVELOPMENT_TURNOVER,
    GROWTH_TAX,
    GROWTH_TURNOVER,
    OUTCOMES,
    SETS,
    TIERS,
    TWO_YEAR_CUTOFF,
    WRITER,
    YEAR_FIRST_DAY,
)

_CENTS = ("turnover", "tax_paid")
_NAMES = pl.Enum(OUTCOMES)


def frame(facts: Sequence[Path]) -> pl.LazyFrame:
    """Results over facts: uscc, tier, possible, true_bits, unknown_bits."""
    # Whole cents compare faster than decimals: what one who measures would write.
    cents = (pl.col(name).cast(pl.Decimal(18, 2)).to_physical().cast(pl.Int64) for name in _CENTS)
    judged = pl.scan_parquet(list(facts)).with_columns(cents).select("uscc", *_leaves()).with_columns(_composed())
    masks = judged.select(
        "uscc",
        pl.sum_horizontal(_bit(pl.col(name), bit) for bit, name in enumerate(CRITERIA)).alias("true_bits"),
        pl.sum_horizontal(_bit(pl.col(name).is_null(), bit) for bit, name in enumerate(CRITERIA)).alias("unknown_bits"),
        pl.sum_horizontal(_bit(item, bit) for bit, item in enumerate(_possible())).alias("p"),
    )
    return masks.select(
        "uscc",
        pl.lit(pl.Series(TIERS, dtype=_NAMES)).gather(pl.col("p")).alias("tier"),
        pl.lit(pl.Series(SETS, dtype=pl.List(_NAMES))).gather(pl.col("p")).alias("possible"),
        "true_bits",
        "unknown_bits",
    )


def run(facts: Sequence[Path], out: Path) -> None:
    """Write the results as rulecore does."""
    frame(facts).sink_parquet(out, engine="streaming", **WRITER)


def _bit(item: pl.Expr, bit: int) -> pl.Expr:
    return pl.when(item).then(pl.lit(1 << bit, pl.UInt64)).otherwise(pl.lit(0, pl.UInt64))


def _leaves() -> list[pl.Expr]:
    founded, headcount = pl.col("established_on"), pl.col("insured_headcount")
    turnover, tax = pl.col("turnover"), pl.col("tax_paid")
    criteria = {
        "registered": pl.col("registration_status") == "active",
        "founded_this_year": founded >= YEAR_FIRST_DAY,
        "annual_report": pl.col("annual_report_filed"),
        "no_abnormal_mark": ~pl.col("abnormal_mark"),
        "no_serious_violation": ~pl.col("serious_violation_listing"),
        "no_abnormal_taxpayer": ~pl.col("abnormal_taxpayer"),
        "suspended_now": pl.col("suspended"),
        "seasonal": pl.col("is_seasonal"),
        "two_years": founded <= TWO_YEAR_CUTOFF,
        "tax_registration": pl.col("tax_registered"),
        "growth_turnover_met": turnover >= int(GROWTH_TURNOVER * 100),
        "growth_tax_met": tax >= int(GROWTH_TAX * 100),
        "growth_insurance_met": (headcount >= 1) & (headcount <= 3),
        "development_turnover_met": turnover >= int(DEVELOPMENT_TURNOVER * 100),
        "general_taxpayer": pl.col("general_vat_taxpayer"),
        "development_tax_met": tax >= int(DEVELOPMENT_TAX * 100),
        "development_insurance_met": headcount >= 4,
        "development_trademark_met": pl.col("trademarks_in_use") >= 1,
        "development_patent_met": pl.col("patents") >= 1,
    }
    return [item.alias(name) for name, item in criteria.items()]


def _composed() -> list[pl.Expr]:
    c = pl.col
    long_enough = c("two_years") & c("tax_registration")
    base = (_clean() & (c("founded_this_year") | c("annual_report"))).alias("base_standard")
    growth = long_enough & (c("growth_turnover_met") | c("growth_tax_met") | c("growth_insurance_met"))
    return [base, growth.alias("growth_standard"), (long_enough & _developed()).alias("development_standard")]


def _clean() -> pl.Expr:
    """The base standard but for the report."""
    c = pl.col
    marks = c("no_abnormal_mark") & c("no_serious_violation") & c("no_abnormal_taxpayer")
    return c("registered") & marks & (~c("suspended_now") | c("seasonal"))


def _developed() -> pl.Expr:
    c = pl.col
    rights = c("development_trademark_met") | c("development_patent_met")
    taxed = c("general_taxpayer") & c("development_tax_met")
    return c("development_turnover_met") | taxed | c("development_insurance_met") | rights


def _may(item: pl.Expr) -> pl.Expr:
    """Not known to be false."""
    return item.fill_null(value=True)


def _possible() -> list[pl.Expr]:
    """Ineligible, survival, growth, development: whether some completion of what is unknown leads there.

    A founding date is of this year, or two years old, or neither: never the first two at once. Growth asks for one of
    its criteria while none of development's holds, and both look at the same turnover, tax and headcount.
    """
    c = pl.col
    young, old, clean = c("founded_this_year"), c("two_years"), _may(_clean())
    settled = clean & _may(~young) & _may(c("annual_report"))
    asked = settled & _may(old) & _may(c("tax_registration"))
    small = _may(~c("growth_turnover_met")) & _may(~c("growth_tax_met"))
    alone = _may(~(c("growth_insurance_met") | c("development_insurance_met")))
    plain = small & alone & _may(~c("development_trademark_met")) & _may(~c("development_patent_met"))
    between = young.is_null() | (~young & ~old)
    growing = _may(c("growth_turnover_met") | c("growth_tax_met") | c("growth_insurance_met"))
    return [
        _may(~_clean()) | (_may(~young) & _may(~c("annual_report"))),
        (clean & _may(young)) | (settled & (between | _may(~c("tax_registration")) | plain)),
        asked & growing & _may(~_developed()),
        asked & _may(_developed()),
    ]

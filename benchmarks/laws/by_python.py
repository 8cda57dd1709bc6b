"""The law written by hand in plain Python: a dataclass a business, a function a criterion."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.standard import (
    CRITERIA,
    DEVELOPMENT_TAX,
    DEVELOPMENT_TURNOVER,
    GROWTH_TAX,
    GROWTH_TURNOVER,
    SETS,
    TIERS,
    TWO_YEAR_CUTOFF,
    YEAR_FIRST_DAY,
)

Truth = bool | None
_BITS = {name: 1 << bit for bit, name in enumerate(CRITERIA)}


@dataclass(slots=True)
class Business:
    """The facts of one business; None: unknown."""

    uscc: str
    registration_status: str | None
    established_on: date | None
    annual_report_filed: Truth
    abnormal_mark: Truth
    serious_violation_listing: Truth
    abnormal_taxpayer: Truth
    suspended: Truth
    is_seasonal: Truth
    tax_registered: Truth
    general_vat_taxpayer: Truth
    turnover: Decimal | None
    tax_paid: Decimal | None
    insured_headcount: int | None
    trademarks_in_use: int | None
    patents: int | None


@dataclass(slots=True)
class Judged:
    """What the law says of one business."""

    true_bits: int
    unknown_bits: int
    possible: int


def every(*truths: Truth) -> Truth:
    """Three-valued and."""
    return False if False in truths else None if None in truths else True


def some(*truths: Truth) -> Truth:
    """Three-valued or."""
    return True if True in truths else None if None in truths else False


def no(truth: Truth) -> Truth:
    """Three-valued not."""
    return None if truth is None else not truth


def judge(b: Business) -> Judged:
    """The masks of one business."""
    c: dict[str, Truth] = {
        "registered": None if b.registration_status is None else b.registration_status == "active",
        "founded_this_year": None if b.established_on is None else b.established_on >= YEAR_FIRST_DAY,
        "annual_report": b.annual_report_filed,
        "no_abnormal_mark": no(b.abnormal_mark),
        "no_serious_violation": no(b.serious_violation_listing),
        "no_abnormal_taxpayer": no(b.abnormal_taxpayer),
        "suspended_now": b.suspended,
        "seasonal": b.is_seasonal,
        "two_years": None if b.established_on is None else b.established_on <= TWO_YEAR_CUTOFF,
        "tax_registration": b.tax_registered,
        "growth_turnover_met": None if b.turnover is None else b.turnover >= GROWTH_TURNOVER,
        "growth_tax_met": None if b.tax_paid is None else b.tax_paid >= GROWTH_TAX,
        "growth_insurance_met": None if b.insured_headcount is None else 1 <= b.insured_headcount <= 3,
        "development_turnover_met": None if b.turnover is None else b.turnover >= DEVELOPMENT_TURNOVER,
        "general_taxpayer": b.general_vat_taxpayer,
        "development_tax_met": None if b.tax_paid is None else b.tax_paid >= DEVELOPMENT_TAX,
        "development_insurance_met": None if b.insured_headcount is None else b.insured_headcount >= 4,
        "development_trademark_met": None if b.trademarks_in_use is None else b.trademarks_in_use >= 1,
        "development_patent_met": None if b.patents is None else b.patents >= 1,
    }
    return _composed(c)


def _composed(c: dict[str, Truth]) -> Judged:
    marks = every(c["no_abnormal_mark"], c["no_serious_violation"], c["no_abnormal_taxpayer"])
    clean = every(c["registered"], marks, some(no(c["suspended_now"]), c["seasonal"]))
    grown = some(c["growth_turnover_met"], c["growth_tax_met"], c["growth_insurance_met"])
    rights = some(c["development_trademark_met"], c["development_patent_met"])
    taxed = every(c["general_taxpayer"], c["development_tax_met"])
    developed = some(c["development_turnover_met"], taxed, c["development_insurance_met"], rights)
    c["base_standard"] = every(clean, some(c["founded_this_year"], c["annual_report"]))
    c["growth_standard"] = every(c["two_years"], c["tax_registration"], grown)
    c["development_standard"] = every(c["two_years"], c["tax_registration"], developed)
    true = unknown = 0
    for name, truth in c.items():
        if truth:
            true |= _BITS[name]
        elif truth is None:
            unknown |= _BITS[name]
    return Judged(true, unknown, _possible(c, clean, grown, developed))


def _possible(c: dict[str, Truth], clean: Truth, grown: Truth, developed: Truth) -> int:
    """Exact: a founding date is of this year, or two years old, or neither; see the polars expressions."""
    young = c["founded_this_year"]
    mask = 1 if clean is not True or (young is not True and c["annual_report"] is not True) else 0
    if clean is not False and young is not False:
        mask |= 2
    if clean is False or young is True or c["annual_report"] is False:
        return mask
    staff = c["growth_insurance_met"] is not True and c["development_insurance_met"] is not True
    rights = c["development_trademark_met"] is not True and c["development_patent_met"] is not True
    plain = c["growth_turnover_met"] is not True and c["growth_tax_met"] is not True and staff and rights
    if young is None or c["two_years"] is False or c["tax_registration"] is not True or plain:
        mask |= 2
    if c["two_years"] is False or c["tax_registration"] is False:
        return mask
    if grown is not False and developed is not True:
        mask |= 4
    return mask | 8 if developed is not False else mask


def run(facts: Sequence[Path], out: Path) -> None:
    """Judge row by row, Parquet to Parquet."""
    keys, tiers, sets, true, unknown = [], [], [], [], []
    for path in facts:
        for batch in pq.ParquetFile(path).iter_batches():
            for row in batch.to_pylist():
                found = judge(Business(**row))
                keys.append(row["uscc"])
                tiers.append(TIERS[found.possible])
                sets.append(SETS[found.possible])
                true.append(found.true_bits)
                unknown.append(found.unknown_bits)
    masks = {"true_bits": pa.array(true, pa.uint64()), "unknown_bits": pa.array(unknown, pa.uint64())}
    columns = {"uscc": keys, "tier": pa.array(tiers, pa.string()), "possible": pa.array(sets, pa.list_(pa.string()))}
    pq.write_table(pa.table({**columns, **masks}), out, compression="zstd", compression_level=1)

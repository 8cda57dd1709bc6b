"""The law in OpenFisca: two variables for every criterion, since it knows no unknown; amounts in cents.

Its whole numbers have 32 bits: an amount above 2³¹ cents (21.47 million yuan) turns over, without a word.
"""

import datetime
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from openfisca_core.entities import build_entity
from openfisca_core.periods import DateUnit
from openfisca_core.simulations import SimulationBuilder
from openfisca_core.taxbenefitsystems import TaxBenefitSystem
from openfisca_core.variables import Variable

from benchmarks.standard import CRITERIA, OUTCOMES, SETS, TIERS, TWO_YEAR_CUTOFF, WRITER, YEAR_FIRST_DAY

PERIOD = "2026"
_FLAGS = (
    "annual_report_filed", "abnormal_mark", "serious_violation_listing", "abnormal_taxpayer", "suspended",
    "is_seasonal", "tax_registered", "general_vat_taxpayer",
)  # fmt: skip
_NUMBERS = ("turnover", "tax_paid", "insured_headcount", "trademarks_in_use", "patents")
_BUSINESS = build_entity(key="business", plural="businesses", label="Business", is_person=True)

Formula = Callable[[Any, str], Any]
Pair = tuple[Formula, Formula]
"""Whether a criterion is known to hold, and whether it may."""


def system() -> TaxBenefitSystem:
    """The law as a system of variables: facts with `_known` beside each, criteria with `_maybe` beside each."""
    law = TaxBenefitSystem([_BUSINESS])
    for name in (*_FLAGS, "active"):
        _add(law, name, bool)
    for name in _NUMBERS:
        _add(law, name, int)
    _add(law, "established_on", datetime.date)
    for name in (*_FLAGS, *_NUMBERS, "active", "established_on"):
        _add(law, f"{name}_known", bool)
    for name, (must, may) in {**_leaves(), **_composed()}.items():
        _add(law, name, bool, must)
        _add(law, f"{name}_maybe", bool, may)
    for name, formula in _possible().items():
        _add(law, f"possible_{name}", bool, formula)
    return law


def run(law: TaxBenefitSystem, facts: Sequence[Path], out: Path) -> None:
    """Judge all rows and write uscc, tier, possible, true_bits, unknown_bits."""
    table = pl.read_parquet(list(facts))
    simulation = SimulationBuilder().build_default_simulation(law, count=table.height)
    _give(simulation, table)
    true, unknown, mask = _results(simulation, table.height)
    names = pl.Enum(OUTCOMES)
    p = pl.Series(mask)
    results = pl.DataFrame(
        {
            "uscc": table["uscc"],
            "tier": pl.Series(TIERS, dtype=names).gather(p),
            "possible": pl.Series(SETS, dtype=pl.List(names)).gather(p),
            "true_bits": true,
            "unknown_bits": unknown,
        }
    )
    results.write_parquet(out, **WRITER)


def _give(simulation: Any, table: pl.DataFrame) -> None:
    columns = {name: table[name].fill_null(value=False) for name in _FLAGS}
    columns["active"] = (table["registration_status"] == "active").fill_null(value=False)
    for name in ("turnover", "tax_paid"):
        columns[name] = table[name].to_physical().cast(pl.Int64).fill_null(0)
    for name in ("insured_headcount", "trademarks_in_use", "patents"):
        columns[name] = table[name].fill_null(0)
    columns["established_on"] = table["established_on"].fill_null(datetime.date(1970, 1, 1))
    for name, column in columns.items():
        simulation.set_input(name, PERIOD, column.to_numpy())
        known = table["registration_status" if name == "active" else name].is_not_null()
        simulation.set_input(f"{name}_known", PERIOD, known.to_numpy())


def _results(simulation: Any, rows: int) -> tuple[Any, Any, Any]:
    true, unknown, mask = np.zeros(rows, np.uint64), np.zeros(rows, np.uint64), np.zeros(rows, np.uint32)
    for bit, name in enumerate(CRITERIA):
        holds, may = simulation.calculate(name, PERIOD), simulation.calculate(f"{name}_maybe", PERIOD)
        true |= holds.astype(np.uint64) << np.uint64(bit)
        unknown |= (may & ~holds).astype(np.uint64) << np.uint64(bit)
    for bit, name in enumerate(OUTCOMES):
        mask |= simulation.calculate(f"possible_{name}", PERIOD).astype(np.uint32) << np.uint32(bit)
    return true, unknown, mask


def _add(law: TaxBenefitSystem, name: str, kind: type, formula: Formula | None = None) -> None:
    about: dict[str, Any] = {"value_type": kind, "entity": _BUSINESS, "definition_period": DateUnit.YEAR, "label": name}
    if formula is not None:
        about["formula"] = formula
    law.add_variable(type(name, (Variable,), about))


def _leaf(fact: str, test: Callable[[Any], Any]) -> Pair:
    def must(business: Any, period: str) -> Any:
        return business(f"{fact}_known", period) & test(business(fact, period))

    def may(business: Any, period: str) -> Any:
        return ~business(f"{fact}_known", period) | test(business(fact, period))

    return must, may


def _leaves() -> dict[str, Pair]:
    day = {name: np.datetime64(value) for name, value in (("year", YEAR_FIRST_DAY), ("two", TWO_YEAR_CUTOFF))}
    return {
        "registered": _leaf("active", lambda v: v),
        "founded_this_year": _leaf("established_on", lambda v: v >= day["year"]),
        "annual_report": _leaf("annual_report_filed", lambda v: v),
        "no_abnormal_mark": _leaf("abnormal_mark", lambda v: ~v),
        "no_serious_violation": _leaf("serious_violation_listing", lambda v: ~v),
        "no_abnormal_taxpayer": _leaf("abnormal_taxpayer", lambda v: ~v),
        "suspended_now": _leaf("suspended", lambda v: v),
        "seasonal": _leaf("is_seasonal", lambda v: v),
        "two_years": _leaf("established_on", lambda v: v <= day["two"]),
        "tax_registration": _leaf("tax_registered", lambda v: v),
        "growth_turnover_met": _leaf("turnover", lambda v: v >= 30_000_000),
        "growth_tax_met": _leaf("tax_paid", lambda v: v >= 500_000),
        "growth_insurance_met": _leaf("insured_headcount", lambda v: (v >= 1) & (v <= 3)),
        "development_turnover_met": _leaf("turnover", lambda v: v >= 300_000_000),
        "general_taxpayer": _leaf("general_vat_taxpayer", lambda v: v),
        "development_tax_met": _leaf("tax_paid", lambda v: v >= 5_000_000),
        "development_insurance_met": _leaf("insured_headcount", lambda v: v >= 4),
        "development_trademark_met": _leaf("trademarks_in_use", lambda v: v >= 1),
        "development_patent_met": _leaf("patents", lambda v: v >= 1),
    }


def _all(*names: str) -> Pair:
    return _joined(np.logical_and, names)


def _any(*names: str) -> Pair:
    return _joined(np.logical_or, names)


def _joined(operator: Any, names: Sequence[str]) -> Pair:
    def over(suffix: str) -> Formula:
        return lambda business, period: operator.reduce([business(f"{name}{suffix}", period) for name in names])

    return over(""), over("_maybe")


def _composed() -> dict[str, Pair]:
    """The three standards, and the parts that more than one formula needs."""
    marks = ("no_abnormal_mark", "no_serious_violation", "no_abnormal_taxpayer")
    sellings = ("growth_turnover_met", "growth_tax_met", "growth_insurance_met")
    rights = ("development_insurance_met", "development_trademark_met", "development_patent_met")
    return {
        "working": (
            lambda b, p: ~b("suspended_now_maybe", p) | b("seasonal", p),
            lambda b, p: ~b("suspended_now", p) | b("seasonal_maybe", p),
        ),
        "clean": _all("registered", *marks, "working"),
        "reported": _any("founded_this_year", "annual_report"),
        "base_standard": _all("clean", "reported"),
        "grown": _any(*sellings),
        "taxed": _all("general_taxpayer", "development_tax_met"),
        "developed": _any("development_turnover_met", "taxed", *rights),
        "growth_standard": _all("two_years", "tax_registration", "grown"),
        "development_standard": _all("two_years", "tax_registration", "developed"),
    }


def _possible() -> dict[str, Formula]:
    """Exact: a founding date is of this year, or two years old, or neither; see the polars expressions."""

    def settled(b: Any, p: str) -> Any:
        return b("clean_maybe", p) & ~b("founded_this_year", p) & b("annual_report_maybe", p)

    def asked(b: Any, p: str) -> Any:
        return settled(b, p) & b("two_years_maybe", p) & b("tax_registration_maybe", p)

    def survival(b: Any, p: str) -> Any:
        between = ~b("established_on_known", p) | (~b("founded_this_year", p) & ~b("two_years", p))
        rights = b("development_trademark_met", p) | b("development_patent_met", p)
        staff = b("growth_insurance_met", p) | b("development_insurance_met", p)
        plain = ~(b("growth_turnover_met", p) | b("growth_tax_met", p) | staff | rights)
        later = settled(b, p) & (between | ~b("tax_registration", p) | plain)
        return (b("clean_maybe", p) & b("founded_this_year_maybe", p)) | later

    return {
        "ineligible": lambda b, p: ~b("clean", p) | (~b("founded_this_year", p) & ~b("annual_report", p)),
        "survival": survival,
        "growth": lambda b, p: asked(b, p) & b("grown_maybe", p) & ~b("developed", p),
        "development": lambda b, p: asked(b, p) & b("developed_maybe", p),
    }

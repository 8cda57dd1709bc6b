"""附件一(三) once more by hand, two-valued and straight from the text: the yardstick that owes nothing to rulecore."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import cache
from itertools import product
from typing import Any

CENT = Decimal("0.01")
Amounts = Mapping[str, Decimal]


def tier(business: Mapping[str, Any], norms: Amounts, as_of: date) -> str:
    """The tier of a business of which everything is known, under a norm of which everything is published."""
    founded = business["established_on"]
    new = founded >= date(as_of.year, 1, 1)
    if not _base_standard(business, new=new):
        return "ineligible"
    if new:
        return "survival"
    if founded > _two_years_before(as_of) or not business["tax_registered"]:
        return "survival"
    if _development(business, norms):
        return "development"
    return "growth" if _growth(business, norms) else "survival"


def _base_standard(business: Mapping[str, Any], *, new: bool) -> bool:
    """附件一(三)1."""
    return (
        business["registration_status"] == "active"
        and (new or business["annual_report_filed"])
        and not business["abnormal_mark"]
        and not business["serious_violation_listing"]
        and not business["abnormal_taxpayer"]
        and (business["is_seasonal"] or not business["suspended"])
    )


def _two_years_before(as_of: date) -> date:
    is_leap_day = (as_of.month, as_of.day) == (2, 29)
    return date(as_of.year - 2, as_of.month, 28 if is_leap_day else as_of.day)


def _growth(business: Mapping[str, Any], norms: Amounts) -> bool:
    """附件一(三)2(2)A–C."""
    return bool(
        business["turnover"] >= norms["growth_turnover"]
        or business["tax_paid"] >= norms["growth_tax_paid"]
        or 1 <= business["insured_headcount"] <= 3
    )


def _development(business: Mapping[str, Any], norms: Amounts) -> bool:
    """附件一(三)2(3)A–E."""
    return bool(
        business["turnover"] >= norms["development_turnover"]
        or (business["general_vat_taxpayer"] and business["tax_paid"] >= norms["development_tax_paid"])
        or business["insured_headcount"] >= 4
        or business["trademarks_in_use"] >= 1
        or business["patents"] >= 1
    )


def possible(business: Mapping[str, Any], norms: Amounts, as_of: date) -> set[str]:
    """Every tier that some completion brings about, found by trying completions until all four are found."""
    found: set[str] = set()
    unknown = [key for key, value in business.items() if value is None]
    for values in product(*(_values(key, norms, as_of) for key in unknown)):
        complete = {**business, **dict(zip(unknown, values, strict=True))}
        for amounts in _published(complete, norms):
            found.add(tier(complete, amounts, as_of))
        if len(found) == 4:
            break
    return found


def _values(fact: str, norms: Amounts, as_of: date) -> Sequence[Any]:
    match fact:
        case "registration_status":
            return ["active", "deregistered"]
        case "established_on":
            edge = _two_years_before(as_of)
            after = date.fromordinal(edge.toordinal() + 1)
            return [edge, after, date(as_of.year - 1, 12, 31), date(as_of.year, 1, 1)]
        case "turnover" | "tax_paid":
            edges = [amount for key, amount in norms.items() if key.endswith(fact)]
            return sorted({Decimal(0), CENT, *edges, *(e - CENT for e in edges), *(e + CENT for e in edges)})
        case "insured_headcount":
            return [0, 1, 3, 4]
        case "trademarks_in_use" | "patents":
            return [0, 1]
        case _:
            return [False, True]


def _published(business: Mapping[str, Any], norms: Amounts) -> Iterator[Amounts]:
    """Norms with the unpublished ones filled: just met, just missed, and as the order of the standard allows."""
    turnover = _turnover_norms(business["turnover"], norms.get("growth_turnover"), norms.get("development_turnover"))
    for growth_turnover, development_turnover in turnover:
        for growth_tax_paid in _tax_norms("growth_tax_paid", business["tax_paid"], norms):
            for development_tax_paid in _tax_norms("development_tax_paid", business["tax_paid"], norms):
                yield {
                    "growth_turnover": growth_turnover,
                    "growth_tax_paid": growth_tax_paid,
                    "development_turnover": development_turnover,
                    "development_tax_paid": development_tax_paid,
                }


@cache
def _turnover_norms(
    amount: Decimal, growth: Decimal | None, development: Decimal | None
) -> Sequence[tuple[Decimal, Decimal]]:
    """Growth below development, always; of pairs that the amount meets and misses alike, one."""
    known = [value for value in (amount, growth, development) if value is not None]
    near = {Decimal(0), *(value + CENT * step for value in known for step in (-2, -1, 0, 1, 2))}
    candidates = sorted(value for value in near if value >= 0)
    lows = candidates if growth is None else [growth]
    highs = candidates if development is None else [development]
    pairs = {(amount >= low, amount >= high): (low, high) for low, high in product(lows, highs) if low < high}
    return list(pairs.values())


def _tax_norms(key: str, amount: Decimal, norms: Amounts) -> Sequence[Decimal]:
    return [norms[key]] if key in norms else [amount, amount + CENT]

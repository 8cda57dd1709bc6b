"""Businesses crowded around every boundary of the standard, with gaps; the same seed gives the same rows."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from tests.rulecore.law import AS_OF, NORMS, NOTHING_KNOWN, ORDINARY, Row

_CENT = Decimal("0.01")
_CENTS_OF_32_BITS = [Decimal(2**31 + step).scaleb(-2) for step in (-1, 0, 1)]
_LARGE = Decimal("999999999999.99")


def _around_money(*amounts: Decimal) -> list[Decimal]:
    edges = [amount + step * _CENT for amount in amounts for step in (-1, 0, 1)]
    return [Decimal("0.00"), _CENT, *edges, *_CENTS_OF_32_BITS, _LARGE]


def _around_days(as_of: date) -> list[date]:
    edges = [as_of, as_of.replace(year=as_of.year - 2), date(as_of.year, 1, 1), date(as_of.year - 1, 1, 1)]
    near = [edge + timedelta(days=step) for edge in edges for step in (-1, 0, 1)]
    return [*near, date(2024, 2, 29), date(2024, 2, 28), date(2020, 2, 29), date(1900, 1, 1), date(1987, 6, 5)]


POOLS: Mapping[str, Sequence[Any]] = {
    "registration_status": ["active"] * 6 + ["licence_revoked", "deregistered", "registration_annulled"],
    "established_on": _around_days(AS_OF),
    "annual_report_filed": [True, True, True, False],
    "abnormal_mark": [False] * 5 + [True],
    "serious_violation_listing": [False] * 5 + [True],
    "abnormal_taxpayer": [False] * 5 + [True],
    "suspended": [False] * 4 + [True],
    "is_seasonal": [False, True],
    "tax_registered": [True, True, True, False],
    "general_vat_taxpayer": [False, True],
    "turnover": _around_money(NORMS["growth_turnover"], NORMS["development_turnover"]),
    "tax_paid": _around_money(NORMS["growth_tax_paid"], NORMS["development_tax_paid"]),
    "insured_headcount": [0, 0, 1, 2, 3, 4, 5, 2**31],
    "trademarks_in_use": [0, 0, 0, 1, 2],
    "patents": [0, 0, 0, 1, 2**31 + 1],
}


def population(seed: int, count: int) -> list[Row]:
    """`count` different businesses: one of whom nothing is known, some of whom everything is, the rest with gaps."""
    found: dict[tuple[Any, ...], Row] = {}
    for row in _rows(Random(seed)):
        found.setdefault(tuple(row.values()), row)
        if len(found) == count:
            return list(found.values())
    raise AssertionError("the stream of rows has no end")


def _rows(random: Random) -> Iterator[Row]:
    yield dict(NOTHING_KNOWN)
    yield dict(ORDINARY)
    while True:
        gaps = {fact: random.uniform(0, 0.3) for fact in POOLS}
        for number in range(1000):
            row = {fact: random.choice(pool) for fact, pool in POOLS.items()}
            if number % 4:
                row = {fact: None if random.random() < gaps[fact] else value for fact, value in row.items()}
            yield row


def with_gaps(row: Row, gaps: Sequence[str]) -> Row:
    """The business without what these facts say."""
    return {fact: None if fact in gaps else value for fact, value in row.items()}

"""The arithmetic of 比选: points to an order, in whole numbers and fractions alone, the same for everybody (AMB-33).

Pure: it knows no person, no database and no day.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby
from typing import Any

BY_FACTORS, BY_TIME = "factors", "time"


@dataclass(frozen=True, slots=True)
class Factor:
    """A published factor: points from 0 to `most` count `weight` of the total."""

    key: str
    label: str
    weight: int
    most: int


@dataclass(frozen=True, slots=True)
class Entrant:
    """One application: `points` by factor, one for each scorer; `submitted` orders those whom nothing else orders."""

    application: int
    submitted: str
    points: Mapping[str, Sequence[int]]


@dataclass(frozen=True, slots=True)
class Placed:
    """A place of the ranking. `tie`: what decided against the one before with the same total, if anything did."""

    place: int
    application: int
    total: Fraction
    parts: tuple[Fraction, ...]
    tie: str = ""


def factors_of(entries: Iterable[Mapping[str, Any]]) -> tuple[Factor, ...]:
    """A campaign's factors as it keeps them."""
    return tuple(Factor(one["key"], one["label"], int(one["weight"]), int(one["most"])) for one in entries)


def order(factors: Sequence[Factor], entrants: Iterable[Entrant]) -> list[Placed]:
    """The ranking, best first. Ties go by the factors, the weightiest first, then to the earlier submission."""
    weighty = sorted(range(len(factors)), key=lambda at: (-factors[at].weight, at))
    found = []
    for one in entrants:
        parts = tuple(_part(factor, one.points[factor.key]) for factor in factors)
        found.append((sum(parts, Fraction(0)), tuple(parts[at] for at in weighty), one, parts))
    found.sort(key=lambda row: (-row[0], tuple(-part for part in row[1]), row[2].submitted, row[2].application))
    ranking: list[Placed] = []
    for _, tied in groupby(found, key=lambda row: row[0]):
        before: tuple[Fraction, ...] | None = None
        for total, compared, one, parts in tied:
            tie = "" if before is None else BY_TIME if compared == before else BY_FACTORS
            ranking.append(Placed(len(ranking) + 1, one.application, total, parts, tie))
            before = compared
    return ranking


def digest(factors: Sequence[Factor], entrants: Iterable[Entrant], *, places: int, tie_rule: str) -> str:
    """SHA-256 over everything that went in, in one fixed form: whoever has it gets the same order."""
    content = {
        "factors": [[one.key, one.weight, one.most] for one in factors],
        "places": places,
        "tie_rule": tie_rule,
        "entrants": sorted(
            [one.application, one.submitted, [list(one.points[factor.key]) for factor in factors]] for one in entrants
        ),
    }
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def two_decimals(value: Fraction) -> str:
    """For the screen, rounded half up: 85.67. The order never depends on it."""
    whole, rest = divmod((value.numerator * 200 + value.denominator) // (2 * value.denominator), 100)
    return f"{whole}.{rest:02d}"


def _part(factor: Factor, points: Sequence[int]) -> Fraction:
    """A factor's part of the total: the scorers' mean against the most there is, times the weight."""
    return Fraction(factor.weight * sum(points), factor.most * len(points))

"""Survival by Kaplan and Meier (1958), with businesses that came under observation late; exact, in whole months.

A business is at risk from the age at which it was first observed until it ended or was last observed. What ended
before it could be observed is not counted: nobody knows how many of its kind there were.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

MONTHS = 12


@dataclass(frozen=True, slots=True)
class Span:
    """`count` businesses observed from one age to another, in whole months; `ended` says whether they ended then."""

    entry: int
    exit: int
    ended: bool
    count: int = 1


@dataclass(frozen=True, slots=True)
class Point:
    """At an age at which some ended: how many were at risk, how many ended, the share that lives longer."""

    age: int
    at_risk: int
    ended: int
    surviving: Fraction


def curve(spans: Iterable[Span], *, least_at_risk: int = 1) -> tuple[Point, ...]:
    """The steps of the curve, as far as at least so many were at risk."""
    entered, left, ended = _by_age(spans)
    points: list[Point] = []
    surviving, at_risk = Fraction(1), 0
    for age in sorted({*entered, *left}):
        deaths = ended[age]
        if deaths and at_risk < least_at_risk:
            break
        if deaths:
            surviving *= Fraction(at_risk - deaths, at_risk)
            points.append(Point(age, at_risk, deaths, surviving))
        at_risk += entered[age] - left[age]
    return tuple(points)


def reach(spans: Iterable[Span], *, least_at_risk: int = 1) -> int:
    """The age up to which the curve can be told: from the beginning on at least so many were at risk."""
    entered, left, _ = _by_age(spans)
    at_risk, last = 0, 0
    for age in sorted({*entered, *left}):
        if age > 0 and at_risk < least_at_risk:
            break
        last = age
        at_risk += entered[age] - left[age]
    return last


def median(points: Sequence[Point]) -> int | None:
    """The age by which half have ended; None while more than half live on."""
    return next((point.age for point in points if point.surviving <= Fraction(1, 2)), None)


def surviving_at(points: Sequence[Point], age: int) -> Fraction:
    """The share that lives longer than this age."""
    passed = [point.surviving for point in points if point.age <= age]
    return passed[-1] if passed else Fraction(1)


def _by_age(spans: Iterable[Span]) -> tuple[Counter[int], Counter[int], Counter[int]]:
    """How many come under observation, leave it, and end, by age; who leaves at an age is still at risk there."""
    entered, left, ended = Counter[int](), Counter[int](), Counter[int]()
    for span in spans:
        if span.exit <= span.entry:
            continue
        entered[span.entry] += span.count
        left[span.exit] += span.count
        if span.ended:
            ended[span.exit] += span.count
    return entered, left, ended

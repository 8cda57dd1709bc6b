"""Kaplan–Meier: the published values of a classic study, exact fractions, and late entry worked by hand."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jieti.dashboards.survival import Span, curve, median, reach, surviving_at

# Freireich et al. 1963, weeks in remission under 6-mercaptopurine; + is censored.
ENDED = (6, 6, 6, 7, 10, 13, 16, 22, 23)
CENSORED = (6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35)
PUBLISHED = {6: 0.857, 7: 0.807, 10: 0.753, 13: 0.690, 16: 0.627, 22: 0.538, 23: 0.448}


def study() -> list[Span]:
    return [Span(0, week, ended=True) for week in ENDED] + [Span(0, week, ended=False) for week in CENSORED]


def test_the_values_published_for_a_classic_study() -> None:
    found = {point.age: float(point.surviving) for point in curve(study())}
    assert found == pytest.approx(PUBLISHED, abs=0.0005)
    assert median(curve(study())) == 23


def test_it_is_exact() -> None:
    assert curve(study())[0].surviving == Fraction(18, 21)
    assert surviving_at(curve(study()), 8) == Fraction(18, 21) * Fraction(16, 17)
    assert surviving_at(curve(study()), 5) == 1


def test_late_entry_counts_from_when_it_was_observed() -> None:
    spans = [Span(0, 5, ended=True), Span(0, 20, ended=False), Span(8, 10, ended=True), Span(8, 20, ended=False)]
    points = curve(spans)
    assert [(one.age, one.at_risk, one.ended) for one in points] == [(5, 2, 1), (10, 3, 1)]
    assert points[-1].surviving == Fraction(1, 2) * Fraction(2, 3)


def test_what_was_over_before_it_was_observed_does_not_count() -> None:
    assert curve([Span(9, 9, ended=True), Span(9, 4, ended=True)]) == ()


def test_the_curve_ends_where_too_few_are_at_risk() -> None:
    spans = [Span(0, 3, ended=True, count=10), Span(0, 9, ended=True, count=4), Span(0, 12, ended=False, count=2)]
    assert [point.age for point in curve(spans, least_at_risk=7)] == [3]
    assert reach(spans, least_at_risk=7) == 3
    assert median(curve(spans, least_at_risk=7)) == 3


def test_nothing_is_told_of_ages_that_nobody_was_observed_at() -> None:
    assert reach([Span(120, 180, ended=False, count=500)], least_at_risk=20) == 0


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 60), st.booleans()), max_size=40))
def test_the_curve_falls_and_stays_between_one_and_nought(found: list[tuple[int, int, bool]]) -> None:
    shares = [point.surviving for point in curve(Span(*one) for one in found)]
    assert all(0 <= later <= earlier <= 1 for earlier, later in zip([Fraction(1), *shares], shares, strict=False))


@given(st.lists(st.tuples(st.integers(1, 60), st.booleans()), min_size=1, max_size=40))
def test_counts_stand_for_so_many_single_ones(found: list[tuple[int, bool]]) -> None:
    singly = [Span(0, left, ended=ended) for left, ended in found for _ in range(3)]
    together = [Span(0, left, ended=ended, count=3) for left, ended in found]
    assert curve(singly) == curve(together)


@given(st.lists(st.integers(1, 60), min_size=1, max_size=40))
def test_without_censoring_it_is_the_share_that_lives_longer(ages: list[int]) -> None:
    points = curve(Span(0, age, ended=True) for age in ages)
    assert all(one.surviving == Fraction(sum(age > one.age for age in ages), len(ages)) for one in points)

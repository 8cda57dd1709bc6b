from fractions import Fraction
from math import ceil, floor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jieti.domain.quota import Quota
from rulecore.source import load_rulebook
from tests.rulebooks.files import DEMO, HUAIROU

RULE = Quota.of(load_rulebook(HUAIROU).procedure)
assert RULE is not None
HOUSE: Quota = RULE


@pytest.mark.parametrize(("base", "ceiling"), [(0, 0), (19, 0), (20, 1), (39, 1), (1039, 51), (1040, 52)])
def test_huairous_ceiling_is_the_whole_part_of_five_per_cent(base: int, ceiling: int) -> None:
    assert HOUSE.ceiling(base) == ceiling


def test_the_base_is_growth_and_development() -> None:
    assert HOUSE.base_count({"growth": 900, "development": 139, "survival": 7000, "ineligible": 3}) == 1039
    assert HOUSE.base_count({}) == 0


@pytest.mark.parametrize(("taken", "places"), [(0, 51), (50, 1), (51, 0), (60, 0)])
def test_over_the_ceiling_there_are_no_new_ones(taken: int, places: int) -> None:
    assert HOUSE.places(1039, taken) == places


@given(st.integers(0, 10**9), st.integers(0, 100))
def test_roundings_agree_with_exact_fractions(base: int, rate: int) -> None:
    exact = Fraction(base * rate, 100)
    wanted = {"down": floor(exact), "up": ceil(exact), "nearest": floor(exact + Fraction(1, 2))}
    for rounding, ceiling in wanted.items():
        assert Quota(rate, ("growth",), rounding, "live_recognitions", "附件三(四)").ceiling(base) == ceiling


def test_the_variant_rounds_to_the_nearest() -> None:
    variant = Quota.of(load_rulebook(DEMO).procedure)
    assert variant is not None
    assert (variant.ceiling(131), variant.ceiling(132), variant.counts) == (10, 11, "yearly_recognitions")


def test_a_rulebook_may_set_none() -> None:
    assert Quota.of({}) is None


@pytest.mark.parametrize(
    ("rate", "rounding", "counts"),
    [(101, "down", "live_recognitions"), (5, "off", "live_recognitions"), (5, "down", "all")],
)
def test_nonsense_is_refused(rate: int, rounding: str, counts: str) -> None:
    with pytest.raises(ValueError, match="no such quota"):
        Quota(rate, ("growth",), rounding, counts, "附件三(四)")


def test_a_negative_base_is_refused() -> None:
    with pytest.raises(ValueError, match="not negative"):
        HOUSE.ceiling(-1)

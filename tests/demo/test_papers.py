"""Invented identity numbers are well-formed, all different, and nobody's."""

from datetime import date

from jieti.demo.identities import Papers
from jieti.demo.population import SEED, people
from jieti.registry.persons import normal_identity

PAPERS = Papers(SEED)


def test_numbers_are_valid_and_different() -> None:
    numbers = [PAPERS.identity(number) for number in range(5_000)]
    assert all(normal_identity(number) == number for number in numbers)
    assert len(set(numbers)) == len(numbers)


def test_numbers_belong_to_nobody() -> None:
    """Whoever was born before 30 December 2001 got 110227; no operator gives out 154."""
    numbers = [PAPERS.identity(number) for number in range(5_000)]
    assert all(number.startswith("110116") for number in numbers)
    assert max(date(int(n[6:10]), int(n[10:12]), int(n[12:14])) for n in numbers) < date(2001, 12, 30)
    assert all(len(PAPERS.phone(number)) == 11 and PAPERS.phone(number).startswith("154") for number in range(5_000))


def test_some_people_have_two_shops_under_one_name() -> None:
    names: dict[str | None, set[str]] = {}
    shops: dict[str | None, int] = {}
    for one in people(2_000, SEED, date(2026, 7, 1)):
        names.setdefault(one.proprietor_id, set()).add(one.proprietor)
        shops[one.proprietor_id] = shops.get(one.proprietor_id, 0) + 1
    assert None not in names
    assert all(len(found) == 1 for found in names.values())
    assert 80 < sum(count > 1 for count in shops.values()) < 110

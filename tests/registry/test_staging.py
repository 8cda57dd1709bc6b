"""Blocks are written while the next is read: all of them, in order, and a fault in writing one is nobody's secret."""

from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from pytest_django import Settings

from jieti.demo.identities import Papers
from tests.factories.tables import code
from tests.registry.reading import read

HEADER = "统一社会信用代码,名称,成立日期,居民身份证号码,联系电话"
ROWS = 60_000
"""Some blocks of a text table."""


def table(rows: int) -> bytes:
    identity, phone = Papers(1).identity(1), Papers(1).phone(1)
    lines = (f"{code(number)},饭馆{number}号,2015-01-01,{identity},{phone}" for number in range(rows))
    return "\n".join([HEADER, *lines, ""]).encode()


@pytest.mark.django_db
def test_every_block_arrives_in_its_place(tmp_path: Path) -> None:
    found = read(table(ROWS), "名册.csv", tmp_path)
    assert found.ledger.taken == ROWS
    assert [row["name"] for row in found.rows] == [f"饭馆{number}号" for number in range(ROWS)]


@pytest.mark.django_db
@pytest.mark.parametrize("rows", [10, ROWS])
def test_a_fault_in_writing_a_block_ends_the_reading(rows: int, tmp_path: Path, settings: Settings) -> None:
    settings.DATA_KEY = "no key"
    with pytest.raises(ImproperlyConfigured, match="JIETI_DATA_KEY"):
        read(table(rows), "名册.csv", tmp_path)

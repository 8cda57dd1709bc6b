"""Whole columns at once say what each cell alone would say: fast lane with slow lane equals the slow lane."""

import datetime
from collections.abc import Mapping, Sequence

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jieti.domain import uscc
from jieti.registry import lanes
from jieti.registry.cells import identity_check_character
from jieti.registry.headers import Placed
from jieti.registry.lanes import Lane, lane
from rulecore.model import Column

CODES: Mapping[str, tuple[str, ...]] = {"active": ("登记在册", "在业"), "deregistered": ("注销",)}
KINDS = ("uscc", "text", "code", "date", "month", "year", "money", "int", "bool", "identity", "phone")
NASTY = (
    "",
    " ",
    "-",
    "—",
    "NULL",
    "none",
    "ＮＵＬＬ",
    "空",
    "空 ",
    "/",
    "N/A",
    "\\N",
    "无",
    "不详",
    "\u3000",
    "\u200b",
    "\ufeff",
    "nan",
    "2024-07-01",
    "2024/7/1",
    "2024年7月1日",
    "20240701",
    "2023-02-30",
    "2024-02-29",
    "0001-01-01",
    "45474",
    "2024-07-01 08:00:00",
    "2025-07",
    "202507",
    "2025",
    "2025年度",
    "1899",
    "１２３",
    "12345.67",
    "1,234.5",
    "12.5万元",
    "-1",
    "(100)",
    "0.001",
    "1e5",
    "00012.50",
    "999999999999999.99",
    "9999999999999999.99",
    "99999999999999999",
    ".5",
    "5.",
    "12.",
    "+5",
    " 5 ",
    "5 元",
    "٣",
    "1\x00",
    "\x1f",
    "是",
    "否",
    "Y",
    "登记在册",
    "登 记 在 册",
    "ACTIVE",
    "开着",
    "老王 饭馆",
    "老王  饭馆",
    " 老王",
    "老王\u200b",
    "老王\n饭馆",
    "ａｂｃ",
    "é",
    "e\u0301",
    "𠮷野",
    "\ud7a3",
    "\ue000",
    "a" * 500,
    "a" * 501,
    "王" * 500,
    "王" * 501,
    "🍜",
    "﷽",
    "=1+1",
    "合计",
    '"',
    "1.0",
    "1.00",
    "３人",
    "110116197001011234",
    "11010519491231002X",
    "11010519491231002x",
    "110105 19491231 002X",
    "110105194912310021",
    "110116197002301234",
    "110116700101123",
    "010116197001011234",
    "13812345678",
    "138 1234 5678",
    "+8613812345678",
    "010-69641234",
    "12812345678",
    "6964",
)


def compose_identity(first17: str) -> str:
    return first17 + identity_check_character(first17)


codes_of_businesses = st.builds(
    uscc.compose, division=st.just("110116"), organisation=st.from_regex(r"[0-9A-HJ-NPQRTUWXY]{8}", fullmatch=True)
)
spoilt_codes = st.builds(
    lambda code, at, letter: code[:at] + letter + code[at + 1 :],
    codes_of_businesses,
    st.integers(0, 17),
    st.sampled_from([*uscc.ALPHABET, "I", "a", " ", "０", "\u200b"]),
)
identities = st.builds(
    lambda region, day, order: compose_identity(f"{region}{day:%Y%m%d}{order:03d}"),
    st.integers(110_000, 660_000),
    st.dates(datetime.date(1900, 1, 1), datetime.date(2099, 12, 31)),
    st.integers(0, 999),
)
spoilt_identities = st.builds(
    lambda number, at, letter: number[:at] + letter + number[at + 1 :],
    identities,
    st.integers(0, 17),
    st.sampled_from([*"0123456789", "X", "x", " "]),
)
amounts = st.decimals(0, 10**17, places=3).map(str) | st.decimals(0, 10**9, places=2).map(str)
texts = (
    st.sampled_from(NASTY)
    | st.text(max_size=20)
    | codes_of_businesses
    | spoilt_codes
    | identities
    | spoilt_identities
    | amounts
    | st.dates().map(str)
)
cells = (
    texts
    | st.none()
    | st.booleans()
    | st.integers(-10, 10**20)
    | st.floats()
    | st.dates()
    | st.datetimes()
    | st.decimals(allow_nan=False, allow_infinity=False)
)


def lane_of(kind: str, *, ten_thousands: bool = False) -> Lane:
    is_protected = kind in ("identity", "phone")
    key = {"identity": "proprietor_id", "phone": "phone"}.get(kind, "column")
    column = Column(
        key=key,
        header="列",
        type="text" if is_protected else kind,
        data_class="identity" if is_protected else "public",
        codes=CODES if kind == "code" else {},
    )
    return lane(Placed(column, 0, "列", ten_thousands))


@pytest.mark.parametrize("kind", KINDS)
@given(column=st.lists(texts, min_size=1, max_size=30))
@settings(max_examples=150, deadline=None)
def test_a_column_of_text_reads_as_its_cells_do(kind: str, column: Sequence[str]) -> None:
    assert_same(lane_of(kind), column)


@pytest.mark.parametrize("kind", KINDS)
@given(column=st.lists(cells, min_size=1, max_size=20))
@settings(max_examples=60, deadline=None)
def test_a_column_of_a_workbook_reads_as_its_cells_do(kind: str, column: Sequence[object]) -> None:
    assert_same(lane_of(kind), column)


@pytest.mark.parametrize("kind", KINDS)
def test_every_nasty_cell_reads_as_it_does_alone(kind: str) -> None:
    assert_same(lane_of(kind), NASTY)


def test_a_unit_in_the_header_is_not_forgotten_by_the_fast_lane() -> None:
    assert_same(lane_of("money", ten_thousands=True), ["1.25", "2元", "3"])


@pytest.mark.parametrize(
    ("kind", "plain"),
    [
        ("uscc", [uscc.compose(division="110116", organisation=f"{number:08d}") for number in range(500)]),
        ("text", ["怀柔老王饭馆", "某路1号 后院", "6210", "ABC（怀柔）", ""]),
        ("money", ["0", "12.5", "12345.67", "999999999999999.99"]),
        ("identity", [compose_identity(f"11011619700101{number:03d}") for number in range(500)]),
        ("phone", ["13812345678", "19900000000"]),
    ],
)
def test_plain_spellings_never_see_the_slow_lane(
    kind: str, plain: Sequence[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    fast = lanes._FAST[kind]
    _, is_done = fast(pa.array(plain, pa.string()))
    assert all(is_done.to_pylist())


def test_a_slice_of_a_column_reads_as_the_slice() -> None:
    codes = [uscc.compose(division="110116", organisation=f"{number:08d}") for number in range(100)]
    assert lane_of("uscc").read(pa.array(codes, pa.string()).slice(40, 20)).values.to_pylist() == codes[40:60]


def assert_same(one: Lane, column: Sequence[object]) -> None:
    together, apart = one.read(column), one.read_slowly(column)
    assert together.values.to_pylist() == apart.values.to_pylist()
    assert together.values.type == apart.values.type
    assert dict(together.faults) == dict(apart.faults)

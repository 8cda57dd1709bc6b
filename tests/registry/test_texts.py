"""Text tables: whichever way a block is cut, its cells are those that Python's reader gives."""

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jieti.kit.errors import Refusal
from jieti.registry import texts

CELLS = st.text(st.sampled_from([*"ab王 \t;|,\"\n\r'", "\ufeff", "\x1c", "\u2028", "\x85"]), max_size=4)
TABLES = st.lists(st.lists(CELLS, min_size=3, max_size=3), min_size=1, max_size=60)


def cut(content: bytes, encoding: str = "utf-8") -> list[list[object]]:
    blocks = texts.text_blocks(io.BytesIO(content), encoding)
    return [blank_or(list(row)) for block in blocks for row in block.as_rows()]


def blank_or(row: list[object]) -> list[object]:
    """A blank line is as good as a line of blank cells."""
    return row if any(row) else []


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(texts, "FIRST_BLOCK", 16)
    monkeypatch.setattr(texts, "BLOCK", 32)


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@given(table=TABLES, always=st.booleans())
@settings(max_examples=200, deadline=None)
def test_blocks_are_cut_as_by_the_plain_reader(table: list[list[str]], end: str, always: bool) -> None:
    file = io.StringIO(newline="")
    csv.writer(file, lineterminator=end, quoting=csv.QUOTE_ALL if always else csv.QUOTE_MINIMAL).writerows(
        [["aa", "bb", "cc"], ["aa", "bb", "cc"], *table]
    )
    text = file.getvalue()
    assert cut(text.encode()) == [blank_or(list(row)) for row in csv.reader(io.StringIO(text, newline=""), strict=True)]


@pytest.mark.usefixtures("small_blocks")
@given(lines=st.lists(st.text(st.sampled_from([*'ab王," \r', "\ufeff"]), max_size=12), min_size=1, max_size=40))
@settings(max_examples=300, deadline=None)
def test_what_was_never_a_table_is_cut_alike_or_refused_alike(lines: list[str]) -> None:
    text = "aa,bb,cc\naa,bb,cc\n" + "\n".join(lines)
    try:
        wanted = [blank_or(list(row)) for row in csv.reader(io.StringIO(text, newline=""), strict=True)]
    except csv.Error:
        with pytest.raises(Refusal, match="引号"):
            cut(text.encode())
        return
    assert cut(text.encode()) == wanted


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "gbk", "gb18030"])
def test_a_letter_is_not_torn_where_a_block_ends(encoding: str, small_blocks: None) -> None:
    rows = [["名称", "经营者", "镇"], *([f"饭馆{number}", "王某某", "怀柔镇"] for number in range(200))]
    content = "".join(",".join(row) + "\r\n" for row in rows).encode(encoding)
    assert cut(content, encoding) == rows


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        ("甲,乙\n".encode(), "utf-8"),
        ("甲,乙\n".encode("utf-8-sig"), "utf-8-sig"),
        ("甲,乙\n".encode("utf-16"), "utf-16"),
        (b"\xfe\xff" + "甲,乙\n".encode("utf-16-be"), "utf-16"),
        ("甲,乙\n".encode("gbk"), "gbk"),
        ("𠮷,乙\n".encode("gb18030"), "gb18030"),
    ],
)
def test_the_encoding_is_told_by_the_bytes(content: bytes, encoding: str) -> None:
    assert texts.encoding_of(io.BytesIO(content)) == encoding


def test_plain_blocks_come_as_columns() -> None:
    line = "甲,乙,丙\n"
    blocks = list(texts.text_blocks(io.BytesIO(line.encode() * 500_000), "utf-8"))
    assert [bool(block.columns) for block in blocks][:3] == [False, True, True]
    assert sum(map(len, blocks)) == 500_000


def test_lines_are_counted_through_both_ways_of_cutting(small_blocks: None) -> None:
    with pytest.raises(Refusal, match="第52行"):
        cut(("aaa,bbb\n" * 50 + "aaa,bbb\n" + '"a"b,c\n').encode())

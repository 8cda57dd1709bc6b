"""Files that would harm whoever opens them, or lie about what they are, are refused with what to do instead."""

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from jieti.kit.errors import Refusal
from jieti.registry import archives, texts, workbooks
from tests.factories.tables import Rows, code, csv, parquet, xls, xlsx
from tests.registry.reading import read

MOST_MEMORY = 200 << 20
"""Bytes that an unsafe file may cost until it is refused."""
HEADER = ("统一社会信用代码", "名称", "成立日期")
TABLE: Rows = [HEADER, [code(1), "老王饭馆", "2020-03-01"], [code(2), "老李饭馆", "2020-03-02"]]


def packed(files: Mapping[str, bytes], *, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return file.getvalue()


def with_parts(workbook: io.BytesIO, parts: Mapping[str, bytes]) -> bytes:
    """A workbook with these parts added or replaced."""
    with zipfile.ZipFile(workbook) as archive:
        old = {name: archive.read(name) for name in archive.namelist()}
    return packed({**old, **parts})


def sheet_of(rows: str) -> dict[str, bytes]:
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return {"xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}"><sheetData>{rows}</sheetData></worksheet>'.encode()}


def patched(archive: bytes, *, size: int) -> bytes:
    """The archive whose first member declares to be of this size once unpacked."""
    at = archive.rfind(b"PK\x01\x02")
    return archive[: at + 24] + struct.pack("<I", size) + archive[at + 28 :]


def with_flag(archive: bytes, flag: int) -> bytes:
    at = archive.rfind(b"PK\x01\x02")
    return archive[: at + 8] + struct.pack("<H", flag) + archive[at + 10 :]


def named_raw(name: bytes, content: bytes) -> bytes:
    """An archive whose only name is these bytes, which it does not say to be UTF-8."""
    stand_in = "x" * len(name)
    return packed({stand_in: content}).replace(stand_in.encode(), name)


def symlink(name: str, target: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        info = zipfile.ZipInfo(name)
        info.external_attr = 0o120777 << 16
        archive.writestr(info, target)
    return file.getvalue()


TABLE_CSV = csv(TABLE).getvalue()
LONG_CELL = "王" * (10 << 20)
LONG_LINES = "王\n" * (5 << 20)
UNSAFE: Sequence[tuple[str, bytes, str, str]] = (
    ("ratio", packed({"表.csv": b"0" * (64 << 20)}), "表.zip", "不像表格"),
    ("sizes", patched(packed({"表.csv": b"0" * 1000}), size=0xFFFFFFFE), "表.zip", "请重新导出"),
    ("lies about its size", patched(packed({"表.csv": b"0" * 100_000}), size=10), "表.zip", "不符"),
    ("count", packed({f"{number}.csv": b"x" for number in range(101)}), "表.zip", "101个文件"),
    ("nested", packed({"里.zip": packed({"表.csv": TABLE_CSV})}), "表.zip", "只打一层包"),
    ("locked", with_flag(packed({"表.csv": TABLE_CSV}), 1), "表.zip", "打开密码"),
    ("climbing", packed({"../../etc/表.csv": TABLE_CSV}), "表.zip", "指向包外"),
    ("climbing, by backslash", packed({"..\\表.csv": TABLE_CSV}), "表.zip", "指向包外"),
    ("absolute", packed({"/etc/表.csv": TABLE_CSV}), "表.zip", "指向包外"),
    ("drive", packed({"C:\\表.csv": TABLE_CSV}), "表.zip", "指向包外"),
    ("link", symlink("表.csv", "/etc/passwd"), "表.zip", "链接"),
    ("method", packed({"表.csv": TABLE_CSV}, method=zipfile.ZIP_LZMA), "表.zip", "普通 ZIP"),
    ("empty", packed({}), "表.zip", "是空的"),
    ("strange inside", packed({"表.csv": TABLE_CSV, "说明.docx": b"x"}), "表.zip", "“说明.docx”：不收 .docx"),
    ("bad inside", packed({"表.csv": b'"a\n' * 3}), "表.zip", "“表.csv”：CSV 第"),
    ("macros", with_parts(xlsx(TABLE), {"xl/vbaProject.bin": b"Attribute VB_Name"}), "表.xlsx", "有宏"),
    ("macros by name", xlsx(TABLE).getvalue(), "表.xlsm", "不收 .xlsm"),
    ("old macros", xls(TABLE).getvalue() + "_VBA_PROJECT_CUR".encode("utf-16-le"), "表.xls", "有宏"),
    ("sheet macros", with_parts(xlsx(TABLE), {"xl/macrosheets/sheet1.xml": b"<x/>"}), "表.xlsx", "有宏"),
    ("links", with_parts(xlsx(TABLE), {"xl/externalLinks/externalLink1.xml": b"<x/>"}), "表.xlsx", "指向其他文件"),
    ("connections", with_parts(xlsx(TABLE), {"xl/connections.xml": b"<x/>"}), "表.xlsx", "数据连接"),
    (
        "entities",
        with_parts(xlsx(TABLE), {"xl/sharedStrings.xml": b'<!DOCTYPE x [<!ENTITY a "b">]><sst/>'}),
        "表.xlsx",
        "实体声明",
    ),
    (
        "shared strings",
        with_parts(xlsx(TABLE), {"xl/sharedStrings.xml": b"<sst><si><t>" + b"a" * (10 << 20) + b"</t></si></sst>"}),
        "表.xlsx",
        "长于",
    ),
    (
        "sparse",
        with_parts(
            xlsx(TABLE),
            sheet_of('<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="Z1048576"><v>1</v></c></row>'),
        ),
        "表.xlsx",
        "几乎全是空格",
    ),
    ("wide", with_parts(xlsx(TABLE), sheet_of('<row r="1"><c r="XFD1"><v>1</v></c></row>')), "表.xlsx", "500列"),
    (
        "row beyond",
        with_parts(xlsx(TABLE), sheet_of('<row r="99999999"><c r="A99999999"><v>1</v></c></row>')),
        "表.xlsx",
        "超出了电子表格",
    ),
    (
        "cell beyond its row",
        with_parts(xlsx(TABLE), sheet_of('<row r="1"><c r="A99999999"><v>1</v></c></row>')),
        "表.xlsx",
        "超出了电子表格",
    ),
    ("document", packed({"[Content_Types].xml": b"<x/>", "word/document.xml": b"<x/>"}), "表.xlsx", "不是 XLSX"),
    ("web page", b"<html><body><table></table></body></html>", "表.xlsx", "网页"),
    ("paper", b"%PDF-1.7", "表.xlsx", "PDF"),
    ("old workbook", xls(TABLE).getvalue(), "表.xlsx", "内容却是 XLS"),
    ("archive as text", packed({"a.csv": TABLE_CSV}), "表.csv", "内容却是 ZIP"),
    ("archive as workbook", packed({"a.csv": TABLE_CSV}), "表.xlsx", "内容却是 ZIP"),
    ("text as archive", TABLE_CSV, "表.zip", "内容却是 CSV"),
    ("program", b"MZ\x90\x00", "表.csv", "程序"),
    ("script", b"#!/bin/sh\nrm", "表.csv", "程序"),
    ("10 MB cell", f"{','.join(HEADER)}\n{code(1)},{LONG_CELL},x\n".encode(), "表.csv", "长得不像"),
    ("10 MB quoted cell", f'{",".join(HEADER)}\n{code(1)},"{LONG_LINES}",x\n'.encode(), "表.csv", "长于100000字"),
    ("long cell, plain", f"{','.join(HEADER)}\n{code(1)},{'王' * 100_001},x\n".encode(), "表.csv", "长于100000字"),
    ("no line end", b"x" * (9 << 20), "表.csv", "长得不像"),
    ("many cells", f"{','.join(HEADER)}{',x' * 600}\n".encode(), "表.csv", "500格"),
    ("Latin", "统一社会信用代码,名称\n".encode() + b"\xe9\xff\xff\n", "表.csv", "文字编码"),
    ("half UTF-16", csv(TABLE, encoding="utf-16").getvalue()[:-1], "表.csv", "文字编码"),
)


class Gauge:
    """How many bytes of memory this process held at most in a block more than before it."""

    grown = 0

    def __enter__(self) -> Self:
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
        self._before = _resident("VmRSS")
        return self

    def __exit__(self, *_: object) -> None:
        self.grown = _resident("VmHWM") - self._before


def _resident(what: str) -> int:
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return int(next(line for line in lines if line.startswith(what)).split()[1]) * 1024


@pytest.mark.parametrize(("content", "name", "reason"), [case[1:] for case in UNSAFE], ids=[case[0] for case in UNSAFE])
def test_an_unsafe_file_is_refused_with_what_to_do(content: bytes, name: str, reason: str, tmp_path: Path) -> None:
    with pytest.raises(Refusal) as refusal, Gauge() as gauge:
        read(content, name, tmp_path)
    assert reason in str(refusal.value)
    assert "请" in refusal.value.what_to_do
    assert gauge.grown < MOST_MEMORY


def test_the_gauge_sees_memory_that_is_given_back_at_once() -> None:
    with Gauge() as gauge:
        len(b"x" * 2 * MOST_MEMORY)
    assert gauge.grown > MOST_MEMORY


def test_a_parquet_table_of_one_long_text_a_million_times_is_refused(tmp_path: Path) -> None:
    words = pa.DictionaryArray.from_arrays(pa.array([0] * 1_000_000, pa.int32()), pa.array(["王" * 500_000]))
    file = io.BytesIO()
    pq.write_table(pa.table({"uscc": words, "name": words}), file)
    with pytest.raises(Refusal, match="长于100000字"):
        read(file, "表.parquet", tmp_path)


def test_a_parquet_table_of_lists_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="不是单个的值"):
        read(parquet({"uscc": pa.array([code(1)]), "name": pa.array([["a"]])}), "表.parquet", tmp_path)


def test_the_files_of_an_archive_are_read_as_one_table(tmp_path: Path) -> None:
    third: Rows = [HEADER, [code(3), "第三", "2020-03-01"]]
    files = {
        "一/表.csv": TABLE_CSV,
        "表.xlsx": xlsx({"甲": third}).getvalue(),
        "旧.xls": xls([HEADER, [code(4), "第四", "去年"]]).getvalue(),
        "__MACOSX/._表.csv": b"\x00\x05\x16\x07",
        ".DS_Store": b"\x00",
    }
    found = read(packed(files), "名册.zip", tmp_path)
    assert [row["uscc"] for row in found.rows] == [code(1), code(2), code(3)]
    assert [(one.sheet, one.row_number) for one in found.findings] == [("旧.xls·表1", 2)]


def test_names_in_gbk_are_read_as_their_sender_wrote_them(tmp_path: Path) -> None:
    bad = csv([HEADER, [code(1), "老王", "2020-01-01"], [code(2), "", ""]], encoding="gbk").getvalue()
    for encoding in ("gbk", "utf-8"):
        found = read(named_raw("怀柔名册.csv".encode(encoding), bad), "名册.zip", tmp_path)
        assert found.findings[0].sheet == "怀柔名册.csv"


def test_a_workbook_with_web_addresses_is_no_danger(tmp_path: Path) -> None:
    rels = (
        b'<Relationships><Relationship Id="a" TargetMode="External" Target="https://example.invalid"/></Relationships>'
    )
    file = with_parts(xlsx(TABLE), {"xl/worksheets/_rels/sheet1.xml.rels": rels})
    assert len(read(file, "表.xlsx", tmp_path).rows) == 2


def test_a_formula_is_text_and_nothing_runs(tmp_path: Path) -> None:
    found = read(csv([HEADER, [code(1), "=cmd|' /C calc'!A0", "2020-01-01"]]), "表.csv", tmp_path)
    assert found.rows[0]["name"] == "=cmd|' /C calc'!A0"


def test_a_stored_member_may_not_go_on_beyond_what_it_declares() -> None:
    content = packed({"表.csv": b"a" * 5000}, method=zipfile.ZIP_STORED)
    file = io.BytesIO(content)
    (member,) = archives.members(file)
    member.info.file_size, member.info.CRC = 100, zlib.crc32(b"a" * 100)
    with pytest.raises(Refusal, match="不符"):
        list(archives.unpacked(file, member.info))


def test_limits_hold_one_with_another() -> None:
    assert texts.LONGEST_LINE > 4 * workbooks.LONGEST_CELL

"""Departments' tables as real files: XLSX, XLS, CSV in any encoding, Parquet."""

import datetime
import io
import struct
from collections.abc import Mapping, Sequence

import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter

from jieti.domain import uscc

Rows = Sequence[Sequence[object]]
"""A table's rows: text, numbers, dates, truth values and None for an empty cell."""

REGISTER_HEADER = (
    "统一社会信用代码",
    "名称",
    "登记状态",
    "成立日期",
    "经营者",
    "经营场所",
    "所属镇街",
    "行业代码",
    "季节性经营",
)


def code(number: int) -> str:
    """The valid credit code of the n-th business."""
    return uscc.compose(division="110116", organisation=f"{10_000_000 + number}")


def registered(number: int, **changes: object) -> list[object]:
    """A row of the register, good as it stands; `changes` by header."""
    row: dict[str, object] = dict(
        zip(
            REGISTER_HEADER,
            (
                code(number),
                f"怀柔老王饭馆{number}号",
                "登记在册",
                "2020-03-01",
                "王某",
                "某路1号",
                "怀柔镇",
                "6210",
                "否",
            ),
            strict=True,
        )
    )
    return list((row | changes).values())


def register(*rows: Sequence[object]) -> list[Sequence[object]]:
    """The register's table with its header."""
    return [REGISTER_HEADER, *rows]


def xlsx(sheets: Mapping[str, Rows] | Rows) -> io.BytesIO:
    """A workbook; dates become date cells."""
    file = io.BytesIO()
    workbook = xlsxwriter.Workbook(file, {"default_date_format": "yyyy-mm-dd"})
    for name, rows in (sheets if isinstance(sheets, Mapping) else {"表1": sheets}).items():
        sheet = workbook.add_worksheet(name)
        for line, row in enumerate(rows):
            for column, value in enumerate(row):
                _write(sheet, line, column, value)
    workbook.close()
    return _rewound(file)


def csv(rows: Rows, *, encoding: str = "utf-8", delimiter: str = ",") -> io.BytesIO:
    """A text table with every cell as it is."""
    lines = (delimiter.join("" if cell is None else str(cell) for cell in row) for row in rows)
    return io.BytesIO("".join(f"{line}\r\n" for line in lines).encode(encoding))


def parquet(columns: Mapping[str, "pa.Array[pa.Scalar[pa.DataType]]"]) -> io.BytesIO:
    """A Parquet file."""
    file = io.BytesIO()
    pq.write_table(pa.table(dict(columns)), file)
    return _rewound(file)


def xls(rows: Rows) -> io.BytesIO:
    """A workbook of Excel 97: one sheet in a compound file of 512-byte sectors."""
    return io.BytesIO(_compound(_workbook(rows)))


def _write(sheet: xlsxwriter.worksheet.Worksheet, line: int, column: int, value: object) -> None:
    match value:
        case None:
            return
        case bool():
            sheet.write_boolean(line, column, value)
        case str():
            sheet.write_string(line, column, value)
        case datetime.date():
            sheet.write_datetime(line, column, value)
        case int() | float():
            sheet.write_number(line, column, value)
        case _:
            raise TypeError(f"no cell holds {value!r}")


def _rewound(file: io.BytesIO) -> io.BytesIO:
    file.seek(0)
    return file


def _record(number: int, body: bytes) -> bytes:
    return struct.pack("<HH", number, len(body)) + body


def _text(text: str, length: str) -> bytes:
    return struct.pack(f"<{length}B", len(text), 1) + text.encode("utf-16-le")


def _workbook(rows: Rows) -> bytes:
    start = _record(0x809, struct.pack("<HHHHII", 0x600, 5, 0, 0, 0, 0))
    name = _text("表1", "B")
    end = _record(0x0A, b"")
    sheet_at = len(start) + 4 + 6 + len(name) + len(end)
    bound = _record(0x85, struct.pack("<IH", sheet_at, 0) + name)
    cells = b"".join(_cell(line, column, value) for line, row in enumerate(rows) for column, value in enumerate(row))
    size = struct.pack("<IIHHH", 0, len(rows), 0, max(map(len, rows)), 0)
    sheet = _record(0x809, struct.pack("<HHHHII", 0x600, 16, 0, 0, 0, 0)) + _record(0x200, size) + cells + end
    return start + bound + end + sheet


def _cell(line: int, column: int, value: object) -> bytes:
    place = struct.pack("<HHH", line, column, 0)
    if value is None:
        return b""
    if isinstance(value, float | int):
        return _record(0x203, place + struct.pack("<d", value))
    return _record(0x204, place + _text(str(value), "H"))


def _compound(stream: bytes) -> bytes:
    stream = stream.ljust(max(4096, -(-len(stream) // 512) * 512), b"\0")
    count = len(stream) // 512
    chain = [-3, -2, *range(3, count + 2), -2]
    fat = struct.pack(f"<{len(chain)}i", *chain).ljust(512, b"\xff")
    assert len(fat) == 512, "a test's XLS file fits one sector of the allocation table"
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    header += struct.pack("<IIiIIiIiI", 0, 1, 1, 0, 4096, -2, 0, -2, 0) + struct.pack("<109i", 0, *[-1] * 108)
    root = _entry("Root Entry", 5, child=1, start=-2, size=0)
    book = _entry("Workbook", 2, child=-1, start=2, size=len(stream))
    return header + fat + (root + book).ljust(512, b"\0") + stream


def _entry(name: str, kind: int, *, child: int, start: int, size: int) -> bytes:
    encoded = name.encode("utf-16-le") + b"\0\0"
    head = encoded.ljust(64, b"\0") + struct.pack("<HBBiii", len(encoded), kind, 1, -1, -1, child)
    return head + bytes(36) + struct.pack("<iQ", start, size)

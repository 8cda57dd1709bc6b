from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from python_calamine import CalamineWorkbook

from jieti.demo.files import CHINESE, CsvFile, Heading, ParquetFile, Row, XlsxFile, said, schema


def test_what_text_files_say() -> None:
    assert said(None) == ""
    assert (said(True), said(False)) == ("是", "否")
    assert said(0) == "0"
    assert said(Decimal("12.30")) == "12.30"
    assert said(date(2026, 7, 1)) == "2026-07-01"
    assert said(date(2026, 7, 1), CHINESE) == "2026年7月1日"


def test_a_csv_quotes_commas_and_keeps_blank_lines(tmp_path: Path) -> None:
    file = CsvFile(tmp_path / "a.csv", ("甲", "乙"), encoding="gbk")
    file.add(("一,二", True))
    file.add((None, None))
    file.add((None, 3))
    file.close()
    assert file.path.read_bytes().decode("gbk") == '甲,乙\r\n"一,二",是\r\n\r\n,3\r\n'


def test_a_workbook_goes_on_in_another_sheet(tmp_path: Path) -> None:
    file = XlsxFile(tmp_path / "a.xlsx", ("甲", "乙"), heading=Heading("题", "注"), rows_per_sheet=3)
    for number in range(7):
        file.add((number, f"第{number}行"))
    file.close()
    book = CalamineWorkbook.from_path(file.path)
    sheets = [book.get_sheet_by_name(name).to_python() for name in book.sheet_names]
    assert [len(sheet) - 3 for sheet in sheets] == [3, 3, 1]
    assert all(sheet[0][0] == "题" and sheet[1][0] == "注" and sheet[2] == ["甲", "乙"] for sheet in sheets)
    assert sheets[2][3] == [6, "第6行"]


def test_a_workbook_keeps_types(tmp_path: Path) -> None:
    file = XlsxFile(tmp_path / "a.xlsx", ("甲", "乙", "丙", "丁", "戊"))
    file.add(("0161", date(2026, 7, 1), Decimal("1234.56"), False, None))
    file.close()
    (line,) = CalamineWorkbook.from_path(file.path).get_sheet_by_index(0).to_python()[1:]
    assert line[0] == "0161"
    assert line[1] in (date(2026, 7, 1), datetime(2026, 7, 1))  # noqa: DTZ001
    assert str(line[2]) == "1234.56"
    assert line[3:] == ["否", ""]


TYPES: dict[str, pa.DataType] = {"代码": pa.string(), "年度": pa.int32()}


def test_parquet_is_written_in_groups_and_stays_exact(tmp_path: Path) -> None:
    file = ParquetFile(tmp_path / "a.parquet", schema(TYPES), group=2)
    rows: list[Row] = [("一", 2025), ("二", None), (None, 2024)]
    for row in rows:
        file.add(row)
    file.close()
    table = pq.read_table(file.path)
    assert [tuple(row.values()) for row in table.to_pylist()] == rows
    assert table.schema == schema(TYPES)
    assert pq.ParquetFile(file.path).num_row_groups == 2


def test_an_empty_parquet_has_its_columns(tmp_path: Path) -> None:
    file = ParquetFile(tmp_path / "a.parquet", schema(TYPES))
    file.close()
    assert pq.read_table(file.path).num_rows == 0
    assert pq.read_schema(file.path).names == list(TYPES)

"""Facts that others made: CSV, XLSX and Parquet are taken exactly or refused with file, row, column and value."""

import csv
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter

from rulecore.engines import Engine
from rulecore.errors import FactsError
from rulecore.model import Rulebook
from rulecore.plan import Plan
from rulecore.source import contract, facts_as_parquet
from tests.rulecore.law import ORDINARY, Row, huairou, numbered, ordinary

CODE = "92110116MA0000001A"
Cells = dict[str, Any]


def cells(**changes: Any) -> Cells:
    """The ordinary business as a CSV has it."""
    row = {"uscc": CODE, **{key: _cell(value) for key, value in ORDINARY.items()}}
    assert changes.keys() <= row.keys()
    return row | changes


def _cell(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def write_csv(path: Path, *rows: Cells, encoding: str = "utf-8") -> Path:
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def write_xlsx(path: Path, *rows: Cells) -> Path:
    with xlsxwriter.Workbook(str(path), {"default_date_format": "yyyy-mm-dd"}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, list(rows[0]))
        for line, row in enumerate(rows, 1):
            for column, value in enumerate(row.values()):
                write = sheet.write_datetime if isinstance(value, date) else sheet.write
                write(line, column, value)
    return path


def taken(path: Path) -> list[Row]:
    workspace = path.parent / "workspace"
    workspace.mkdir(exist_ok=True)
    files = facts_as_parquet(huairou(), path, workspace)
    return [row for file in files for row in pq.read_table(file).to_pylist()]


def refused(path: Path) -> list[str]:
    with pytest.raises(FactsError) as caught:
        taken(path)
    return [str(problem) for problem in caught.value.problems]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_a_csv_is_read_with_and_without_bom(tmp_path: Path, encoding: str) -> None:
    assert taken(write_csv(tmp_path / "f.csv", cells(), encoding=encoding)) == [{"uscc": CODE, **ORDINARY}]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("0", "0.00"),
        ("12.3", "12.30"),
        ("12.34", "12.34"),
        ("12.340", "12.34"),
        ("0.07", "0.07"),
        ("90071992547409.93", "90071992547409.93"),
        ("9999999999999999.99", "9999999999999999.99"),
        (" 5 ", "5.00"),
    ],
)
def test_money_of_a_csv_is_exact(tmp_path: Path, text: str, wanted: str) -> None:
    [row] = taken(write_csv(tmp_path / "f.csv", cells(turnover=text)))
    assert row["turnover"] == Decimal(wanted)
    assert str(row["turnover"]) == wanted


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("turnover", "1e5"),
        ("turnover", "12.345"),
        ("turnover", "-1"),
        ("turnover", "NaN"),
        ("turnover", "Infinity"),
        ("turnover", "12,5"),
        ("turnover", "12."),
        ("turnover", "99999999999999999"),
        ("established_on", "2023-02-30"),
        ("established_on", "2023-02-29"),
        ("established_on", "2023/02/28"),
        ("established_on", "0023-02-28"),
        ("insured_headcount", "3.5"),
        ("insured_headcount", "-1"),
        ("abnormal_mark", "maybe"),
        ("abnormal_mark", "2"),
    ],
)
def test_a_cell_that_cannot_be_read_is_named(tmp_path: Path, column: str, value: str) -> None:
    path = write_csv(tmp_path / "f.csv", cells(), cells(**{column: value}))
    [problem] = refused(path)
    assert problem.startswith(f"{path}:3: {column}: ")
    assert problem.endswith(f"(found {value})")


def test_every_bad_cell_is_named_not_only_the_first(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "f.csv", cells(turnover="x", patents="y"), cells(), cells(tax_paid="z"))
    assert [problem.split(": ")[:2] for problem in refused(path)] == [
        [f"{path}:2", "turnover"],
        [f"{path}:2", "patents"],
        [f"{path}:4", "tax_paid"],
    ]


def test_a_file_wrong_throughout_does_not_flood_the_screen(tmp_path: Path) -> None:
    assert len(refused(write_csv(tmp_path / "f.csv", *[cells(turnover="x")] * 1000))) == 50


def test_empty_cells_are_unknown(tmp_path: Path) -> None:
    blank = dict.fromkeys(ORDINARY, "")
    [row] = taken(write_csv(tmp_path / "f.csv", cells(**blank)))
    assert row == {"uscc": CODE, **dict.fromkeys(ORDINARY)}


@pytest.mark.parametrize("words", [("true", "false"), ("TRUE", "False"), ("1", "0"), ("是", "否")])
def test_yes_and_no_in_several_words(tmp_path: Path, words: tuple[str, str]) -> None:
    [row] = taken(write_csv(tmp_path / "f.csv", cells(abnormal_mark=words[0], suspended=words[1])))
    assert (row["abnormal_mark"], row["suspended"]) == (True, False)


def test_columns_may_stand_in_any_order_beside_others(tmp_path: Path) -> None:
    row = {"note": "x", **dict(reversed(cells().items()))}
    assert taken(write_csv(tmp_path / "f.csv", row)) == [{"uscc": CODE, **ORDINARY}]


def test_missing_columns_are_all_named_at_once(tmp_path: Path) -> None:
    row = cells()
    for column in ("uscc", "turnover", "patents"):
        del row[column]
    problems = refused(write_csv(tmp_path / "f.csv", row))
    assert [problem.split(": ")[1] for problem in problems] == ["uscc", "turnover", "patents"]


def test_a_row_without_a_key_is_named(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "f.csv", cells(), cells(uscc=" "))
    assert [problem.split(": ")[:2] for problem in refused(path)] == [[f"{path}:3", "uscc"]]


def test_blank_lines_are_no_rows(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "f.csv", cells())
    path.write_text(path.read_text(encoding="utf-8") + "\n,,,\n", encoding="utf-8")
    assert len(taken(path)) == 1


def test_a_row_longer_than_the_header_is_refused(tmp_path: Path) -> None:
    """An unquoted thousands separator shifts every cell behind it."""
    path = write_csv(tmp_path / "f.csv", cells(tax_paid="0", insured_headcount="0"))
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("50000.00,0,0,0,0", "50,000,0,0,0,0"), encoding="utf-8")
    assert any(problem.startswith(f"{path}:2") for problem in refused(path))


def test_a_column_given_twice_is_refused(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "f.csv", cells())
    head, line = path.read_text(encoding="utf-8").splitlines()
    path.write_text(f"{head},turnover\n{line},9999999\n", encoding="utf-8")
    assert any("turnover" in problem for problem in refused(path))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        ("uscc,名称\n1,某".encode("gb18030"), "UTF-8"),
        (b'uscc\n"open', "CSV"),
    ],
)
def test_a_file_that_is_no_csv(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "f.csv"
    path.write_bytes(content)
    assert any(said in problem or "missing" in problem for problem in refused(path))


def test_xlsx_with_cells_of_their_own_types(tmp_path: Path) -> None:
    row = cells(
        established_on=datetime(2020, 5, 20),  # noqa: DTZ001 - a spreadsheet's day has no zone
        turnover=50000,
        tax_paid=0.07,
        insured_headcount=3,
        abnormal_mark=False,
        is_seasonal=True,
        patents="",
    )
    [found] = taken(write_xlsx(tmp_path / "f.xlsx", row))
    assert found == {
        "uscc": CODE,
        **ordinary(tax_paid=Decimal("0.07"), insured_headcount=3, is_seasonal=True, patents=None),
    }


def test_xlsx_with_text_cells(tmp_path: Path) -> None:
    assert taken(write_xlsx(tmp_path / "f.xlsx", cells())) == [{"uscc": CODE, **ORDINARY}]


def test_xlsx_names_row_column_and_value(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "f.xlsx", cells(), cells(turnover=12.345))
    assert refused(path)[0].startswith(f"{path}:3: turnover: ")
    assert "12.345" in refused(path)[0]


@pytest.mark.parametrize("name", ["f.xlsx", "f.parquet"])
def test_a_file_that_is_not_what_its_name_says(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"nothing of the kind")
    assert refused(tmp_path / name)[0].startswith(str(tmp_path / name))


def test_unknown_kinds_and_missing_files(tmp_path: Path) -> None:
    (tmp_path / "f.ods").touch()
    (tmp_path / "empty").mkdir()
    assert ".csv" in refused(tmp_path / "f.ods")[0]
    assert "no such file" in refused(tmp_path / "gone.csv")[0]
    assert "no Parquet" in refused(tmp_path / "empty")[0]


def parquet_of(path: Path, types: Mapping[str, pa.DataType], *rows: Row) -> Path:
    table = pa.Table.from_pylist(list(rows), schema=contract(huairou()))
    for name, kind in types.items():
        index = table.schema.get_field_index(name)
        table = table.set_column(index, name, table.column(name).cast(kind))
    pq.write_table(table, path)
    return path


def test_wrong_types_are_all_named_at_once(tmp_path: Path) -> None:
    types: dict[str, pa.DataType] = {
        "turnover": pa.float64(),
        "established_on": pa.string(),
        "patents": pa.string(),
        "suspended": pa.string(),
    }
    problems = refused(parquet_of(tmp_path / "f.parquet", types, {"uscc": CODE, **ORDINARY}))
    assert sorted(problem.split(": ")[1] for problem in problems) == sorted(types)
    assert any("decimal128(18, 2)" in problem and "double" in problem for problem in problems)


def test_missing_columns_of_parquet_are_all_named_at_once(tmp_path: Path) -> None:
    table = pa.Table.from_pylist([{"uscc": CODE, **ORDINARY}], schema=contract(huairou()))
    pq.write_table(table.drop_columns(["uscc", "patents"]), tmp_path / "f.parquet")
    assert [problem.split(": ")[1] for problem in refused(tmp_path / "f.parquet")] == ["uscc", "patents"]


@pytest.mark.parametrize(
    "kind", [pa.float64(), pa.float32(), pa.int64(), pa.decimal128(18, 3), pa.decimal128(20, 2), pa.string()]
)
def test_money_in_parquet_is_a_decimal_in_yuan(tmp_path: Path, kind: pa.DataType) -> None:
    [problem] = refused(parquet_of(tmp_path / "f.parquet", {"turnover": kind}, {"uscc": CODE, **ORDINARY}))
    assert "turnover" in problem


TAKEN_TYPES: list[dict[str, pa.DataType]] = [
    {"uscc": pa.large_string(), "registration_status": pa.large_string()},
    {"registration_status": pa.dictionary(pa.int32(), pa.string())},
    {"uscc": pa.dictionary(pa.int32(), pa.string())},
    {"insured_headcount": pa.int8(), "patents": pa.uint32(), "trademarks_in_use": pa.int32()},
    {"turnover": pa.decimal128(12, 2), "tax_paid": pa.decimal128(9, 0)},
]


@pytest.mark.parametrize("types", TAKEN_TYPES)
def test_types_that_lose_nothing_are_taken(
    engine: Engine, plan: Plan, types: dict[str, pa.DataType], tmp_path: Path
) -> None:
    rows = numbered([ordinary(), ordinary(insured_headcount=3), ordinary(registration_status="deregistered")])
    path = parquet_of(tmp_path / "f.parquet", types, *rows)
    assert tiers(engine, plan, path, tmp_path) == ["survival", "growth", "ineligible"]


@pytest.mark.parametrize("facts", [["turnover"], ["registration_status", "established_on", "patents"], list(ORDINARY)])
def test_a_column_of_nothing_but_nulls_is_unknown(engine: Engine, plan: Plan, facts: list[str], tmp_path: Path) -> None:
    rows = [{"uscc": CODE, **ordinary(**dict.fromkeys(facts))}]
    typed = parquet_of(tmp_path / "typed.parquet", {}, *rows)
    table = pq.read_table(typed)
    for fact in facts:
        table = table.set_column(table.schema.get_field_index(fact), fact, pa.nulls(1))
    pq.write_table(table, tmp_path / "untyped.parquet")
    assert tiers(engine, plan, tmp_path / "untyped.parquet", tmp_path) == tiers(engine, plan, typed, tmp_path)


def test_further_columns_do_no_harm(engine: Engine, plan: Plan, tmp_path: Path) -> None:
    path = parquet_of(tmp_path / "f.parquet", {}, {"uscc": CODE, **ORDINARY})
    table = pq.read_table(path)
    pq.write_table(table.append_column("subject", pa.array(["x"])).append_column("t", pa.array([1.5])), path)
    assert tiers(engine, plan, path, tmp_path) == ["survival"]


def tiers(engine: Engine, plan: Plan, path: Path, folder: Path) -> list[str | None]:
    files = facts_as_parquet(plan.rulebook, path, folder)
    engine.run(plan, files, folder / "results")
    rows = pq.read_table(folder / "results").to_pylist()
    return [row["tier"] for row in sorted(rows, key=lambda row: str(row["uscc"]))]


def _reordered(table: pa.Table) -> pa.Table:
    return table.select(list(reversed(table.column_names)))


def _further(table: pa.Table) -> pa.Table:
    return table.append_column("note", pa.array(["x"] * len(table)))


def _retyped(**types: pa.DataType) -> Callable[[pa.Table], pa.Table]:
    def change(table: pa.Table) -> pa.Table:
        for name, kind in types.items():
            table = table.set_column(table.schema.get_field_index(name), name, table.column(name).cast(kind))
        return table

    return change


MIXES: dict[str, Callable[[pa.Table], pa.Table]] = {
    "the same": lambda table: table,
    "another order": _reordered,
    "a further column": _further,
    "smaller integers": _retyped(patents=pa.int32()),
    "smaller decimals": _retyped(turnover=pa.decimal128(12, 2)),
    "a dictionary": _retyped(registration_status=pa.dictionary(pa.int32(), pa.string())),
}


@pytest.mark.parametrize("swapped", [False, True])
@pytest.mark.parametrize("mix", MIXES)
def test_a_folder_of_several_files_is_one_population(
    engine: Engine, plan: Plan, mix: str, swapped: bool, tmp_path: Path
) -> None:
    """Each file fits the contract by itself; the folder must not fail because they differ from each other."""
    folder = tmp_path / "facts"
    (folder / "deeper").mkdir(parents=True)
    rows = numbered([ordinary(), ordinary(patents=1), ordinary(abnormal_mark=True)])
    plain = pa.Table.from_pylist(rows[:1], schema=contract(plan.rulebook))
    other = MIXES[mix](pa.Table.from_pylist(rows[1:], schema=contract(plan.rulebook)))
    names = ["b.parquet", "a.parquet"] if swapped else ["a.parquet", "b.parquet"]
    pq.write_table(plain, folder / names[0])
    pq.write_table(other, folder / "deeper" / names[1])
    assert tiers(engine, plan, folder, tmp_path) == ["survival", "development", "ineligible"]


def test_a_folder_names_the_file_that_does_not_fit(tmp_path: Path) -> None:
    folder = tmp_path / "facts"
    folder.mkdir()
    parquet_of(folder / "a.parquet", {}, {"uscc": CODE, **ORDINARY})
    parquet_of(folder / "b.parquet", {"turnover": pa.float64()}, {"uscc": CODE, **ORDINARY})
    [problem] = refused(folder)
    assert problem.startswith(str(folder / "b.parquet"))


def test_the_contract_is_what_a_csv_becomes(tmp_path: Path, book: Rulebook) -> None:
    [file] = facts_as_parquet(book, write_csv(tmp_path / "f.csv", cells()), tmp_path)
    assert pq.read_schema(file).equals(contract(book))


def many(count: int) -> Iterator[Cells]:
    for number in range(count):
        yield cells(uscc=f"{number:018d}")


def test_a_csv_larger_than_one_piece(tmp_path: Path) -> None:
    rows = list(many(20_001))
    rows[-1]["turnover"] = "x"
    path = write_csv(tmp_path / "f.csv", *rows)
    assert refused(path)[0].startswith(f"{path}:20002: turnover")

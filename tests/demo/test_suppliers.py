from pathlib import Path
from typing import Any

import pytest
import yaml

from jieti.demo.identities import Codes
from jieti.demo.population import PopulationReport
from jieti.demo.suppliers import LARGE, Table, tables
from jieti.demo.trades import TRADES
from jieti.demo.vocabulary import PLACES
from jieti.domain import industries, townships
from tests.demo.deliveries import body, code_column, header_at, lines

RULEBOOKS = Path(__file__).parents[2] / "rulebooks"
CITY, DISTRICT = (
    yaml.safe_load((RULEBOOKS / folder / "2024" / "facts.yaml").read_text(encoding="utf-8"))["sources"]
    for folder in ("cn-110000-beijing", "cn-110116-huairou")
)
SOURCES: dict[str, Any] = {**CITY, "courts": DISTRICT["courts"]}
"""What the demo delivers: the sources of the tiers, and the courts' list."""
TABLES = tables(Codes(1))


def _column(source: str, header: str) -> str | None:
    columns = SOURCES[source]["columns"]
    return next((key for key, one in columns.items() if header in (one["header"], *one.get("aliases", []))), None)


def test_there_is_one_table_for_each_source_of_the_rulebook() -> None:
    assert sorted(table.source for table in TABLES) == sorted(SOURCES)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.source)
def test_headers_are_those_of_the_rulebook(table: Table) -> None:
    keys = [_column(table.source, header) for header in table.headers if header != "序号"]
    missing = [_column(table.source, header) for header in table.lacks]
    assert None not in keys
    assert sorted([*keys, *missing]) == sorted(SOURCES[table.source]["columns"])  # type: ignore[type-var]


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.source)
def test_what_a_supplier_leaves_out_is_optional(table: Table) -> None:
    for header in table.lacks:
        key = _column(table.source, header)
        assert not SOURCES[table.source]["columns"][key].get("required")


def test_some_headers_are_aliases() -> None:
    aliases = [
        header
        for table in TABLES
        for header in table.headers
        for one in SOURCES[table.source]["columns"].values()
        if header in one.get("aliases", [])
    ]
    assert len(aliases) >= 6


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.source)
def test_codes_are_words_of_the_rulebook(table: Table, population: PopulationReport) -> None:
    header = lines(population, table.source)[header_at(population, table.source)]
    for position, name in enumerate(header):
        key = _column(table.source, name)
        column = SOURCES[table.source]["columns"].get(key, {})
        if column.get("type") == "code":
            words = {word for known in column["codes"].values() for word in known}
            assert {line[position] for line in body(population, table.source)} - {""} <= words


def test_file_kinds(population: PopulationReport) -> None:
    kinds = {source: path.suffix for source, (path,) in population.files.items()}
    assert kinds == {
        "registration": ".xlsx",
        "credit": ".csv",
        "annual_reports": ".parquet",
        "tax": ".xlsx",
        "social_insurance": ".csv",
        "intellectual_property": ".xlsx",
        "courts": ".csv",
        "suspension": ".xlsx",
    }


def test_encodings(population: PopulationReport) -> None:
    credit = population.files["credit"][0].read_bytes()
    with pytest.raises(UnicodeDecodeError):
        credit.decode("utf-8")
    assert "经营异常状态" in credit.decode("gbk")
    assert population.files["social_insurance"][0].read_bytes().startswith(b"\xef\xbb\xbf")
    assert "被执行人姓名" in population.files["courts"][0].read_bytes().decode("gb18030")


@pytest.mark.parametrize(("businesses", "suffix"), [(LARGE, ".xlsx"), (LARGE + 1, ".csv")])
def test_large_registers_come_as_text(businesses: int, suffix: str, tmp_path: Path) -> None:
    for table in TABLES:
        if table.source in ("registration", "tax"):
            file = table.open(tmp_path, businesses)
            file.close()
            assert file.path.suffix == suffix


def test_headings_are_merged_rows_above_the_header(population: PopulationReport) -> None:
    assert [header_at(population, source) for source in ("registration", "tax", "suspension")] == [2, 1, 1]
    assert lines(population, "registration")[0][0] == "北京市怀柔区个体工商户登记注册信息"


def test_registration_writes_founding_dates_in_several_ways(population: PopulationReport) -> None:
    written = [line[3] for line in body(population, "registration")]
    texts = [value for value in written if isinstance(value, str)]
    assert any("年" in value for value in texts)
    assert any("/" in value for value in texts)
    assert any(value.isdigit() and len(value) == 8 for value in texts)
    assert len(texts) < len(written) / 4


def test_towns_and_industries_are_real(population: PopulationReport) -> None:
    rows = body(population, "registration")
    towns = [townships.find(line[6]) for line in rows]
    assert None not in towns
    assert len(set(towns)) == len(townships.AREAS)
    entries = [industries.find(line[7]) for line in rows]
    assert all(entry is not None and entry.level is industries.Level.CLASS for entry in entries)


def test_vocabulary_covers_every_area_and_trades_are_classes() -> None:
    assert set(PLACES) == {area.name for area in townships.AREAS}
    assert all(trade.industry in industries.table() and len(trade.industry) == 4 for trade in TRADES)
    assert len({trade.industry for trade in TRADES}) == len(TRADES)


@pytest.mark.parametrize("source", list(SOURCES))
def test_every_row_has_a_code(source: str, population: PopulationReport) -> None:
    assert all(str(line[code_column(source)]).strip() for line in body(population, source))

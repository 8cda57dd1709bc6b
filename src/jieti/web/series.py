"""Three years' figures of one business: as rows for the table, as bars for the chart, from the same numbers."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from jieti.directory.overview import LABELS, PENDING
from jieti.recognitions.extending import INDICATORS, number_of

TITLES = {"turnover": "销售额或者营业收入", "tax_paid": "缴税", "insured_headcount": "参保人数"}
UNITS = {"turnover": "元", "tax_paid": "元", "insured_headcount": "人"}
LEFT, BAR, GAP, HEIGHT, TOP = 60, 60, 40, 140, 34


@dataclass(frozen=True, slots=True)
class YearRow:
    """A year's figures; None: not known."""

    year: int
    numbers: tuple[Decimal | None, ...]
    tier: str


@dataclass(frozen=True, slots=True)
class Bar:
    """A year's bar, with its figure above it and the year below."""

    x: int
    y: int
    height: int
    year: int
    text: str


@dataclass(frozen=True, slots=True)
class SeriesChart:
    """An indicator over the years; the largest figure takes the whole height. `change` compares last with first."""

    title: str
    width: int
    height: int
    bars: tuple[Bar, ...]
    change: str


def rows_of(series: Mapping[str, Any]) -> list[YearRow]:
    """The kept series as numbers."""
    return [
        YearRow(
            row["year"],
            tuple(number_of(row["values"].get(key, "")) for key in INDICATORS),
            LABELS[row["tier"] or PENDING],
        )
        for row in series.get("rows", [])
    ]


def charts_of(series: Mapping[str, Any]) -> list[SeriesChart]:
    """A chart for each indicator of which anything is known."""
    rows = rows_of(series)
    charts = (_chart(number, key, rows) for number, key in enumerate(INDICATORS))
    return [chart for chart in charts if chart.bars]


def _chart(number: int, key: str, rows: list[YearRow]) -> SeriesChart:
    known = [(place, row.year, row.numbers[number]) for place, row in enumerate(rows)]
    most = max((value for _, _, value in known if value is not None), default=Decimal(0)) or Decimal(1)
    bars = tuple(_bar(place, year, value, most, UNITS[key]) for place, year, value in known if value is not None)
    width = LEFT + len(rows) * (BAR + GAP)
    return SeriesChart(TITLES[key], max(width, 300), TOP + HEIGHT + 30, bars, _change([v for *_, v in known]))


def _bar(place: int, year: int, value: Decimal, most: Decimal, unit: str) -> Bar:
    height = int(value / most * HEIGHT)
    x = LEFT + place * (BAR + GAP)
    return Bar(x, TOP + HEIGHT - height, max(height, 1), year, _short(value, unit))


def _short(value: Decimal, unit: str) -> str:
    if unit == "元" and value >= 10_000:
        return f"{value / 10_000:,.1f}万元"
    return f"{value:,.0f}{unit}"


def _change(values: list[Decimal | None]) -> str:
    """From the first known to the last known figure."""
    known = [value for value in values if value is not None]
    if len(known) < 2 or known[0] == 0:
        return "首末两年不能比较"
    percent = (known[-1] - known[0]) / known[0] * 100
    return f"首末两年相比{'增长' if percent >= 0 else '下降'}{abs(percent):.1f}%"

"""Figures as options of ECharts: data alone, no functions, so that the page's security policy holds.

Colours are few and always the same: the style sheet's, one for each result. What is hidden in the table is not drawn.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from jieti.dashboards.figures import Cell, Chart, Figure

Option = dict[str, Any]
INK, SOFT, LINE = "#1a202c", "#4a5564", "#cfd6e0"
COLOURS = {
    "生存型": "#7d8ba0",
    "成长型": "#2f74c9",
    "发展型": "#1d7a43",
    "不符合分型条件": "#c3cad5",
    "待数据": "#d99a2b",
    "新进入": "#9db7d8",
    "已退出": "#b7a6a0",
}
PALETTE = ("#0b4f9e", "#1d7a43", "#b06f00", "#7d8ba0", "#a81a20", "#5f6b9a")
YEARS = ("#0b4f9e", "#5b93d3", "#a9c6ea", "#c9d3df", "#dde3ea")
"""The newest year is the darkest."""
FONT = '"PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif'
SUM = "合计"


def option_of(figure: Figure) -> Option | None:
    """The chart of a figure; None for one that is a table alone."""
    draw = DRAWN.get(figure.chart)
    if draw is None or not figure.rows:
        return None
    return _frame(figure) | draw(figure)


def _frame(figure: Figure) -> Option:
    """What every chart has: no movement, a picture to save, tips as plain text."""
    save = {"title": "保存为PNG图片", "name": figure.title, "pixelRatio": 2, "backgroundColor": "#fff"}
    return {
        "animation": False,
        "color": list(PALETTE),
        "textStyle": {"fontFamily": FONT, "color": INK, "fontSize": 14},
        "toolbox": {"right": 4, "top": 0, "itemSize": 17, "feature": {"saveAsImage": save}},
        "tooltip": {"trigger": "axis", "renderMode": "richText", "confine": True, "axisPointer": {"type": "shadow"}},
        "legend": {"top": 0, "left": 0, "right": 40, "itemWidth": 14, "itemHeight": 14, "textStyle": {"fontSize": 14}},
        "grid": {"left": 8, "right": 20, "top": 56, "bottom": 8, "containLabel": True},
    }


def _stacked(figure: Figure) -> Option:
    """A bar for each row, its parts one upon the other."""
    parts = [at for at, name in enumerate(figure.headers) if at and name in COLOURS]
    parts = parts or [at for at, name in enumerate(figure.headers) if at and SUM not in name][: len(PALETTE)]
    return {
        "grid": {"left": 8, "right": 20, "top": 84, "bottom": 8, "containLabel": True},
        "xAxis": _names([str(row[0]) for row in figure.rows]),
        "yAxis": _values(figure.unit),
        "series": [
            {
                "name": figure.headers[at],
                "type": "bar",
                "stack": "all",
                "barMaxWidth": 64,
                "data": [_count(row[at]) for row in figure.rows],
                **_coloured(figure.headers[at]),
            }
            for at in parts
        ],
    }


def _flow(figure: Figure) -> Option:
    """From the left, one year, to the right, the next; a stream for each cell that is shown."""
    targets = figure.headers[1:]
    year = figure.headers[0].removesuffix("年")
    streams = [
        {"source": f"{row[0]} ", "target": target, "value": count}
        for row in figure.rows
        for target, count in zip(targets, row[1:], strict=True)
        if isinstance(count, int) and count
    ]
    used = {one["source"] for one in streams} | {one["target"] for one in streams}
    ends = [*((f"{row[0]} ", 0) for row in figure.rows), *((target, 1) for target in targets)]
    nodes = [{"name": name, "depth": depth, **_coloured(name.strip())} for name, depth in ends if name in used]
    return {
        "legend": {"show": False},
        "tooltip": {"trigger": "item", "renderMode": "richText", "confine": True},
        "aria": {"enabled": False},
        "series": [
            {
                "type": "sankey",
                "name": year,
                "left": 4,
                "right": 118,
                "top": 36,
                "bottom": 8,
                "nodeGap": 14,
                "nodeWidth": 16,
                "layoutIterations": 0,
                "draggable": False,
                "emphasis": {"focus": "adjacency"},
                "label": {"color": INK, "fontSize": 14},
                "lineStyle": {"color": "source", "opacity": 0.32, "curveness": 0.5},
                "data": nodes,
                "links": streams,
            }
        ],
    }


def _lines(figure: Figure) -> Option:
    """A line for each column over the rows; the first, of the whole, is thick."""
    rows = [row for row in figure.rows if any(isinstance(cell, int) for cell in row[1:])]
    return {
        "xAxis": _names([str(row[0]).removeprefix("满").removesuffix("年") for row in rows]) | {"boundaryGap": False},
        "yAxis": _values(figure.unit) | {"max": 100},
        "tooltip": {"trigger": "axis", "renderMode": "richText", "confine": True},
        "grid": {"left": 8, "right": 24, "top": 72, "bottom": 8, "containLabel": True},
        "series": [
            {
                "name": name,
                "type": "line",
                "step": "end",
                "showSymbol": False,
                "lineStyle": {"width": 4 if at == 1 else 2},
                "data": [_count(row[at]) for row in rows],
            }
            for at, name in enumerate(figure.headers)
            if at
        ],
    }


def _bars(figure: Figure) -> Option:
    """The columns side by side for each row, lying, so that long words have room."""
    rows = [row for row in figure.rows if any(isinstance(cell, int) for cell in row[1:])]
    columns = list(enumerate(figure.headers))[1:]
    shades = dict(zip((at for at, _ in reversed(columns)), YEARS, strict=False))
    return {
        "grid": {"left": 8, "right": 44, "top": 48, "bottom": 8, "containLabel": True},
        "yAxis": _names([str(row[0]) for row in rows]) | {"inverse": True},
        "xAxis": _values(figure.unit) | ({"max": 100} if figure.unit == "%" else {}),
        "series": [
            {
                "name": name,
                "type": "bar",
                "barMaxWidth": 16,
                "itemStyle": {"color": shades.get(at, LINE)},
                "label": {"show": True, "position": "right", "color": SOFT, "fontSize": 13},
                "data": [_count(row[at]) for row in rows],
            }
            for at, name in columns
        ],
    }


def _names(names: Sequence[str]) -> Option:
    label = {"color": INK, "fontSize": 14, "interval": "auto"}
    return {
        "type": "category",
        "data": list(names),
        "axisLabel": label,
        "axisTick": {"show": False},
        "axisLine": {"lineStyle": {"color": LINE}},
    }


def _values(unit: str) -> Option:
    return {
        "type": "value",
        "name": unit,
        "minInterval": 1,
        "nameTextStyle": {"color": SOFT},
        "axisLabel": {"color": SOFT, "fontSize": 13},
        "splitLine": {"lineStyle": {"color": "#e8ecf2"}},
    }


def _coloured(name: str) -> Mapping[str, Any]:
    return {"itemStyle": {"color": COLOURS[name]}} if name in COLOURS else {}


def _count(cell: Cell) -> int | None:
    return cell if isinstance(cell, int) else None


DRAWN: Mapping[Chart, Callable[[Figure], Option]] = {
    Chart.STACKED: _stacked,
    Chart.FLOW: _flow,
    Chart.LINES: _lines,
    Chart.BARS: _bars,
    Chart.FUNNEL: _bars,
}

"""The district's picture as pages show it: headlines, charts with their tables, the schematic picture of the towns."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jieti.accounts.models import Jurisdiction
from jieti.dashboards.figures import HIDDEN, HIDDEN_MEANS, Figure, Headline, percent
from jieti.dashboards.models import Snapshot
from jieti.dashboards.places import Tile, tiles_of
from jieti.web.charting import Option, option_of

TILE_WIDTH, TILE_HEIGHT, GAP = 96, 78, 6
BAR_WIDTH = 76
MOST_COLUMNS = 9
FLOW = "flow"
MARKS = {"生存型": "survival", "成长型": "growth", "发展型": "development", "不符合分型条件": "ineligible",
         "待数据": "pending"}  # fmt: skip
BETTER = ("成长型", "发展型")


@dataclass(frozen=True, slots=True)
class Drawing:
    """A figure with its chart."""

    figure: Figure
    option: Option | None
    tiles: tuple["Square", ...] = ()

    @property
    def name(self) -> str:
        """By which the page finds the chart's data."""
        return f"chart-{self.figure.key}"

    @property
    def tall(self) -> bool:
        """Whether the chart needs more height than width allows."""
        return self.figure.chart in {"flow", "bars", "funnel"}

    @property
    def wide(self) -> bool:
        """Whether it is a table alone that needs the whole width of the page."""
        return self.option is None and len(self.figure.headers) > MOST_COLUMNS


@dataclass(frozen=True, slots=True)
class Bar:
    """A part of a tile's bar; sizes in the drawing's own units."""

    mark: str
    x: int
    width: int


@dataclass(frozen=True, slots=True)
class Square:
    """A town's tile; sizes in the drawing's own units."""

    town: str
    short: str
    total: str
    x: int
    y: int
    bars: tuple[Bar, ...]
    told: str

    @property
    def middle(self) -> int:
        return self.x + TILE_WIDTH // 2


def picture_of(jurisdiction: Jurisdiction, only: Sequence[str] = ()) -> dict[str, Any]:
    """What a page of the picture needs; without a snapshot only that there is none. `only` keeps figures by key."""
    snapshot = Snapshot.objects.of(jurisdiction).newest()
    if snapshot is None:
        return {"snapshot": None}
    figures = snapshot.all_figures
    shown = [one for key, one in figures.items() if not only or key.partition("-")[0] in only]
    drawings = [drawing_of(one, jurisdiction) for one in shown]
    flows = [one for one in drawings if one.figure.key.partition("-")[0] == FLOW]
    return {
        "snapshot": snapshot,
        "headlines": list(headlines_of(figures)),
        "drawings": [one for one in drawings if one not in flows[:-1]],
        "earlier": list(reversed(flows[:-1])),
        "hidden_means": HIDDEN_MEANS if any(one.has_hidden for one in shown) else "",
        "marks": list(MARKS.items()),
        "sheet": sheet_of(drawings),
    }


def drawing_of(figure: Figure, jurisdiction: Jurisdiction) -> Drawing:
    """The figure with whatever is drawn for it."""
    tiles = tuple(_squares(figure, tiles_of(jurisdiction))) if figure.chart == "tiles" else ()
    return Drawing(figure, option_of(figure), tiles)


def sheet_of(drawings: Sequence[Drawing]) -> dict[str, int]:
    """The size of the drawing of all tiles."""
    squares = [square for one in drawings for square in one.tiles]
    return {
        "width": max((one.x for one in squares), default=0) + TILE_WIDTH + GAP,
        "height": max((one.y for one in squares), default=0) + TILE_HEIGHT + GAP,
    }


def headlines_of(figures: Mapping[str, Figure]) -> Iterator[Headline]:
    """The numbers to remember, each from a figure of the page."""
    tiers, survival, activity = figures.get("tiers"), figures.get("survival"), figures.get("activity")
    if tiers and tiers.rows:
        yield from _of_tiers(tiers)
    if survival and survival.rows:
        yield Headline("中位存续时间", str(survival.rows[-1][1]), "survival", "一半的个体工商户存续到这么久")
    active = activity.rows[3][-1] if activity and activity.rows else None
    if activity and isinstance(active, int):
        yield Headline("活跃", f"{active}%", "activity", "年报已报送，没有经营异常标记，不是税务非正常户")
    if quota := figures.get("quota"):
        yield Headline("有效认定", f"{quota.counts['有效认定'][0]}户", "quota", "名特优新个体工商户")


def _of_tiers(tiers: Figure) -> Iterator[Headline]:
    last = tiers.rows[-1]
    total = last[-1]
    counts = dict(zip(tiers.headers[1:], last[1:], strict=True))
    if isinstance(total, int):
        yield Headline(f"{last[0]}年判定", f"{total:,}户", "tiers", "判定时登记簿上的个体工商户")
    better = [counts[label] for label in BETTER]
    if isinstance(total, int) and all(isinstance(one, int) for one in better):
        share = percent(sum(int(one or 0) for one in better), total)
        yield Headline("成长型和发展型", f"{share}%", "tiers", "占当年判定户数")


def _squares(figure: Figure, tiles: Sequence[Tile]) -> Iterator[Square]:
    rows = {str(row[0]): row for row in figure.rows}
    for tile in tiles:
        row = rows.get(tile.town)
        if row is None:
            continue
        counts = dict(zip(figure.headers[1:-1], row[1:-1], strict=True))
        x, y = GAP + (tile.column - 1) * (TILE_WIDTH + GAP), GAP + (tile.row - 1) * (TILE_HEIGHT + GAP)
        parts = "，".join(f"{label}{HIDDEN if count is None else count}户" for label, count in counts.items())
        total = HIDDEN if row[-1] is None else f"{row[-1]:,}"
        bars = tuple(_bars(x + (TILE_WIDTH - BAR_WIDTH) // 2, counts))
        yield Square(tile.town, tile.short, total, x, y, bars, f"{tile.town}：共{total}户，{parts}")


def _bars(left: int, counts: Mapping[str, int | str | None]) -> Iterator[Bar]:
    """The mix within the town, every bar of one length: what is compared is the make-up, not the size."""
    known = [(MARKS[label], count) for label, count in counts.items() if isinstance(count, int) and count]
    whole, reached = sum(count for _, count in known), 0
    for mark, count in known:
        start, end = BAR_WIDTH * reached // whole, BAR_WIDTH * (reached + count) // whole
        yield Bar(mark, left + start, end - start)
        reached += count

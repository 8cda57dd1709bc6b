"""The figures of the district's picture, from what was counted, with small counts hidden."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise

from jieti.accounts.models import Jurisdiction
from jieti.dashboards import counting, survival
from jieti.dashboards.counting import ENTERED, LABELS, LEFT, MARKS, Year
from jieti.dashboards.figures import Cell, Chart, Figure, joined, percent
from jieti.dashboards.places import ELSEWHERE, towns_of
from jieti.dashboards.reaching import reach_figure
from jieti.dashboards.recognising import recognition_figures
from jieti.dashboards.suppression import LEAST, CannotHideError, protected_grid, protected_line
from jieti.determinations.models import Run
from jieti.registry.sources import register_source
from jieti.rulebooks.catalogue import rulebook_of

AIMS = "正文一"
TIER_CLAUSE = "附件一(三)"
OBJECTION_CLAUSE = "正文三(三)"
NO_RANKING = "按文件所列次序排列，不作排名（《促进个体工商户发展条例》第三十二条）。"
TOO_FEW = "户数太少，列出就能推算出个别户，因此不显示。"
LEAST_FOR_SHARES = 100
"""Shares of fewer are not told: a whole percent of them would be less than one business."""
LEAST_AT_RISK = 20
MOST_SECTIONS = 5
WHOLE = "全区"
OUTCOMES = ("成立", "不成立", "不予受理", "撤回", "办理中", "其他")


def figures_of(jurisdiction: Jurisdiction, on: date) -> list[Figure]:
    """Every figure of a jurisdiction as it stands, in the order of the pages."""
    years = counting.years_of(jurisdiction)
    return [
        *_of_tiers(jurisdiction, years),
        *_of_survival(jurisdiction),
        *([_activity(years)] if years else []),
        *_of_objections(jurisdiction),
        *recognition_figures(jurisdiction, on),
        reach_figure(jurisdiction),
    ]


def _of_tiers(jurisdiction: Jurisdiction, years: Sequence[Year]) -> Iterator[Figure]:
    if not years:
        return
    whole = _tiers(years)
    yield whole
    shown = {str(row[0]) for row in whole.rows if None not in row}
    for before, after in pairwise(years):
        enough = {str(before.run.year), str(after.run.year)} <= shown
        yield _flow(before, after, enough=enough)
    yield _towns(jurisdiction, years[-1], enough=str(years[-1].run.year) in shown)


def _tiers(years: Sequence[Year]) -> Figure:
    lines = [(year, protected_line(year.cells)) for year in years]
    return Figure(
        key="tiers",
        title="历年分型结构",
        definition="每年7月集中判定并公布的结果，含公布以后更正的；判定时登记簿上的全部个体工商户，每户计一次。",
        clause=TIER_CLAUSE,
        headers=("年度", *(LABELS[mark] for mark in MARKS), "合计"),
        rows=tuple(joined(str(year.run.year), line.cells, line.total) for year, line in lines),
        chart=Chart.STACKED,
    )


def _flow(before: Year, after: Year, *, enough: bool) -> Figure:
    """From each mark of the earlier year to each of the later. The margins are the years' own counts."""
    found = counting.flow_between(before.run, after.run)
    sources, targets = (*MARKS, ENTERED), (*MARKS, LEFT)
    labels = LABELS | {ENTERED: "新进入", LEFT: "已退出"}
    figure = Figure(
        key=f"flow-{after.run.year}",
        title=f"{before.run.year}年到{after.run.year}年的分型流动",
        definition=f"同一户在两年判定中的结果。“新进入”是{before.run.year}年判定时不在登记簿上的，"
        f"“已退出”是{after.run.year}年判定时不在登记簿上的。",
        clause=AIMS,
        headers=(f"{before.run.year}年", *(labels[mark] for mark in targets)),
        rows=(),
        chart=Chart.FLOW,
    )
    bottom, right = len(sources), len(targets)
    fixed = {(at, right) for at in range(len(MARKS))} | {(bottom, at) for at in range(len(MARKS))}
    values = [[found[source, target] for target in targets] for source in sources]
    try:
        grid = protected_grid(values, fixed=fixed, impossible={(bottom - 1, right - 1)}, unshown={(bottom, right)})
    except CannotHideError:
        enough = False
    if not enough:
        return replace(figure, note=TOO_FEW, chart=Chart.NONE)
    rows = tuple(joined(labels[mark], cells) for mark, cells in zip(sources, grid.cells, strict=True))
    return replace(figure, rows=rows)


def _towns(jurisdiction: Jurisdiction, year: Year, *, enough: bool) -> Figure:
    figure = Figure(
        key="towns",
        title=f"各镇乡街道{year.run.year}年分型结构",
        definition=f"按现在登记的镇乡街道统计{year.run.year}年判定的结果。{NO_RANKING}",
        clause=TIER_CLAUSE,
        headers=("镇乡街道", *(LABELS[mark] for mark in MARKS), "合计"),
        rows=(),
        chart=Chart.TILES,
    )
    counts = _in_document_order(jurisdiction, counting.by_town(year.run))
    fixed = {(len(counts), at) for at in range(len(MARKS) + 1)}
    try:
        grid = protected_grid([[one[mark] for mark in MARKS] for one in counts.values()] or [[0] * 5], fixed=fixed)
    except CannotHideError:
        enough = False
    if not enough or not counts:
        return replace(figure, note=TOO_FEW, chart=Chart.NONE)
    rows = zip(counts, grid.cells, grid.row_totals, strict=True)
    sums = joined(WHOLE, grid.column_totals, grid.total)
    return replace(figure, rows=(*(joined(name, cells, total) for name, cells, total in rows), sums))


def _in_document_order(jurisdiction: Jurisdiction, found: dict[str, Counter[str]]) -> dict[str, Counter[str]]:
    """The document's towns in its order, with or without businesses; then what else the register writes, by name."""
    towns = towns_of(jurisdiction)
    ordered: dict[str, Counter[str]] = {town.name: Counter() for town in towns}
    names = {form: town.name for town in towns for form in town.forms}
    for written in sorted(found, key=lambda one: (one == "", one)):
        name = names.get(written, (ELSEWHERE if towns else written) or ELSEWHERE)
        ordered[name] = ordered.get(name, Counter()) + found[written]
    return ordered


@dataclass(frozen=True, slots=True)
class _Curve:
    label: str
    observed: int
    median: int | None
    shares: tuple[int, ...]
    """In whole percent, for each whole year from none on."""


def _of_survival(jurisdiction: Jurisdiction) -> Iterator[Figure]:
    found = counting.spans_by_section(jurisdiction, register_source(jurisdiction).key)
    everybody = [span for spans in found.values() for span in spans]
    sizes = {section: sum(span.count for span in found.get(section, ())) for section in counting.sections()}
    largest = sorted(sizes, key=lambda section: -sizes[section])[:MOST_SECTIONS]
    chosen = [section for section in sizes if section in largest and sizes[section] >= LEAST_FOR_SHARES]
    curves = [_curve(WHOLE, everybody), *(_curve(section, found[section]) for section in chosen)]
    yield _survival([one for one in curves if one.observed >= LEAST_FOR_SHARES])


def _curve(label: str, spans: Sequence[survival.Span]) -> _Curve:
    points = survival.curve(spans, least_at_risk=LEAST_AT_RISK)
    years = survival.reach(spans, least_at_risk=LEAST_AT_RISK) // survival.MONTHS
    shares = [survival.surviving_at(points, year * survival.MONTHS) for year in range(years + 1)]
    whole = tuple(percent(share.numerator, share.denominator) or 0 for share in shares)
    half = survival.median([point for point in points if point.age <= years * survival.MONTHS])
    return _Curve(label, sum(span.count for span in spans), half, whole)


def _survival(curves: Sequence[_Curve]) -> Figure:
    longest = max((len(one.shares) for one in curves), default=0)
    rows: list[tuple[Cell, ...]] = [
        (f"满{year}年", *(one.shares[year] if year < len(one.shares) else "–" for one in curves))
        for year in range(longest)
    ]
    if curves:
        rows.append(("中位存续", *(_in_years(one.median) for one in curves)))
    return Figure(
        key="survival",
        title="存续曲线和中位存续时间",
        definition="从成立起存续满若干年的比例（%），按Kaplan–Meier方法：从登记簿第一次载有这一户起观察，"
        "首次载明注销、吊销或者撤销登记的为终止，仍在册的和不再见于登记簿的算到最后一次载有为止。"
        "首次载入以前已经终止的不在观察之列。分行业的列户数最多的五个门类，次序随国民经济行业分类。",
        clause=AIMS,
        headers=("存续时间", *(one.label for one in curves)),
        rows=tuple(rows) if longest > 1 else (),
        chart=Chart.LINES if longest > 1 else Chart.NONE,
        unit="%",
        note="" if longest > 1 else "登记簿观察的时间还不到一年，或者观察的户数太少，曲线还不能得出。",
    )


def _in_years(months: int | None) -> str:
    if months is None:
        return "超过已观察的时间"
    years, rest = divmod(months, survival.MONTHS)
    return f"{years}年{rest}个月" if rest else f"{years}年"


ACTIVITY = {
    "上一年度年报已报送": ("annual_report",),
    "未被标记经营异常": ("no_abnormal_mark",),
    "不是税务非正常户": ("no_abnormal_taxpayer",),
    "活跃（以上三项都符合）": ("annual_report", "no_abnormal_mark", "no_abnormal_taxpayer"),
    "已做税务登记": ("tax_registration",),
    "成立满2年": ("two_years",),
}
REGISTERED = "registered"


def _activity(years: Sequence[Year]) -> Figure:
    shares = [_standing(year.run) if year.counts else {} for year in years]
    rows = tuple((label, *(share.get(label, "–") for share in shares)) for label in ACTIVITY)
    return Figure(
        key="activity",
        title="活跃度",
        definition="判定时登记在册的户中，符合各项的占比（%）；还没有数据的不计入。只算全区，不按镇乡街道计算，"
        "不以年报率排名（《促进个体工商户发展条例》第三十二条）。不足100户的年度不计算。",
        clause=AIMS,
        headers=("项目", *(f"{year.run.year}年" for year in years)),
        rows=rows,
        chart=Chart.BARS,
        unit="%",
    )


def _standing(run: Run) -> dict[str, int]:
    """Each item in whole percent, as far as the run's rulebook knows its criteria."""
    bits = {key: bit for bit, key in enumerate(rulebook_of(run.rulebook).criteria)}
    known = {label: tuple(bits[key] for key in keys) for label, keys in ACTIVITY.items() if bits.keys() >= set(keys)}
    if REGISTERED not in bits or not known:
        return {}
    found = counting.standing(run, known, bits[REGISTERED])
    shares = {label: percent(yes, yes + no) for label, (yes, no) in found.items() if yes + no >= LEAST_FOR_SHARES}
    return {label: share for label, share in shares.items() if share is not None}


def _of_objections(jurisdiction: Jurisdiction) -> Iterator[Figure]:
    found = counting.objections_of(jurisdiction)
    yield Figure(
        key="objections",
        title="异议申诉",
        definition="对各年度分型结果提出的异议及其处理结果。成立比例是异议成立的占成立和不成立两项的百分比；"
        "办理天数是从提出到答复的日历天数。",
        clause=OBJECTION_CLAUSE,
        headers=(
            "年度",
            "成立",
            "不成立",
            "不予受理",
            "撤回",
            "办理中",
            "其他",
            "提出合计",
            "成立比例（%）",
            "天数中位数",
        ),
        rows=tuple(_objection_row(one) for one in found),
        chart=Chart.STACKED if found else Chart.NONE,
        unit="件",
        note="" if found else "还没有人提出异议。",
    )


def _objection_row(one: counting.Objections) -> tuple[Cell, ...]:
    line = protected_line((one.upheld, one.refused, one.not_accepted, one.withdrawn, one.open, one.other))
    decided = one.upheld + one.refused
    told = None not in line.cells[:2] and decided >= LEAST
    share = percent(one.upheld, decided) if told else "–"
    days = one.median_days if one.replied >= LEAST and one.median_days is not None else "–"
    return joined(str(one.year), line.cells, line.total, share if share is not None else "–", days)

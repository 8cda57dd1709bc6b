"""What both sides are shown of a screening: may it apply, and each criterion of each category with its evidence."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from jieti.accounts.disclosure import Shown
from jieti.domain.terms import Category
from jieti.recognitions.models import Application
from jieti.recognitions.reviewing import facts_of
from jieti.recognitions.screening import BARS, ELIGIBILITY, ELIGIBLE, MET, Screening, applied_on
from jieti.rulebooks.catalogue import current_rulebook
from rulecore.explain import FactLine, Finding
from rulecore.model import Criterion

SHOWN_SOURCES = ("growth_or_development", "relaxed_for_founder", "nominated")
NOMINATED = "nominated"
NO_LIMITS: Mapping[str, Shown] = {}


@dataclass(frozen=True, slots=True)
class Standing:
    """How far something is met, in a word, and the style of the word."""

    text: str
    tag: str

    @property
    def mark(self) -> str:
        """The word by which the style sheet knows it."""
        return {"good": "yes", "warn": "unknown"}.get(self.tag, "no")


MET_NOW, NOT_MET = Standing("已满足", "good"), Standing("不满足", "")
NO_DATA, TO_JUDGE, WITHHELD = (
    Standing("待数据", "warn"),
    Standing("需要材料，由审核人员判断", "warn"),
    Standing("不予显示", ""),
)


@dataclass(frozen=True, slots=True)
class CriterionRow:
    """One criterion: what was found, from which data, and which evidence it names."""

    key: str
    finding: Finding
    criterion: Criterion
    standing: Standing

    @property
    def lines(self) -> tuple[FactLine, ...]:
        """The facts that data or people have told; what is unknown is said by the standing."""
        return tuple(line for line in self.finding.fact_lines if line.value is not None)

    @property
    def asks(self) -> bool:
        """Whether evidence would help."""
        return bool(self.criterion.evidence) and self.finding.outcome is None


@dataclass(frozen=True, slots=True)
class CategoryCard:
    """A category with its criteria; one that is met is enough."""

    key: str
    label: str
    standing: Standing
    rows: tuple[CriterionRow, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """May it apply: the answer in words, and the requirements behind it."""

    standing: Standing
    rows: tuple[CriterionRow, ...]
    missing: tuple[str, ...]


def verdict_of(found: Screening, shown: Mapping[str, Shown] = NO_LIMITS) -> Verdict:
    """The eligibility; ``shown`` is what the reader gets of each fact, facts that it lacks are shown as they are."""
    keys = (*BARS, "within_source", *SHOWN_SOURCES)
    rows = tuple(one for one in _rows(found, ELIGIBILITY, keys, shown) if not _is_needless(found, one))
    if found.excluded:
        return Verdict(Standing("不能申报", "bad"), rows, ())
    if found.eligibility.tier == ELIGIBLE:
        return Verdict(Standing("可以申报", "good"), rows, ())
    return Verdict(Standing("可以申报，有待核实", "warn"), rows, found.eligibility.missing)


def cards_of(found: Screening, shown: Mapping[str, Shown] = NO_LIMITS) -> list[CategoryCard]:
    """The four categories in the document's order."""
    return [card_of(found, one.value, shown) for one in Category]


def card_of(found: Screening, category: str, shown: Mapping[str, Shown] = NO_LIMITS) -> CategoryCard:
    """One category."""
    explanation = found.categories[category]
    keys = tuple(one.key for one in explanation.findings if one.depth == 0)
    rows = tuple(_rows(found, category, keys, shown))
    is_met, may_be = explanation.tier == MET, MET in explanation.possible
    standing = Standing("已满足一项", "good") if is_met else Standing("需要材料", "warn") if may_be else NOT_MET
    return CategoryCard(category, Category(category).label, standing, rows)


def facts_shown(found: Screening) -> dict[str, object]:
    """The facts that people would read on a page of this screening, by key, in words; nothing of an unknown one."""
    lines = (line for one in found.answers.values() for each in one.explanation.findings for line in each.fact_lines)
    return {line.fact: None if line.value is None else line.value_text for line in lines}


def basis_text(application: Application) -> str:
    """The basis date of an application, in words."""
    day = applied_on(application)
    return f"{day.year}年{day.month}月{day.day}日"


def _rows(found: Screening, standard: str, keys: tuple[str, ...], shown: Mapping[str, Shown]) -> Iterator[CriterionRow]:
    criteria = current_rulebook(found.business.jurisdiction).standards[standard].criteria
    findings = {one.key: one for one in found.answers[standard].explanation.findings}
    for key in keys:
        one = findings.get(key)
        if one is None or (key == NOMINATED and found.path != Application.Path.NOMINATION):
            continue
        finding, standing = _as_shown(one, shown), _standing(one, criteria[key])
        yield CriterionRow(key, finding, criteria[key], WITHHELD if finding is not one else standing)


def _is_needless(found: Screening, row: CriterionRow) -> bool:
    """A way into the source of tiers that is not open, where another is."""
    return found.eligibility.tier == ELIGIBLE and row.key in SHOWN_SOURCES and row.finding.outcome is False


def _standing(finding: Finding, criterion: Criterion) -> Standing:
    if finding.outcome is not None:
        return MET_NOW if finding.outcome else NOT_MET
    return TO_JUDGE if criterion.judged_by and facts_of(criterion) else NO_DATA


def _as_shown(finding: Finding, shown: Mapping[str, Shown]) -> Finding:
    """A requirement that rests on a withheld fact does not tell its outcome, since that would tell the fact."""
    held = {line.fact for line in finding.fact_lines if line.fact in shown and shown[line.fact].is_withheld}
    if not held:
        return finding
    lines = tuple(
        replace(line, value=None, value_text=shown[line.fact].note) if line.fact in held else line
        for line in finding.fact_lines
    )
    return replace(finding, outcome=None, fact_lines=lines, missing=())

"""What a measure demands, in the rule language: for whom it is and its own condition, as criteria of the engine.

Tier and recognition come in as two further tables: the results published here, and the titles given here. They are
facts like any other, so that no rule is written twice.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import yaml

from jieti.domain.terms import Category, Tier
from jieti.kit.errors import Refusal
from jieti.measures.models import MeasureVersion, ScopeKind
from rulecore.check import MOST_BITS, check
from rulecore.errors import RulebookError
from rulecore.model import (
    TIERS,
    All,
    AnyOf,
    Column,
    Compare,
    Criterion,
    CriterionRef,
    DateRule,
    Derivation,
    Expression,
    Fact,
    IsMissing,
    Literal,
    Member,
    Outcome,
    Parameter,
    ParameterRef,
    Rulebook,
    Scale,
    Source,
    Standard,
    Value,
    walk,
)
from rulecore.source.expressions import ExpressionError, expression
from rulecore.source.resolve import Names

RESULTS, TITLES = "results_published_here", "titles_given_here"
DAY = "matching_day"
REGISTERED = "registered"
"""The criterion of the tier standard by which a business exists at all (附件一(三)1)."""
CONVERTED = "converted_to_enterprise"
"""The fact, and the kind of row among the titles, that a business became an enterprise (附件二(三)2)."""
STILL_INDIVIDUAL = "并且没有转为企业。"
SCOPE, CONDITION = "scope", "condition"
MATCHED, OTHERS = "matched", "others"
WHAT_TO_DO = "请按规则语言改正适用条件；不需要条件的，请留空。"


@dataclass(frozen=True, slots=True)
class Rule:
    """A measure as the engine asks for it: its bit, and everything that it demands, each with its clause."""

    number: int
    key: str
    version: int
    demands: tuple[Criterion, ...]

    @property
    def when(self) -> Expression:
        """All that it demands, as one condition; equal for measures that demand the same."""
        return All(tuple(one.when for one in self.demands))

    @property
    def shown(self) -> tuple[tuple[str, str, Expression], ...]:
        """All that a reader sees of its demands; equal for measures that are explained in the same words."""
        return tuple((one.sentence, one.clause, one.when) for one in self.demands)


def rule_of(rulebook: Rulebook, version: MeasureVersion, number: int) -> Rule:
    """The rule of a measure's version. Raises Refusal for a condition that does not check."""
    demands = [*_existence(rulebook), *_scope(version)]
    if version.condition:
        when = parsed(rulebook, version.condition)
        basis = version.legal_basis or version.clause
        demands.append(Criterion(CONDITION, "适用条件", basis, version.sentence, when))
    return Rule(number, version.key, version.version, tuple(demands))


def chunks(rules: Sequence[Rule]) -> list[list[Expression]]:
    """The distinct conditions of the rules in as few lots as fit the engine's masks.

    A mask has a bit for every condition and for every comparison that is no condition of its own; one with an amount
    that is not published needs two more.
    """
    lots: list[list[Expression]] = []
    atoms: set[Expression] = set()
    for when in dict.fromkeys(rule.when for rule in rules):
        own = _comparisons(when)
        if not lots or len(lots[-1]) + 1 + _bits(atoms | own) > MOST_BITS:
            lots.append([])
            atoms = set()
        lots[-1].append(when)
        atoms |= own
    return lots


def asking(rulebook: Rulebook, lot: Sequence[Expression]) -> tuple[Rulebook, str]:
    """The rulebook with a standard that asks every business every condition of a lot; and the standard's key."""
    criteria = {
        f"condition_{place}": Criterion(f"condition_{place}", "适用条件", "正文二(三)6", "", when)
        for place, when in enumerate(lot)
    }
    return _with(rulebook, criteria, (Outcome(OTHERS, "已比对", "正文二(三)6", None),), (OTHERS,))


def explaining(rulebook: Rulebook, rule: Rule) -> tuple[Rulebook, str]:
    """The rulebook with a standard that says of one measure whether it is for a business, demand by demand."""
    criteria = {one.key: one for one in rule.demands}
    every = All(tuple(CriterionRef(key) for key in criteria))
    outcomes = (Outcome(MATCHED, "符合", "正文二(三)6", every), Outcome(OTHERS, "不符合", "正文二(三)6", None))
    return _with(rulebook, criteria, outcomes, (OTHERS, MATCHED))


def parsed(rulebook: Rulebook, text: str) -> Expression:
    """The condition that an author wrote. Raises Refusal with everything that is wrong with it."""
    try:
        data = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise Refusal(f"适用条件不是有效的YAML：{error}", what_to_do=WHAT_TO_DO) from error
    if not isinstance(data, dict):
        raise Refusal("适用条件不是规则语言的一个条件。", what_to_do=WHAT_TO_DO)
    book = extended(rulebook)
    try:
        found = _names(book).resolved(expression(data))
    except (ExpressionError, KeyError, TypeError, AttributeError, ValueError) as error:
        raise Refusal(f"适用条件看不懂：{error}", what_to_do=WHAT_TO_DO) from error
    _demand_checked(book, found)
    return found


def extended(rulebook: Rulebook) -> Rulebook:
    """The rulebook with what is published and given here as further tables, and their facts."""
    return replace(
        rulebook,
        sources={**rulebook.sources, RESULTS: _results_source(), TITLES: _titles_source()},
        facts={**rulebook.facts, **{fact.key: fact for fact in _facts()}},
        parameters={**rulebook.parameters, DAY: _day()},
    )


def usable_facts(rulebook: Rulebook) -> dict[str, Fact]:
    """The facts that a condition may ask for: those that come from tables, nobody's judgment in a single case."""
    return {key: fact for key, fact in rulebook.facts.items() if fact.derivation.how != "given"}


def facts_in(rulebook: Rulebook, text: str) -> list[Fact]:
    """The facts that a condition asks for, in the order of the rulebook."""
    book = extended(rulebook)
    used = {leaf.left.name for leaf in walk(parsed(rulebook, text)) if isinstance(leaf, Compare | Member)}
    return [fact for key, fact in book.facts.items() if key in used]


def needs_others(rules: Iterable[Rule], rulebook: Rulebook) -> bool:
    """Whether some rule asks for facts that come from other businesses' rows (related businesses)."""
    book = extended(rulebook)
    names = {leaf.left.name for rule in rules for leaf in walk(rule.when) if isinstance(leaf, Compare | Member)}
    return any(book.facts[name].derivation.related is not None for name in names)


def _demand_checked(book: Rulebook, item: Expression) -> None:
    given = sorted(
        book.facts[leaf.left.name].label
        for leaf in walk(item)
        if isinstance(leaf, Compare | Member)
        and leaf.left.name in book.facts
        and book.facts[leaf.left.name].derivation.how == "given"
    )
    if given:
        raise Refusal(f"“{'、'.join(given)}”由办案人员逐件判断，不能用来批量匹配。", what_to_do=WHAT_TO_DO)
    if any(isinstance(leaf, CriterionRef) for leaf in walk(item)):
        raise Refusal("适用条件只能使用事实，不能引用其他判定条件。", what_to_do=WHAT_TO_DO)
    if _bits(_comparisons(item)) > MOST_BITS // 2:
        raise Refusal("适用条件里的比较太多。", what_to_do="请拆成几项措施。")
    criterion = Criterion(CONDITION, "适用条件", "正文二(三)6", "", item)
    asked, _ = _with(book, {CONDITION: criterion}, (Outcome(OTHERS, "已比对", "正文二(三)6", None),), (OTHERS,))
    try:
        check(asked)
    except RulebookError as error:
        said = "；".join(problem.message for problem in error.problems)
        raise Refusal(f"适用条件不成立：{said}。", what_to_do=WHAT_TO_DO) from error


def _comparisons(item: Expression) -> set[Expression]:
    return {leaf for leaf in walk(item) if isinstance(leaf, Compare | Member)}


def _bits(comparisons: set[Expression]) -> int:
    return sum(3 if isinstance(one, Compare) and isinstance(one.right, ParameterRef) else 1 for one in comparisons)


def _with(
    rulebook: Rulebook, criteria: Mapping[str, Criterion], outcomes: tuple[Outcome, ...], ladder: tuple[str, ...]
) -> tuple[Rulebook, str]:
    key = "measures"
    standard = Standard(key, "措施匹配", "正文二(三)6", criteria, outcomes, ladder)
    return replace(extended(rulebook), standards={TIERS: rulebook.standards[TIERS], key: standard}), key


def _names(book: Rulebook) -> Names:
    scaled = {key: fact.scale for key, fact in book.facts.items() if fact.scale}
    return Names(
        types={key: fact.type for key, fact in book.facts.items()},
        scales={scale: Scale(scale, book.facts[key].values) for key, scale in scaled.items()},
        scale_of=scaled,
        parameters=book.parameters,
    )


def _existence(rulebook: Rulebook) -> Iterator[Criterion]:
    """A business that is registered no longer, or became an enterprise, gets nothing (附件一(三)1, 附件二(三)2)."""
    found = rulebook.criteria.get(REGISTERED)
    if found is not None and not any(isinstance(leaf, CriterionRef) for leaf in walk(found.when)):
        not_converted = Compare("eq", Value(CONVERTED), Literal(False))
        said = f"{found.sentence.removesuffix('。')}，{STILL_INDIVIDUAL}"
        yield replace(found, sentence=said, when=All((found.when, not_converted)))


def _scope(version: MeasureVersion) -> Iterator[Criterion]:
    if version.scope_kind == ScopeKind.TIER:
        label = Tier(version.scope).label
        when = Compare("eq", Value(_tier_fact(version.scope)), Literal(True))
        yield Criterion(SCOPE, f"“{label}”", version.clause, f"面向最近公布的分型结果为“{label}”的个体工商户。", when)
    elif version.scope_kind == ScopeKind.CATEGORY:
        label = Category(version.scope).label
        when = Compare("eq", Value(_category_fact(version.scope)), Literal(True))
        said = f"面向认定为“{label}”、认定有效并且已到次年1月1日的个体工商户。"
        yield Criterion(SCOPE, f"“{label}”", version.clause, said, when)


def _tier_fact(tier: str) -> str:
    return f"is_{tier}"


def _category_fact(category: str) -> str:
    return f"benefits_as_{category}"


def _facts() -> Iterator[Fact]:
    for tier in Tier:
        rule = Derivation(how="latest", source=RESULTS, take=tier.value, by="year")
        yield _fact(_tier_fact(tier), f"最近公布的分型结果为“{tier.label}”", "city_regulator", rule)
    for category in Category:
        rule = Derivation(how="exists", source=TITLES, where=_benefits(category), no_row=False)
        label = f"“{category.label}”的认定有效，且已到享受措施之日"
        yield _fact(_category_fact(category), label, "district_regulator", rule)
    rule = Derivation(how="exists", source=TITLES, where=_is(CONVERTED), no_row=False)
    yield _fact(CONVERTED, "已转为企业", "district_regulator", rule)


def _fact(key: str, label: str, supplier: str, rule: Derivation) -> Fact:
    return Fact(
        key=key,
        label=label,
        type="bool",
        data_class="public",
        supplier=supplier,
        source=rule.source,
        derivation=rule,
        change="time",
    )


def _benefits(category: str) -> Expression:
    """In force on the day, and the benefits have begun (附件三(二)1)."""
    day = ParameterRef(DAY)
    ended = Value("ended_on")
    return All(
        (
            _is(category),
            Compare("le", Value("benefits_from"), day),
            Compare("ge", Value("last_day"), day),
            AnyOf((IsMissing(ended), Compare("gt", ended, day))),
        )
    )


def _is(kind: str) -> Expression:
    return Compare("eq", Value("category"), Literal(str(kind)))


def _day() -> Parameter:
    return Parameter(DAY, "匹配日期", "date", "正文二(三)6", derive=DateRule("basis_date"))


def _results_source() -> Source:
    tiers = {tier.value: _column(tier.value, tier.label, "bool") for tier in Tier}
    columns = {"uscc": _column("uscc", "统一社会信用代码", "uscc"), "year": _column("year", "年度", "year"), **tiers}
    return Source(RESULTS, "已公布的分型结果", "city_regulator", "附件一(二)2", "many", columns)


def _titles_source() -> Source:
    kinds = {"benefits_from": "享受措施自", "last_day": "有效期末日", "ended_on": "终止日期"}
    codes = {item.value: (item.label,) for item in Category} | {CONVERTED: ("个转企",)}
    columns = {
        "uscc": _column("uscc", "统一社会信用代码", "uscc"),
        "category": replace(_column("category", "类别", "code"), codes=codes),
        **{key: _column(key, header, "date") for key, header in kinds.items()},
    }
    return Source(TITLES, "名特优新认定和个转企登记", "district_regulator", "附件三(二)1", "many", columns)


def _column(key: str, header: str, kind: str) -> Column:
    return Column(key, header, kind, "public")

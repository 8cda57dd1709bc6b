"""What an explanation is made of, and how it reads: as Chinese text, and as plain data for the product."""

import datetime
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from rulecore.explain.counterfactual import Change, Counterfactual, Counterfactuals
from rulecore.explain.forecast import Turn
from rulecore.explain.wording import UNKNOWN, date_text, plain
from rulecore.plan import Physical

MOST_SHOWN = 6
"""Ways and days that the short text lists; the long text and the JSON have all."""

_MARKS: Mapping[bool | None, str] = {True: "✓", False: "✗", None: "？"}
_WORDS: Mapping[bool | None, str] = {True: "满足", False: "不满足", None: UNKNOWN}
_CIRCUMSTANCE_MARK = "·"
_CIRCUMSTANCE_WORDS: Mapping[bool | None, str] = {True: "是", False: "否", None: UNKNOWN}


@dataclass(frozen=True)
class Provenance:
    """How recent a source's delivery is: the day its data describe, and the delivery that brought them."""

    as_of: datetime.date
    batch: str = ""


@dataclass(frozen=True)
class FactLine:
    """One fact beside what it is compared with; `supplier` is the body that delivers it.

    `value` and `threshold` are physical (money in cents; None: unknown, not published); `as_of` and `batch` are those
    of the delivery when known.
    """

    fact: str
    label: str
    value_text: str
    threshold_text: str
    supplier: str
    type: str = "text"
    unit: str = ""
    op: str = ""
    value: Physical | None = None
    threshold: Physical | tuple[Physical, ...] | None = None
    threshold_source: str = ""
    as_of: datetime.date | None = None
    batch: str = ""

    @property
    def source_text(self) -> str:
        """来源：…，数据截至2026年6月30日."""
        known = f"，数据截至{date_text(self.as_of)}" if self.as_of else ""
        return f"来源：{self.supplier}{known}"

    def as_json(self) -> dict[str, object]:
        """Plain data; keys as documented at `Explanation.as_json`."""
        return {
            "fact": self.fact,
            "label": self.label,
            "value": plain(self.type, self.value),
            "unit": self.unit,
            "value_text": self.value_text,
            "op": self.op,
            "threshold": plain(self.type, self.threshold),
            "threshold_text": self.threshold_text,
            "threshold_source": self.threshold_source,
            "supplier": self.supplier,
            "as_of": self.as_of.isoformat() if self.as_of else None,
            "batch": self.batch,
        }


@dataclass(frozen=True)
class Finding:
    """One criterion: true, false or unknown (None), why, and what is missing from whom; `depth` is its level."""

    key: str
    label: str
    clause: str
    letter: str
    sentence: str
    outcome: bool | None
    fact_lines: tuple[FactLine, ...]
    missing: tuple[str, ...]
    depth: int
    circumstance: bool = False

    @property
    def outcome_text(self) -> str:
        """满足, 不满足 or 待数据; of a circumstance 是, 否 or 待数据."""
        return (_CIRCUMSTANCE_WORDS if self.circumstance else _WORDS)[self.outcome]

    @property
    def mark(self) -> str:
        """✓, ✗ or ？; of a circumstance a plain point."""
        return _CIRCUMSTANCE_MARK if self.circumstance else _MARKS[self.outcome]

    def as_json(self) -> dict[str, object]:
        """Plain data; keys as documented at `Explanation.as_json`."""
        return {
            "key": self.key,
            "label": self.label,
            "clause": self.clause,
            "letter": self.letter,
            "sentence": self.sentence,
            "outcome": self.outcome,
            "outcome_text": self.outcome_text,
            "circumstance": self.circumstance,
            "depth": self.depth,
            "facts": [line.as_json() for line in self.fact_lines],
            "missing": list(self.missing),
        }


@dataclass(frozen=True)
class Step:
    """One outcome in the order in which the standard asks for them, and whether it is the result."""

    outcome: str
    label: str
    clause: str
    possible: bool
    findings: tuple[Finding, ...]

    def as_json(self) -> dict[str, object]:
        """Plain data; keys as documented at `Explanation.as_json`."""
        return {
            "outcome": self.outcome,
            "label": self.label,
            "clause": self.clause,
            "possible": self.possible,
            "findings": [finding.as_json() for finding in self.findings],
        }


@dataclass(frozen=True)
class Explanation:
    """The result of one business with all its reasons, what would better it, and when it will change by itself."""

    tier: str | None
    possible: tuple[str, ...]
    possible_labels: tuple[str, ...]
    steps: tuple[Step, ...]
    findings: tuple[Finding, ...]
    basis: str
    changes: Counterfactuals | None = None
    forecast: tuple[Turn, ...] = ()

    @property
    def missing(self) -> tuple[str, ...]:
        """What is unknown and could still change the result, each once; nothing once the result stands."""
        if self.tier is not None:
            return ()
        return tuple(dict.fromkeys(text for finding in self.findings for text in finding.missing))

    @property
    def result_text(self) -> str:
        """成长型, or 待数据（可能为 …）."""
        labels = "、".join(self.possible_labels)
        return labels if self.tier else f"{UNKNOWN}（可能为：{labels}）"

    def text(self) -> str:
        """The whole explanation, one line a reason, with the nearest ways up and the next days of change in brief."""
        lines = [f"分型结果：{self.result_text}", f"依据：{self.basis}"]
        for finding in self.findings:
            lines += _finding_lines(finding)
        if self.missing:
            lines += ["还缺少：", *(f"  · {text}" for text in self.missing)]
        return "\n".join([*lines, *_brief_changes(self.changes), *_brief_forecast(self.forecast)])

    def what_if_text(self) -> str:
        """Every way up with values, threshold, clause and hint; every day of change with its reasons."""
        lines = [f"分型结果：{self.result_text}", f"依据：{self.basis}"]
        return "\n".join([*lines, *_full_changes(self.changes), *_full_forecast(self.forecast)])

    def as_json(self) -> dict[str, object]:
        """The explanation as plain data (strings, numbers, booleans, null, lists, maps), with stable keys.

        Amounts of money are decimal strings in yuan, days are ISO dates; null is unknown or not published.

        - `tier`, `possible` (outcome keys, lowest first), `possible_labels`, `result_text`, `basis`
        - `steps`: `outcome`, `label`, `clause`, `possible`, `findings`: `key`, `label`, `clause`, `letter`, `sentence`,
          `outcome` (true, false, null), `outcome_text`, `circumstance`, `depth`, `missing`, `facts`: `fact`, `label`,
          `value`, `unit`, `value_text`, `op`, `threshold`, `threshold_text`, `threshold_source`, `supplier`, `as_of`,
          `batch`
        - `missing`: what is unknown and who supplies it
        - `changes` (null: nothing is above): `target`, `target_label`, `unpublished`, `sets`: `on` (null: now),
          `leads_to`, `leads_to_text`, `assumes`, `changes`: `kind` (owner, time, department), `kind_text`, `fact`,
          `label`, `value`, `value_text`, `needed`, `needed_text`, `learned`, `options`, `criterion`, `clause`,
          `source`, `supplier`, `how`, `on`
        - `forecast`: `on`, `before`, `before_text`, `after`, `after_text`, `reasons`
        """
        return {
            "tier": self.tier,
            "possible": list(self.possible),
            "possible_labels": list(self.possible_labels),
            "result_text": self.result_text,
            "basis": self.basis,
            "steps": [step.as_json() for step in self.steps],
            "missing": list(self.missing),
            "changes": self.changes.as_json() if self.changes else None,
            "forecast": [turn.as_json() for turn in self.forecast],
        }


def _finding_lines(finding: Finding) -> Iterator[str]:
    pad = "  " * finding.depth
    yield f"{pad}{finding.mark} {finding.label}：{finding.outcome_text}（{finding.clause}）{finding.sentence}"
    for line in finding.fact_lines:
        yield f"{pad}    {line.label}：{line.value_text}；标准：{line.threshold_text}；{line.source_text}"


def _brief_changes(changes: Counterfactuals | None) -> Iterator[str]:
    if changes is None or not (changes.sets or changes.unpublished):
        return
    yield f"{changes.heading}（{changes.target_label}）："
    for item in changes.sets[:MOST_SHOWN]:
        together = "；".join(f"{change.brief}〔{change.kind_text}〕" for change in item.changes)
        yield f"  · {together} → {item.leads_to_text}"
    yield from _rest(len(changes.sets), "种办法")
    yield from (f"  · {text}" for text in changes.unpublished)


def _brief_forecast(turns: tuple[Turn, ...]) -> Iterator[str]:
    if turns:
        yield "什么时候会变（其他情况不变）："
        yield from (f"  · {_turn_text(turn)}" for turn in turns[:MOST_SHOWN])
        yield from _rest(len(turns), "次变化")


def _rest(count: int, word: str) -> Iterator[str]:
    if count > MOST_SHOWN:
        yield f"  · 另有{count - MOST_SHOWN}{word}"


def _turn_text(turn: Turn) -> str:
    return f"{date_text(turn.on)}起：{turn.before_text} → {turn.after_text}"


def _full_changes(changes: Counterfactuals | None) -> Iterator[str]:
    if changes is None:
        yield "已是最高一型。"
        return
    yield f"{changes.heading}（{changes.target_label}）："
    if not changes.sets:
        yield "  没有可以建议的办法。"
    for number, item in enumerate(changes.sets, 1):
        yield from _way_lines(number, item)
    yield from (f"  · {text}" for text in changes.unpublished)


def _way_lines(number: int, item: Counterfactual) -> Iterator[str]:
    together = "以下各项都做到" if len(item.changes) > 1 else "做到以下一项"
    yield f"  办法{number}：{together}，可为{item.leads_to_text}"
    for change in item.changes:
        yield f"    · {_change_text(change)}"
        if change.how:
            yield f"      {change.how}"
    if item.assumes:
        yield f"      前提：届时上一年度的数据与现在相同（{'、'.join(item.assumes)}）"


def _change_text(change: Change) -> str:
    needed = change.brief if change.kind == "time" or change.learned else f"需要“{change.needed_text}”"
    return (
        f"〔{change.kind_text}〕{change.label}：现为“{change.value_text}”，{needed}；"
        f"要求：{change.criterion}（{change.clause}）；标准出自：{change.source}"
    )


def _full_forecast(turns: tuple[Turn, ...]) -> Iterator[str]:
    if not turns:
        yield "在所看的期间内，其他情况不变，结果不会变。"
        return
    yield "什么时候会变（其他情况不变）："
    for turn in turns:
        yield f"  · {_turn_text(turn)}"
        yield from (f"      {reason}" for reason in turn.reasons)

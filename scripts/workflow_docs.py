"""Writes docs/workflows/*.md from the frozen tables: a diagram and a row for each step, with Huairou's lengths."""

import sys
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

from jieti.domain.deadlines import limits_of
from jieti.domain.milestones import milestones
from jieti.domain.workflows import WORKFLOWS
from jieti.domain.workflows.table import DueKind, Step, Workflow
from rulecore.model import Rulebook
from rulecore.source import load_rulebook

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "docs" / "workflows"
RULEBOOK = ROOT / "rulebooks" / "cn-110116-huairou" / "2024"
ANY_YEAR = 2025
MADE = "由 `scripts/workflow_docs.py` 按 `src/jieti/domain/workflows/` 生成，不手改。"
HEADS = ("步骤", "从", "到", "谁办", "依据", "此后期限", "条件")


def pages() -> dict[str, str]:
    """Every page by its file name."""
    rulebook = load_rulebook(RULEBOOK)
    procedure = rulebook.procedure
    found = {f"{key}.md": page(table, procedure) for key, table in WORKFLOWS.items()}
    return {"README.md": _contents(rulebook), **found}


def page(table: Workflow, procedure: Mapping[str, Any]) -> str:
    """One workflow."""
    lines = [f"# {table.label}", "", f"{table.clause}。{MADE}", "", "```mermaid", "stateDiagram-v2"]
    lines += [*_diagram(table), "```", "", *_table(HEADS, (_row(table, step, procedure) for step in table.steps))]
    return "\n".join([*lines, ""])


def _diagram(table: Workflow) -> Iterator[str]:
    yield from (f"    {key}: {state.label}" for key, state in table.states.items())
    for step in table.steps:
        for source in step.sources or ("[*]",):
            yield f"    {source} --> {step.target}: {step.label}"
    yield from (f"    {key} --> [*]" for key in table.final)


def _row(table: Workflow, step: Step, procedure: Mapping[str, Any]) -> tuple[str, ...]:
    sources = "、".join(table.states[source].label for source in step.sources) or "（提出）"
    due = _due(step, procedure)
    role = table.role_labels[step.role]
    return (
        step.label,
        sources,
        table.states[step.target].label,
        role,
        step.clause,
        due,
        _conditions(table, step, procedure),
    )


def _due(step: Step, procedure: Mapping[str, Any]) -> str:
    if step.due.kind is DueKind.LIMIT:
        limit = limits_of(procedure)[step.due.key]
        return f"{limit.length.label}（{limit.source}）"
    if step.due.kind is DueKind.PHASE:
        phase = next(one for one in milestones(procedure, ANY_YEAR) if one.key == step.due.key)
        last = phase.last_day
        return f"{'次年' if last.year > ANY_YEAR else ''}{last:%m-%d}（{phase.title}，{phase.clause}）"
    return {"kept": "不变", "resumed": "恢复计时", "given": "由该步骤指明", "none": "办结"}[step.due.kind.value]


def _conditions(table: Workflow, step: Step, procedure: Mapping[str, Any]) -> str:
    labels = {key: entry["label"] for key, entry in procedure.get("steps", {}).items()}
    said = ["写明理由"] * step.needs_reason + ["停止计时"] * step.stops_clock + ["期满后"] * step.after_due
    if step.not_by:
        others = "、".join(f"“{table.step(key).label}”" for key in sorted(step.not_by))
        said.append(f"不得由办理{others}的人办理")
    said += [f"规则设有“{labels.get(part, part)}”时" for part in sorted(step.parts)]
    said += [f"规则不要求“{labels.get(part, part)}”时" for part in sorted(step.skips)]
    return "；".join(said)


def _contents(rulebook: Rulebook) -> str:
    lines = [
        "# 办理流程和全年节点",
        "",
        MADE,
        "",
        *(f"- [{table.label}]({key}.md)" for key, table in WORKFLOWS.items()),
    ]
    rows = (
        (one.title, _month_day(one.opens), _month_day(one.due), rulebook.organisation(one.owner), one.clause,
         "本区自定" if one.internal else "")
        for one in milestones(rulebook.procedure, ANY_YEAR)
    )  # fmt: skip
    lines += ["", "## 全年节点（怀柔）", "", *_table(("事项", "开始", "截止", "牵头", "依据", ""), rows)]
    return "\n".join([*lines, ""])


def _month_day(day: date | None) -> str:
    return f"{day:%m-%d}" if day else ""


def _table(heads: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> Iterator[str]:
    yield from (f"| {' | '.join(row)} |" for row in (heads, ("---",) * len(heads), *rows))


def main() -> None:
    """Writes the pages and takes away those of workflows that are gone."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    written = pages()
    for path in FOLDER.glob("*.md"):
        if path.name not in written:
            path.unlink()
    for name, text in written.items():
        (FOLDER / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()

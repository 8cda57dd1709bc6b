"""How both sides are shown where a case stands and what was done in it."""

from collections.abc import Iterable
from dataclasses import dataclass

from jieti.domain.workflows.table import Workflow
from jieti.kit import clock
from jieti.kit.cases import Case, CaseStep


@dataclass(frozen=True, slots=True)
class Tag:
    """A word beside a line, and its style."""

    text: str
    style: str = ""


@dataclass(frozen=True, slots=True)
class StepRow:
    """A step that was taken."""

    step: CaseStep
    label: str
    state: str
    role: str


def state_of(case: Case, table: Workflow) -> Tag:
    """Where a case stands, and whether it is late."""
    label = table.states[case.state].label
    if not case.is_open:
        return Tag(label, "good")
    late = case.is_late(clock.today())
    return Tag(f"{label}，已逾期", "bad") if late else Tag(label, "warn" if late is None else "doing")


def step_rows(steps: Iterable[CaseStep], table: Workflow) -> list[StepRow]:
    """Every step that was taken, the first first, in the words of its table."""
    found = []
    for step in steps:
        row = table.step(step.step)
        found.append(StepRow(step, row.label, table.states[step.target].label, table.role_labels[row.role]))
    return found

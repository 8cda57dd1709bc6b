"""What must hold of every table, so that no case gets stuck, goes unowned, or is decided by one person where two must.

The tests prove it of each table under every choice of parts that a rulebook has.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from jieti.domain.deadlines import limits_of
from jieti.domain.workflows.table import DueKind, Step, Workflow, reachable


def faults(workflow: Workflow) -> tuple[str, ...]:
    """Everything that is wrong with a table, in English for its author; empty for a sound one."""
    checks = (_reach, _exits, _clauses, _deadlines, _clocks, _two_persons)
    found = list(_names(workflow)) or [fault for check in checks for fault in check(workflow)]
    return tuple(f"{workflow.key}: {fault}" for fault in found)


def always_before(workflow: Workflow, earlier: set[str], state: str) -> bool:
    """Whether no row of steps leads to ``state`` without one of the ``earlier`` steps."""
    return state not in reachable([step for step in workflow.steps if step.key not in earlier])


def _names(workflow: Workflow) -> Iterator[str]:
    keys = {step.key for step in workflow.steps}
    for step in workflow.steps:
        for state in {*step.sources, step.target} - workflow.states.keys():
            yield f"{step.key} names a state that does not exist: {state}"
        if step.role not in workflow.role_labels:
            yield f"{step.key} is for a role without a name: {step.role}"
        if step.not_by and not step.not_by & keys:
            yield f"{step.key} shuts out the takers of steps that do not exist"
    if not workflow.openings or not workflow.final:
        yield "it cannot begin or cannot end"


def _reach(workflow: Workflow) -> Iterator[str]:
    for state in workflow.states.keys() - reachable(workflow.steps):
        yield f"nothing leads to {state}"


def _exits(workflow: Workflow) -> Iterator[str]:
    """Every open state has a way on to a closed one, and a closed one has none."""
    ends = set(workflow.final)
    while more := {source for step in workflow.steps if step.target in ends for source in step.sources} - ends:
        ends |= more
    for state in workflow.states.keys() - ends:
        yield f"{state} has no way out"
    for step in workflow.steps:
        if set(step.sources) & set(workflow.final):
            yield f"{step.key} leaves a closed state"


def _clauses(workflow: Workflow) -> Iterator[str]:
    for step in workflow.steps:
        if not step.clause.startswith(("正文", "附件")):
            yield f"{step.key} cites no clause"


def _deadlines(workflow: Workflow) -> Iterator[str]:
    """A step into an open state leaves a deadline, one into a closed state none."""
    for step in workflow.steps:
        closes = workflow.states[step.target].final
        if closes != (step.due.kind is DueKind.NONE):
            yield f"{step.key} leaves {'a closed case with' if closes else 'an open case without'} a deadline"
        if step.opens and step.due.kind in {DueKind.KEPT, DueKind.RESUMED}:
            yield f"{step.key} opens a case and has no deadline to go on with"


def _clocks(workflow: Workflow) -> Iterator[str]:
    """A clock that is stopped in a state is stopped on every way in; every way out to an open state resumes it."""
    stopped = {step.target for step in workflow.steps if step.stops_clock}
    for step in workflow.steps:
        leaves = bool(set(step.sources) & stopped)
        if step.target in stopped and not step.stops_clock:
            yield f"{step.key} enters a state of stopped clocks with a running one"
        if (step.due.kind is DueKind.RESUMED) != (leaves and not workflow.states[step.target].final):
            yield f"{step.key} resumes a clock that runs, or leaves one stopped"
        if leaves and not set(step.sources) <= stopped and not workflow.states[step.target].final:
            yield f"{step.key} starts from states with running and with stopped clocks"


def _two_persons(workflow: Workflow) -> Iterator[str]:
    """Whoever takes a two-person step, somebody it shuts out must have acted before."""
    for step in workflow.steps:
        if step.not_by and _can_be_alone(workflow, step):
            yield f"{step.key} can be reached without a first person"


def _can_be_alone(workflow: Workflow, step: Step) -> bool:
    others = [other for other in workflow.steps if other.key not in step.not_by]
    return step.key in step.not_by or bool(set(step.sources) & reachable(others))


def unset(workflow: Workflow, procedure: Mapping[str, Any]) -> tuple[str, ...]:
    """Limits and phases that the table asks for and a rulebook's procedure does not set."""
    there = {
        DueKind.LIMIT: limits_of(procedure).keys(),
        DueKind.PHASE: {key for key, phase in procedure.get("phases", {}).items() if not phase.get("closed")},
    }
    asked = {(step.due.kind, step.due.key) for step in workflow.steps if step.due.kind in there}
    return tuple(sorted(key for kind, key in asked if key not in there[kind]))

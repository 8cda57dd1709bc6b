"""Steps of cases: the one way in which a case comes to be and moves on.

An app declares a `Desk` once for each kind of case and calls `desk.open` and `desk.advance` from its own actions. What
lies above kit comes in through the desk: the questions of `accounts.perms`, the recorder of `audit.actions`, the app's
guards. The case's row is locked, then the table is asked, then everything is written in one transaction or nothing.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any, Generic, Protocol, TypeVar

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import models, transaction

from jieti.domain.deadlines import Limit, limits_of
from jieti.domain.milestones import milestone
from jieti.domain.workflows.table import SYSTEM, DueKind, Step, Workflow
from jieti.domain.working_days import WorkingDays
from jieti.kit import clock
from jieti.kit.cases import Case, CaseStep
from jieti.kit.errors import Refusal

C = TypeVar("C", bound=Case)
Actor = AbstractBaseUser | None
RELOAD = "请刷新页面，看清现在的情况后再办理。"


class Recorder(Protocol):
    """What `audit.actions.record` offers."""

    def __call__(
        self,
        *,
        by: AbstractBaseUser | None,
        verb: str,
        subject: str,
        detail: Mapping[str, object] | None = None,
        clause: str = "",
        on_behalf_of: str = "",
        before: Mapping[str, object] | None = None,
        after: Mapping[str, object] | None = None,
        jurisdiction: str = "",
    ) -> object: ...


@dataclass(frozen=True, slots=True)
class _Deed:
    """What somebody wants done: the row of the table, and what they bring."""

    row: Step
    by: Actor
    reason: str
    on_behalf_of: str
    due_on: date | None
    data: Mapping[str, object]


@cache
def notices_with_us() -> WorkingDays:
    """The working days by the notices that come with the program."""
    return WorkingDays.load()


@dataclass(frozen=True)
class Desk(Generic[C]):
    """Where one kind of case is handled.

    ``workflow`` gives a case's table as its rulebook switches it, ``procedure`` that rulebook's `procedure.yaml`.
    ``may`` answers, by the roles of the table, whether a person may act in a case; a role without an answer may not.
    ``guards`` are asked before a step of that key, with the locked case and the new values, and raise `Refusal`.
    ``audited`` are the columns whose values go into the record as well; they must hold no personal data.
    """

    model: type[C]
    steps: type[CaseStep]
    workflow: Callable[[C], Workflow]
    procedure: Callable[[C], Mapping[str, Any]]
    may: Mapping[str, Callable[[AbstractBaseUser, C], bool]]
    record: Recorder
    guards: Mapping[str, Callable[[C, Mapping[str, object]], None]] = field(default_factory=dict)
    audited: frozenset[str] = frozenset()
    working_days: Callable[[], WorkingDays] = notices_with_us

    @transaction.atomic
    def open(
        self, case: C, step: str, *, by: Actor, reason: str = "", due_on: date | None = None, on_behalf_of: str = ""
    ) -> C:
        """Begins an unsaved case that has its own columns, `year` and `owner` filled, by an opening step."""
        row = self.workflow(case).step(step)
        if case.pk is not None or not row.opens:
            raise Refusal("这件事已经提出过。", what_to_do="请在办理列表里查看它。")
        case.opened_on = clock.today()
        return self._take(case, _Deed(row, by, reason, on_behalf_of, due_on, {}))

    @transaction.atomic
    def advance(
        self,
        case: C,
        step: str,
        *,
        by: Actor,
        version: int,
        reason: str = "",
        owner: str = "",
        due_on: date | None = None,
        on_behalf_of: str = "",
        **data: object,
    ) -> C:
        """Takes a step and returns the case as it then is.

        ``version`` is the one the person saw; ``owner`` hands the case over to another organisation; ``due_on`` is the
        day that some steps name; ``data`` are further columns of the case to write. Raises `Refusal` with what to do.
        """
        locked = self.model._base_manager.select_for_update(of=("self",)).get(pk=case.pk)
        table = self.workflow(locked)
        self._demand_fresh(locked, table, version)
        row = self._in_place(locked, table, step)
        locked.owner = owner or locked.owner
        return self._take(locked, _Deed(row, by, reason, on_behalf_of, due_on, data))

    def offers(self, case: C, *, by: AbstractBaseUser) -> tuple[Step, ...]:
        """The steps that this person may take now: what a page shows as buttons."""
        return tuple(
            row
            for row in self.workflow(case).steps_from(case.state)
            if self._may(case, row, by) and not self._acted(case, row, by) and not self._too_early(case, row)
        )

    def _history(self) -> "models.Manager[Any]":
        """Rows of the app's own model of steps, which alone has the key to its case."""
        return self.steps._base_manager

    def _take(self, case: C, deed: _Deed) -> C:
        row = deed.row
        self._demand(case, deed)
        if row.key in self.guards:
            self.guards[row.key](case, deed.data)
        before = _shown(case, self.audited) if case.pk else None
        trace = {"source": case.state, "late": not row.after_due and case.is_late(clock.today())}
        self._write(case, row, deed.data)
        procedure = self.procedure(case)
        _Clock(case, row, self.working_days(), limits_of(procedure), procedure).set(deed.due_on)
        case.save()
        self._remember(case, deed, trace)
        self._audit(case, deed, before)
        return case

    def _write(self, case: C, row: Step, data: Mapping[str, object]) -> None:
        own = {column.name for column in case._meta.get_fields() if isinstance(column, models.Field)}
        own -= {column.name for column in Case._meta.get_fields()} | {"id"}
        if unknown := data.keys() - own:
            raise TypeError(f"{row.key} cannot write {sorted(unknown)}")
        for name, value in data.items():
            setattr(case, name, value)
        case.state = row.target
        case.version += 1
        if self.workflow(case).states[row.target].final:
            case.closed_on = clock.today()

    def _remember(self, case: C, deed: _Deed, trace: Mapping[str, object]) -> None:
        self._history().create(
            case=case,
            number=case.version,
            step=deed.row.key,
            target=deed.row.target,
            by=deed.by,
            on_behalf_of=deed.on_behalf_of,
            reason=deed.reason,
            clause=deed.row.clause,
            owner=case.owner,
            due_earliest=case.due_earliest,
            due_latest=case.due_latest,
            **trace,
        )

    def _audit(self, case: C, deed: _Deed, before: Mapping[str, object] | None) -> None:
        self.record(
            by=deed.by,
            verb=f"{self.workflow(case).key}.{deed.row.key}",
            subject=f"{case._meta.model_name}:{case.pk}",
            clause=deed.row.clause,
            on_behalf_of=deed.on_behalf_of,
            before=before,
            after=_shown(case, self.audited),
            jurisdiction=case.jurisdiction_code,
        )

    def _demand_fresh(self, case: C, table: Workflow, version: int) -> None:
        if case.version == version:
            return
        last = self._history().filter(case=case).order_by("-number").first()
        done = next((one.label for one in table.steps if last and one.key == last.step), "处理")
        raise Refusal(f"打开这一页以后，这件事已经办过“{done}”。", what_to_do=RELOAD)

    def _in_place(self, case: C, table: Workflow, key: str) -> Step:
        row = next((one for one in table.steps if one.key == key), None)
        if row is not None and case.state in row.sources:
            return row
        state = table.states.get(case.state)
        wanted = f"不能办理“{row.label}”" if row else "没有要办的这一步"
        nexts = "、".join(f"“{one.label}”" for one in table.steps_from(case.state))
        raise Refusal(
            f"现在的状态是“{state.label if state else case.state}”，{wanted}。",
            what_to_do=f"现在可以办理：{nexts}。" if nexts else "这件事已经办结，不能再办。",
        )

    def _demand(self, case: C, deed: _Deed) -> None:
        row, by = deed.row, deed.by
        role = self.workflow(case).role_labels[row.role]
        if not self._may(case, row, by):
            raise Refusal(f"您不能办理“{row.label}”。", what_to_do=f"这一步由{role}办理。")
        if self._acted(case, row, by):
            raise Refusal(f"“{row.label}”须由另一人办理：前面的步骤是您办的。", what_to_do=f"请交给另一位{role}。")
        if row.needs_reason and not deed.reason.strip():
            raise Refusal(f"“{row.label}”必须写明理由。", what_to_do="请填写理由后再提交。")
        if self._too_early(case, row):
            raise Refusal(
                f"期限（{case.due_text}）未满，不能办理“{row.label}”。", what_to_do="请在期满后的次日起办理。"
            )

    def _may(self, case: C, row: Step, by: Actor) -> bool:
        if by is None or row.role == SYSTEM:
            return by is None and row.role == SYSTEM
        asked = self.may.get(row.role)
        return asked is not None and asked(by, case)

    def _acted(self, case: C, row: Step, by: Actor) -> bool:
        if not row.not_by or by is None or case.pk is None:
            return False
        return self._history().filter(case=case, step__in=row.not_by, by=by).exists()

    def _too_early(self, case: C, row: Step) -> bool:
        return row.after_due and case.is_late(clock.today()) is not True


def no_limit(key: str) -> Refusal:
    """What a district hears whose rulebook does not say how long something may take."""
    return Refusal(f"本区规则没有设定期限“{key}”。", what_to_do="请管理员在规则的 procedure.yaml 中补上。")


@dataclass(frozen=True)
class _Clock:
    """The deadline that a step leaves, written on the case."""

    case: Case
    row: Step
    working_days: WorkingDays
    limits: Mapping[str, Limit]
    procedure: Mapping[str, Any]

    def set(self, due_on: date | None) -> None:
        if self.row.stops_clock:
            self._stop()
        due = self.row.due
        match due.kind:
            case DueKind.LIMIT:
                limit = self._limit(due.key)
                self.case.set_deadline(self.working_days.deadline(clock.today(), limit.length), limit.source)
            case DueKind.PHASE:
                phase = milestone(self.procedure, due.key, self.case.year)
                self.case.set_day(phase.last_day, phase.clause)
            case DueKind.GIVEN:
                self._given(due_on)
            case DueKind.RESUMED:
                self._resume()
            case DueKind.NONE:
                self._lay_down()
            case DueKind.KEPT:
                pass

    def _limit(self, key: str) -> Limit:
        if key not in self.limits:
            raise no_limit(key)
        return self.limits[key]

    def _given(self, due_on: date | None) -> None:
        if due_on is None:
            raise TypeError(f"{self.row.key} needs due_on")
        self.case.set_day(due_on, self.row.clause)

    def _stop(self) -> None:
        """A counted deadline keeps the working days it has left, a fixed day stays that day."""
        one = self.case
        one.clock_stopped_on, one.clock_clause = clock.today(), one.deadline_clause
        if one.due_start is None:
            one.clock_left, one.clock_until = None, one.due_latest
            return
        one.clock_left = self.working_days.between(clock.today(), one.due_earliest or clock.today()).least
        one.clock_until = None

    def _resume(self) -> None:
        one = self.case
        if one.clock_left is not None:
            one.set_deadline(self.working_days.add(clock.today(), one.clock_left), one.clock_clause)
        else:
            one.set_day(one.clock_until, one.clock_clause)
        self._forget()

    def _lay_down(self) -> None:
        self.case.set_day(None, "")
        self._forget()

    def _forget(self) -> None:
        one = self.case
        one.clock_stopped_on = one.clock_left = one.clock_until = None
        one.clock_clause = ""


def _shown(case: Case, audited: frozenset[str]) -> dict[str, object]:
    names = ("state", "version", "owner", "due_earliest", "due_latest", "clock_left", *sorted(audited))
    return {name: _plain(getattr(case, name)) for name in names}


def _plain(value: object) -> object:
    return value if value is None or isinstance(value, bool | int | str) else str(value)

"""What every case has, whatever it is about: where it stands, whose it is, until when, and every step it took.

An app inherits both models and adds its own columns, and a `case` foreign key to its case on the step. States, owners
and deadlines are written by `jieti.kit.advance` alone.
"""

from datetime import date
from enum import StrEnum
from typing import ClassVar, Self, TypeVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from jieti.domain.deadlines import Deadline, Length
from jieti.domain.working_days import WorkingDays
from jieti.kit import clock
from jieti.kit.models import TimeStamped

C = TypeVar("C", bound="Case")
DUE_SOON_DAYS = 2
"""Calendar days before the earliest day that a deadline may have."""


class Urgency(StrEnum):
    """What people are told of a deadline."""

    DUE_SOON = "due_soon"
    OVERDUE = "overdue"


class CaseQuerySet(models.QuerySet[C]):
    """Cases by what is due."""

    def open(self) -> Self:
        """Not closed."""
        return self.filter(closed_on=None)

    def overdue(self, today: date) -> Self:
        """Certainly late: even the latest day that a provisional deadline may have is over."""
        return self.open().filter(due_latest__lt=today)

    def perhaps_overdue(self, today: date) -> Self:
        """Late or not, depending on a holiday notice that is not out."""
        return self.open().filter(due_earliest__lt=today, due_latest__gte=today)

    def provisional(self) -> Self:
        """Those whose deadline waits for a holiday notice."""
        return self.open().filter(due_provisional=True)


class Case(TimeStamped):
    """A matter on its way through a workflow.

    `version` counts the steps taken; a form sends back the one it showed, so that nobody acts on a stale page. `owner`
    is the key of the organisation that must act. The deadline lies between `due_earliest` and `due_latest`, both
    included; where it is counted in time, `due_start` and `due_length` say from when and how long. While the clock is
    stopped the working days left, or the fixed day, wait in `clock_left` and `clock_until`.
    """

    state = models.CharField("状态", max_length=40)
    version = models.PositiveIntegerField("版次", default=0)
    year = models.PositiveSmallIntegerField("年度")
    owner = models.CharField("承办单位", max_length=60)
    opened_on = models.DateField("提出日期")
    closed_on = models.DateField("办结日期", null=True, blank=True)
    due_start = models.DateField("期限起算日", null=True, blank=True)
    due_length = models.CharField("期限长度", max_length=10, blank=True)
    due_earliest = models.DateField("期限最早日", null=True, blank=True)
    due_latest = models.DateField("期限最晚日", null=True, blank=True)
    due_provisional = models.BooleanField("期限暂定", default=False)
    deadline_clause = models.CharField("期限依据", max_length=200, blank=True)
    clock_stopped_on = models.DateField("停止计时日", null=True, blank=True)
    clock_left = models.PositiveSmallIntegerField("剩余工作日", null=True, blank=True)
    clock_until = models.DateField("停止计时前的截止日", null=True, blank=True)
    clock_clause = models.CharField("停止计时前的期限依据", max_length=200, blank=True)

    class Meta:
        abstract = True
        constraints: ClassVar[tuple[models.BaseConstraint, ...]] = (
            models.CheckConstraint(
                condition=Q(closed_on=None, due_earliest__isnull=False, due_latest__isnull=False)
                | Q(closed_on__isnull=False, due_earliest=None, due_latest=None),
                name="%(app_label)s_%(class)s_open_has_deadline",
            ),
            models.CheckConstraint(
                condition=~Q(owner="") & ~Q(state="") & Q(version__gte=1), name="%(app_label)s_%(class)s_has_owner"
            ),
            models.CheckConstraint(
                condition=Q(due_earliest__lte=F("due_latest")), name="%(app_label)s_%(class)s_due_in_order"
            ),
            models.CheckConstraint(
                condition=Q(clock_stopped_on=None, clock_left=None, clock_until=None)
                | Q(clock_stopped_on__isnull=False, clock_left__isnull=False, clock_until=None)
                | Q(clock_stopped_on__isnull=False, clock_left=None, clock_until__isnull=False),
                name="%(app_label)s_%(class)s_clock_together",
            ),
        )

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to act."""
        return self.closed_on is None

    @property
    def due_text(self) -> str:
        """The deadline for the screen, empty for a closed case."""
        if self.due_earliest != self.due_latest:
            return f"{self.due_earliest} 至 {self.due_latest} 之间（暂定）"
        return f"{self.due_latest or ''}{'（暂定）' if self.due_provisional else ''}"

    @property
    def jurisdiction_code(self) -> str:
        """Division code under which its steps are recorded; empty: where the actor works."""
        return ""

    def urgency(self, today: date) -> Urgency | None:
        """Whether the deadline is near or certainly over; None for neither, and while a notice that is not out says."""
        late = self.is_late(today)
        if late is True:
            return Urgency.OVERDUE
        if late is None or self.due_earliest is None:
            return None
        return Urgency.DUE_SOON if (self.due_earliest - today).days <= DUE_SOON_DAYS else None

    def is_late(self, today: date) -> bool | None:
        """Whether the deadline is over; None while that depends on a holiday notice that is not out."""
        if self.due_earliest is None or self.due_latest is None or today <= self.due_earliest:
            return False
        return True if today > self.due_latest else None

    def set_deadline(self, due: Deadline, clause: str) -> None:
        """Writes a counted deadline, unsaved."""
        self.due_start, self.due_length = due.start, str(due.length)
        self.due_earliest, self.due_latest, self.due_provisional = due.earliest, due.latest, due.provisional
        self.deadline_clause = clause

    def set_day(self, day: date | None, clause: str) -> None:
        """Writes a fixed day, or None for a case that waits for nothing; unsaved."""
        self.due_start, self.due_length = None, ""
        self.due_earliest = self.due_latest = day
        self.due_provisional = False
        self.deadline_clause = clause


class CaseStep(models.Model):
    """One step that a case took: never changed, never deleted.

    `late` says whether the deadline before the step was over when it was taken; None where a notice was not out.
    """

    number = models.PositiveIntegerField("序号")
    step = models.CharField("步骤", max_length=40)
    source = models.CharField("原状态", max_length=40, blank=True)
    target = models.CharField("新状态", max_length=40)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="办理人", null=True, on_delete=models.PROTECT, related_name="+"
    )
    on_behalf_of = models.CharField("代理", max_length=100, blank=True)
    at = models.DateTimeField("办理时间", default=clock.now)
    reason = models.TextField("理由", blank=True)
    clause = models.CharField("依据", max_length=100)
    owner = models.CharField("承办单位", max_length=60)
    due_earliest = models.DateField("此后期限最早日", null=True)
    due_latest = models.DateField("此后期限最晚日", null=True)
    late = models.BooleanField("逾期办理", null=True)

    class Meta:
        abstract = True
        ordering = ("number",)
        constraints = (models.UniqueConstraint(fields=("case", "number"), name="%(app_label)s_%(class)s_once"),)


def reannounce(cases: CaseQuerySet[C], working_days: WorkingDays) -> list[C]:
    """Computes provisional deadlines anew after a notice was loaded; the cases whose deadline changed, saved.

    Call it in a transaction; the app tells the people concerned.
    """
    changed = []
    for case in cases.provisional().select_for_update():
        if case.due_start is None:
            continue
        due = working_days.deadline(case.due_start, Length.parse(case.due_length))
        if (due.earliest, due.latest, due.provisional) != (case.due_earliest, case.due_latest, True):
            case.set_deadline(due, case.deadline_clause)
            case.save(update_fields=["due_earliest", "due_latest", "due_provisional"])
            changed.append(case)
    return changed

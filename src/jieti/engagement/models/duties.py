"""督办: duties with their owners and days; the meetings they come from."""

from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from jieti.accounts.models import Jurisdiction, Organisation
from jieti.engagement.models.grievances import Grievance
from jieti.kit.cases import Case, CaseQuerySet, CaseStep
from jieti.kit.models import TimeStamped


class MeetingQuerySet(models.QuerySet["Meeting"]):
    def of(self, jurisdiction: Jurisdiction) -> Self:
        return self.filter(host__jurisdiction=jurisdiction)


class Meeting(TimeStamped):
    """A symposium or joint meeting 座谈会 with its minutes; its follow-ups are duties (正文二(三)7)."""

    host = models.ForeignKey(Organisation, verbose_name="召集单位", on_delete=models.PROTECT, related_name="meetings")
    title = models.CharField("名称", max_length=100)
    held_on = models.DateField("召开日期")
    attendees = models.TextField("参加单位和人员")
    minutes = models.TextField("纪要")
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="登记人", on_delete=models.PROTECT, related_name="meetings_added"
    )

    objects = MeetingQuerySet.as_manager()

    class Meta:
        verbose_name = "座谈和会议"
        verbose_name_plural = "座谈和会议"
        ordering = ("-held_on", "-pk")
        constraints: ClassVar[tuple[models.BaseConstraint, ...]] = (
            models.CheckConstraint(condition=~Q(title="") & ~Q(minutes=""), name="engagement_meeting_has_minutes"),
        )

    def __str__(self) -> str:
        return self.title


class DutyQuerySet(CaseQuerySet["Duty"]):
    def of(self, jurisdiction: Jurisdiction) -> Self:
        return self.filter(jurisdiction=jurisdiction)

    def of_measures(self) -> Self:
        """Those that the system made of measures that must be carried out."""
        return self.filter(measure_version__isnull=False)

    def owned_by(self, user: models.Model) -> Self:
        """Those that a body of the user's has to do."""
        return self.filter(responsible__in=Organisation.objects.worked_for_by(user).order_by().values("pk"))


class Duty(Case):
    """Something that a body has to do by a day 督办事项, and what it reported.

    It comes from a clause, from a measure (`measure`, its key), from a meeting or from a grievance, whose asker has
    to be answered before the duty is closed. `measure_version` is set where publishing that version made the duty.
    `reply` is the answer to whoever asked for the duty.
    """

    jurisdiction = models.ForeignKey(Jurisdiction, verbose_name="辖区", on_delete=models.PROTECT, related_name="duties")
    responsible = models.ForeignKey(
        Organisation, verbose_name="责任单位", on_delete=models.PROTECT, related_name="duties"
    )
    title = models.CharField("事项", max_length=100)
    task = models.TextField("要求")
    clause = models.CharField("依据的条款", max_length=100, blank=True)
    measure = models.SlugField("帮扶措施", max_length=60, blank=True)
    measure_version = models.PositiveSmallIntegerField("措施版次", null=True, blank=True)
    meeting = models.ForeignKey(
        Meeting, verbose_name="会议", null=True, blank=True, on_delete=models.PROTECT, related_name="duties"
    )
    grievance = models.ForeignKey(
        Grievance, verbose_name="诉求", null=True, blank=True, on_delete=models.PROTECT, related_name="duties"
    )
    report = models.TextField("办理结果", blank=True)
    reply = models.TextField("答复", blank=True)

    objects = DutyQuerySet.as_manager()

    class Meta(Case.Meta):
        verbose_name = "督办事项"
        verbose_name_plural = "督办事项"
        ordering = ("due_earliest", "pk")
        constraints: ClassVar[tuple[models.BaseConstraint, ...]] = (
            *Case.Meta.constraints,
            models.CheckConstraint(condition=~Q(title="") & ~Q(task=""), name="engagement_duty_has_task"),
            models.UniqueConstraint(
                fields=("jurisdiction", "measure", "measure_version"), name="engagement_duty_once_a_measure_version"
            ),
            models.CheckConstraint(
                condition=Q(measure_version=None) | ~Q(measure=""), name="engagement_duty_version_of_a_measure"
            ),
            models.CheckConstraint(
                condition=~Q(clause="", measure="", meeting=None, grievance=None), name="engagement_duty_has_origin"
            ),
            models.CheckConstraint(
                condition=~Q(state="closed") | ~Q(reply="") & ~Q(report=""), name="engagement_duty_closed_with_reply"
            ),
        )

    def __str__(self) -> str:
        return self.title

    @property
    def jurisdiction_code(self) -> str:
        return self.jurisdiction_id


class DutyStep(CaseStep):
    """A step of a duty."""

    case = models.ForeignKey(Duty, verbose_name="督办事项", on_delete=models.PROTECT, related_name="steps")

    class Meta(CaseStep.Meta):
        verbose_name = "督办步骤"
        verbose_name_plural = "督办步骤"

    def __str__(self) -> str:
        return f"{self.case} {self.step}"

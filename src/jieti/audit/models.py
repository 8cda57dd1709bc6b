"""One record a deed. The database chains the records of a day by hash and refuses to change or drop any."""

from typing import Self

from django.db import models
from django.db.models import Q

from jieti.audit.verbs import READ_PROTECTED, label_of, subject_in_words

GENESIS = "0" * 64
FIRST_FORMAT, FORMAT = 1, 2
"""Which fields a record's hash covers: the oldest records' format, and the one the database writes now."""


class EventQuerySet(models.QuerySet["Event"]):
    def newest_first(self) -> Self:
        return self.order_by("-day", "-number")

    def in_chain_order(self) -> Self:
        return self.order_by("day", "number")

    def reads_of(self, subject: str) -> Self:
        """Who read the protected data of `subject` (for instance "business:9211…"), the newest first."""
        return self.filter(verb=READ_PROTECTED, subject=subject).newest_first()

    def within(self, *codes: str) -> Self:
        """Deeds in these jurisdictions; "" stands for those that belong to none, the system's own."""
        return self.filter(jurisdiction__in=codes)

    def about(self, subject: str) -> Self:
        """Deeds on what begins so, with its kind ("run:5") or without ("9211")."""
        return self.filter(Q(subject__startswith=subject) | Q(subject__contains=f":{subject}"))


class Event(models.Model):
    """What was done, by whom, for whom, to what and by which clause. Names no row by key: it outlives them all.

    `on_behalf_of` is the organisation or business for which the actor acted. `before` and `after` are what the deed
    changed, as JSON. `jurisdiction` is a division code, empty for deeds of the whole system. `version`, `day`,
    `number`, `previous_hash` and `hash` are written by the database (see the migrations): a day's first record carries
    the hash of the last record before that day, every further one that of the record before it.
    """

    at = models.DateTimeField("时间")
    actor = models.CharField("操作人", max_length=200)
    actor_id = models.BigIntegerField("操作人编号", null=True, blank=True)
    on_behalf_of = models.CharField("代表", max_length=300, blank=True, default="")
    verb = models.CharField("动作", max_length=100)
    subject = models.CharField("对象", max_length=300)
    clause = models.CharField("条款", max_length=100, blank=True)
    detail = models.JSONField("详情", default=dict, blank=True)
    before = models.JSONField("变更前", null=True, blank=True)
    after = models.JSONField("变更后", null=True, blank=True)
    jurisdiction = models.CharField("辖区代码", max_length=12, blank=True, default="")
    request_id = models.CharField("请求编号", max_length=64, blank=True, default="")
    version = models.PositiveSmallIntegerField("记录格式", default=FIRST_FORMAT, editable=False)
    day = models.DateField("日期", editable=False)
    number = models.BigIntegerField("当日序号", editable=False)
    previous_hash = models.CharField("上一条散列值", max_length=64, editable=False)
    hash = models.CharField("散列值", max_length=64, editable=False)

    objects = EventQuerySet.as_manager()

    class Meta:
        verbose_name = "审计记录"
        verbose_name_plural = "审计记录"
        ordering = ("day", "number")
        constraints = (models.UniqueConstraint(fields=("day", "number"), name="audit_event_one_number_a_day"),)
        indexes = (
            models.Index(fields=("subject",), name="audit_event_subject"),
            models.Index(fields=("verb", "day"), name="audit_event_verb_day"),
            models.Index(fields=("jurisdiction", "day", "number"), name="audit_event_jurisdiction"),
        )

    def __str__(self) -> str:
        return f"{self.day} 第 {self.number} 条 {self.actor} {self.verb} {self.subject}"

    @property
    def label(self) -> str:
        """The verb as people read it."""
        return label_of(self.verb)

    @property
    def subject_text(self) -> str:
        """What it was done to, as people read it."""
        return subject_in_words(self.subject)

    @property
    def on_behalf_of_text(self) -> str:
        """For whom, as people read it."""
        return subject_in_words(self.on_behalf_of)

"""One record a deed. The database chains the records of a day by hash and refuses to change or drop any."""

from django.db import models

GENESIS = "0" * 64


class Event(models.Model):
    """What was done, by whom, to what and by which clause. Names no row by key: it outlives them all.

    `day`, `number`, `previous_hash` and `hash` are written by the database (see the first migration): a day's first
    record carries the hash of the last record before that day, every further one that of the record before it.
    """

    at = models.DateTimeField("时间")
    actor = models.CharField("操作人", max_length=200)
    actor_id = models.BigIntegerField("操作人编号", null=True, blank=True)
    verb = models.CharField("动作", max_length=100)
    subject = models.CharField("对象", max_length=300)
    clause = models.CharField("条款", max_length=100, blank=True)
    detail = models.JSONField("详情", default=dict, blank=True)
    day = models.DateField("日期", editable=False)
    number = models.BigIntegerField("当日序号", editable=False)
    previous_hash = models.CharField("上一条散列值", max_length=64, editable=False)
    hash = models.CharField("散列值", max_length=64, editable=False)

    class Meta:
        verbose_name = "审计记录"
        verbose_name_plural = "审计记录"
        ordering = ("day", "number")
        constraints = (models.UniqueConstraint(fields=("day", "number"), name="audit_event_one_number_a_day"),)
        indexes = (
            models.Index(fields=("subject",), name="audit_event_subject"),
            models.Index(fields=("verb", "day"), name="audit_event_verb_day"),
        )

    def __str__(self) -> str:
        return f"{self.day} 第 {self.number} 条 {self.actor} {self.verb} {self.subject}"

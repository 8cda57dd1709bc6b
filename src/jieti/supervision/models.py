"""Milestones that people have declared done (those that the system sees need no row); what corrections touched."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from jieti.accounts.models import Jurisdiction
from jieti.kit import clock
from jieti.kit.models import TimeStamped


class MilestoneDoneQuerySet(models.QuerySet["MilestoneDone"]):
    def of(self, jurisdiction: Jurisdiction, year: int) -> Self:
        return self.filter(jurisdiction=jurisdiction, year=year)


class MilestoneDone(models.Model):
    """That somebody declared a milestone of the year done, and when."""

    jurisdiction = models.ForeignKey(
        Jurisdiction, verbose_name="辖区", on_delete=models.PROTECT, related_name="milestones_done"
    )
    year = models.PositiveSmallIntegerField("年度")
    key = models.SlugField("节点", max_length=60)
    done_on = models.DateField("完成日期")
    note = models.TextField("说明")
    declared_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="登记人", on_delete=models.PROTECT, related_name="milestones_declared"
    )
    declared_at = models.DateTimeField("登记时间", default=clock.now)

    objects = MilestoneDoneQuerySet.as_manager()

    class Meta:
        verbose_name = "节点完成"
        verbose_name_plural = "节点完成"
        constraints = (
            models.UniqueConstraint(fields=("jurisdiction", "year", "key"), name="supervision_milestone_once"),
            models.CheckConstraint(condition=~Q(note=""), name="supervision_milestone_has_note"),
        )

    def __str__(self) -> str:
        return f"{self.year} {self.key}"


class TraceQuerySet(models.QuerySet["Trace"]):
    def of(self, jurisdiction: Jurisdiction) -> Self:
        return self.filter(jurisdiction=jurisdiction)


class Trace(models.Model):
    """That a cause was followed to everything in a published run that used what it corrected; `changes` businesses."""

    jurisdiction = models.ForeignKey(
        Jurisdiction, verbose_name="辖区", on_delete=models.PROTECT, related_name="effect_traces"
    )
    run = models.ForeignKey(
        "determinations.Run", verbose_name="判定", on_delete=models.PROTECT, related_name="effect_traces"
    )
    cause = models.CharField("原因", max_length=60)
    changes = models.PositiveIntegerField("受影响户数")
    traced_at = models.DateTimeField("清查时间", default=clock.now)

    objects = TraceQuerySet.as_manager()

    class Meta:
        verbose_name = "影响清查"
        verbose_name_plural = "影响清查"
        constraints = (models.UniqueConstraint(fields=("run", "cause"), name="supervision_trace_once"),)

    def __str__(self) -> str:
        return f"{self.cause} {self.changes}户"


class EffectQuerySet(models.QuerySet["Effect"]):
    def of(self, jurisdiction: Jurisdiction) -> Self:
        return self.filter(jurisdiction=jurisdiction)

    def open(self) -> Self:
        """Those that wait for somebody."""
        return self.filter(status=Effect.Status.OPEN)

    def of_export(self, export: int) -> Self:
        """What is to be known of a package that was sent."""
        return self.filter(kind=Effect.Kind.EXPORT, before__export=export)


class Effect(TimeStamped):
    """One thing that used a fact which was corrected, and what becomes of it (附件一(二)3.c).

    `cause` is `objection:12`, `delivery:40` or `correction:3`; `item` tells things of one kind apart. `before` and
    `after` hold what the thing says and would say; they and the note are no protected data. `facts` are the corrected
    facts by which the result would change, as kept. What a delivery would change waits for a decision (AMB-23).
    """

    class Kind(models.TextChoices):
        RESULT = "result", "分型结果"
        DIRECTORY = "directory", "名录条目"
        QUOTA = "quota", "认定数量基数"
        MEASURES = "measures", "帮扶措施"
        STATISTICS = "statistics", "公布的统计"
        EXPORT = "export", "报送的数据包"

    class Status(models.TextChoices):
        OPEN = "open", "待处理"
        DONE = "done", "已重新发出"
        ANNOTATED = "annotated", "已注明"
        KEPT = "kept", "维持不变"

    jurisdiction = models.ForeignKey(
        Jurisdiction, verbose_name="辖区", on_delete=models.PROTECT, related_name="effects"
    )
    run = models.ForeignKey("determinations.Run", verbose_name="判定", on_delete=models.PROTECT, related_name="effects")
    cause = models.CharField("原因", max_length=60)
    uscc = models.CharField("统一社会信用代码", max_length=18)
    kind = models.CharField("事项", max_length=12, choices=Kind.choices)
    item = models.CharField("具体事项", max_length=60, blank=True)
    before = models.JSONField("原来", default=dict, blank=True)
    after = models.JSONField("更正后", default=dict, blank=True)
    facts = models.JSONField("更正的事实", default=dict, blank=True)
    status = models.CharField("状态", max_length=10, choices=Status.choices, default=Status.OPEN)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="处理人",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="effects_settled",
    )
    done_at = models.DateTimeField("处理时间", null=True, blank=True)
    note = models.TextField("说明", blank=True)

    objects = EffectQuerySet.as_manager()

    class Meta:
        verbose_name = "更正的影响"
        verbose_name_plural = "更正的影响"
        ordering = ("cause", "uscc", "pk")
        indexes = (models.Index(fields=("jurisdiction", "status"), name="supervision_effect_status"),)
        constraints = (
            models.UniqueConstraint(fields=("run", "cause", "uscc", "kind", "item"), name="supervision_effect_once"),
            models.CheckConstraint(
                condition=Q(status="open", done_at__isnull=True, done_by__isnull=True, note="")
                | ~Q(status="open") & Q(done_at__isnull=False) & ~Q(note=""),
                name="supervision_effect_settled_together",
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.uscc}"

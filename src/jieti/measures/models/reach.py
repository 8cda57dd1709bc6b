"""The reach ledger: what became of a measure with one business, and what was done to many at once."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from jieti.accounts.models import Jurisdiction, Organisation
from jieti.kit.models import TimeStamped
from jieti.measures.models.matching import Matching
from jieti.measures.models.measures import Measure
from jieti.registry.models import Business


class ReachEventQuerySet(models.QuerySet["ReachEvent"]):
    def of(self, jurisdiction: Jurisdiction) -> Self:
        return self.filter(measure__jurisdiction=jurisdiction)

    def used(self) -> Self:
        return self.filter(kind=ReachEvent.Kind.USED)


class ReachEvent(TimeStamped):
    """What happened with a measure at one business, on which day. `document_number` is the receipt's.

    What happens to many at once, telling them, stands in batches and in the bits of `Standing`.
    """

    class Kind(models.TextChoices):
        SEEN = "seen", "已查看"
        CONFIRMED = "confirmed", "已确认"
        USED = "used", "已享受"
        DECLINED = "declined", "已谢绝"
        BLOCKED = "blocked", "受阻"

    measure = models.ForeignKey(Measure, verbose_name="措施", on_delete=models.PROTECT, related_name="events")
    business = models.ForeignKey(
        Business, verbose_name="个体工商户", on_delete=models.PROTECT, related_name="reach_events"
    )
    kind = models.CharField("环节", max_length=10, choices=Kind.choices)
    on = models.DateField("日期")
    version = models.PositiveSmallIntegerField("版次")
    reason = models.CharField("说明", max_length=300, blank=True)
    document_number = models.CharField("回执编号", max_length=60, blank=True)
    organisation = models.ForeignKey(
        Organisation,
        verbose_name="落实单位",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="reach_events",
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="操作人",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="reach_events",
    )

    objects = ReachEventQuerySet.as_manager()

    class Meta:
        verbose_name = "落实记录"
        verbose_name_plural = "落实记录"
        ordering = ("pk",)
        indexes = (models.Index(fields=("business", "measure"), name="measures_event_pair"),)
        constraints = (
            models.UniqueConstraint(
                fields=("measure", "business"), condition=Q(kind="seen"), name="measures_event_seen_once"
            ),
            models.UniqueConstraint(
                fields=("measure", "business", "document_number"),
                condition=Q(kind="used"),
                name="measures_event_receipt_once",
            ),
            models.CheckConstraint(
                condition=~Q(kind="used") | Q(organisation__isnull=False) & ~Q(document_number=""),
                name="measures_event_used_has_receipt",
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=("declined", "blocked")) | ~Q(reason=""), name="measures_event_has_reason"
            ),
        )

    def __str__(self) -> str:
        return f"{self.business}：{self.measure} {self.get_kind_display()}"


class ReachBatchQuerySet(models.QuerySet["ReachBatch"]):
    def told(self) -> Self:
        return self.filter(kind=ReachBatch.Kind.TOLD)


class ReachBatch(TimeStamped):
    """What was done with a measure to many businesses at once.

    told: `businesses` were told, by which way. closed: the measure was retired; of `businesses` that matched then
    `told` had been told, `waiting` had not, `blocked` could not be.
    """

    class Kind(models.TextChoices):
        TOLD = "told", "告知"
        CLOSED = "closed", "终结"

    class Way(models.TextChoices):
        NOTICE = "notice", "平台通知"
        HAND_OUT = "hand_out", "当面告知"

    measure = models.ForeignKey(Measure, verbose_name="措施", on_delete=models.PROTECT, related_name="batches")
    matching = models.ForeignKey(
        Matching, verbose_name="措施匹配", null=True, blank=True, on_delete=models.PROTECT, related_name="batches"
    )
    kind = models.CharField("环节", max_length=10, choices=Kind.choices)
    way = models.CharField("途径", max_length=10, choices=Way.choices, blank=True)
    on = models.DateField("日期")
    version = models.PositiveSmallIntegerField("版次")
    businesses = models.PositiveIntegerField("户数")
    told = models.PositiveIntegerField("已告知", default=0)
    waiting = models.PositiveIntegerField("未告知", default=0)
    blocked = models.PositiveIntegerField("受阻", default=0)
    reason = models.CharField("说明", max_length=300, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="操作人",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="reach_batches",
    )

    objects = ReachBatchQuerySet.as_manager()

    class Meta:
        verbose_name = "批量记录"
        verbose_name_plural = "批量记录"
        ordering = ("pk",)
        constraints = (
            models.CheckConstraint(
                condition=~Q(kind="closed")
                | Q(businesses=models.F("told") + models.F("waiting") + models.F("blocked")) & ~Q(reason=""),
                name="measures_batch_closed_balances",
            ),
            models.CheckConstraint(condition=~Q(kind="told") | ~Q(way=""), name="measures_batch_told_has_way"),
        )

    def __str__(self) -> str:
        return f"{self.measure} {self.get_kind_display()} {self.businesses}户"


class ReceiptTable(TimeStamped):
    """A table of receipts that an organisation handed in: how many were taken, and the rows that came back.

    `refused` holds for each row its number in the sheet, its cells and the reason.
    """

    measure = models.ForeignKey(Measure, verbose_name="措施", on_delete=models.PROTECT, related_name="receipt_tables")
    organisation = models.ForeignKey(
        Organisation, verbose_name="落实单位", on_delete=models.PROTECT, related_name="receipt_tables"
    )
    file_name = models.CharField("文件名", max_length=255)
    taken = models.PositiveIntegerField("收下")
    refused = models.JSONField("退回的行", default=list, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="操作人", on_delete=models.PROTECT, related_name="receipt_tables"
    )

    class Meta:
        verbose_name = "回执表"
        verbose_name_plural = "回执表"
        ordering = ("-pk",)

    def __str__(self) -> str:
        return f"{self.measure} {self.file_name}"

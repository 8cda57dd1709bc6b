"""The title itself: who holds it, since when, until when, and how it ended (附件三(四)(五))."""

from datetime import date
from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q

from jieti.accounts.models import Jurisdiction
from jieti.kit.models import TimeStamped
from jieti.recognitions.models.applications import Application
from jieti.recognitions.models.nominations import CATEGORIES
from jieti.registry.models import Business


class RecognitionQuerySet(models.QuerySet["Recognition"]):
    def of(self, jurisdiction: Jurisdiction) -> Self:
        return self.filter(jurisdiction=jurisdiction)

    def live(self, on: date) -> Self:
        """In force on a day: decided, not over, not ended."""
        return self.filter(recognised_on__lte=on, last_day__gte=on).filter(Q(ended_on=None) | Q(ended_on__gt=on))

    def published_of(self, uscc: str) -> "Recognition | None":
        """The business's newest title that is marked and published."""
        return self.filter(business=uscc, published_at__isnull=False).order_by("-recognised_on", "-pk").first()

    def unended(self) -> Self:
        """What is held against the quota: not ended by anything."""
        return self.filter(ended_on=None)


class Recognition(TimeStamped):
    """A business's title in one category; never more than one not ended for a business.

    Valid from `recognised_on` to `last_day`, both included; `benefits_from` is the next year's first day
    (附件三(二)1). `base` and `ceiling` are the campaign's when it was decided, `receipt` names the run they come from.
    An end is written once, by the system for what data say, else by a decision; `end_number` is the decision's.
    """

    class End(models.TextChoices):
        WITHDRAWN = "withdrawn", "取消认定"
        REVOKED = "revoked", "撤销认定"
        EXPIRED = "expired", "到期"
        CONVERTED = "converted", "个转企"
        DEREGISTERED = "deregistered", "注销"

    jurisdiction = models.ForeignKey(
        Jurisdiction, verbose_name="辖区", on_delete=models.PROTECT, related_name="recognitions"
    )
    business = models.ForeignKey(
        Business, verbose_name="个体工商户", on_delete=models.PROTECT, related_name="recognitions"
    )
    application = models.OneToOneField(
        Application, verbose_name="申报", on_delete=models.PROTECT, related_name="recognition"
    )
    category = models.CharField("类别", max_length=20, choices=CATEGORIES)
    path = models.CharField("途径", max_length=20, choices=Application.Path.choices)
    number = models.CharField("认定编号", max_length=60, unique=True)
    year = models.PositiveSmallIntegerField("年度")
    recognised_on = models.DateField("认定日期")
    last_day = models.DateField("有效期末日")
    benefits_from = models.DateField("享受措施自")
    tier_at_recognition = models.CharField("认定时分型", max_length=20, blank=True)
    base = models.PositiveIntegerField("数量基数")
    ceiling = models.PositiveIntegerField("数量上限")
    receipt = models.CharField("结果收据", max_length=64)
    extensions = models.PositiveSmallIntegerField("延期次数", default=0)
    document_number = models.CharField("决定文号", max_length=60, blank=True)
    document_path = models.CharField("决定书", max_length=255, blank=True)
    document_docx_path = models.CharField("决定书（DOCX）", max_length=255, blank=True)
    published_at = models.DateTimeField("标注公示时间", null=True, blank=True)
    ended_on = models.DateField("终止日期", null=True, blank=True)
    end_kind = models.CharField("终止原因", max_length=20, choices=End.choices, blank=True)
    end_reason = models.TextField("终止说明", blank=True)
    end_number = models.CharField("终止文号", max_length=60, blank=True)
    end_path = models.CharField("终止决定书", max_length=255, blank=True)

    objects = RecognitionQuerySet.as_manager()

    class Meta:
        verbose_name = "认定"
        verbose_name_plural = "认定"
        ordering = ("-recognised_on", "number")
        constraints: ClassVar[tuple[models.BaseConstraint, ...]] = (
            models.UniqueConstraint(
                fields=("business",), condition=Q(ended_on__isnull=True), name="recognitions_recognition_one_live"
            ),
            models.CheckConstraint(
                condition=Q(recognised_on__lt=F("last_day")), name="recognitions_recognition_days_in_order"
            ),
            models.CheckConstraint(
                condition=Q(ended_on=None, end_kind="") | Q(ended_on__isnull=False) & ~Q(end_kind=""),
                name="recognitions_recognition_end_together",
            ),
            models.CheckConstraint(
                condition=~Q(end_kind="revoked") | Q(path="self"), name="recognitions_recognition_revoked_if_self"
            ),
        )

    def __str__(self) -> str:
        return f"{self.business} {self.get_category_display()}（{self.number}）"

    def is_live(self, on: date) -> bool:
        """Whether it is in force on that day."""
        return self.recognised_on <= on <= self.last_day and (self.ended_on is None or on < self.ended_on)


class NumberSeries(models.Model):
    """How many numbers of one series were given in a year, without gaps."""

    jurisdiction = models.ForeignKey(
        Jurisdiction, verbose_name="辖区", on_delete=models.PROTECT, related_name="number_series"
    )
    series = models.CharField("字号", max_length=40)
    year = models.PositiveSmallIntegerField("年度")
    last = models.PositiveIntegerField("末号", default=0)

    class Meta:
        verbose_name = "文号"
        verbose_name_plural = "文号"
        constraints: ClassVar[tuple[models.BaseConstraint, ...]] = (
            models.UniqueConstraint(fields=("jurisdiction", "series", "year"), name="recognitions_number_series_once"),
        )

    def __str__(self) -> str:
        return f"{self.series}〔{self.year}〕{self.last}号"

"""The yearly campaign: its run, quota base and rule of comparison; what is reported to the city and checked by it."""

from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from jieti.accounts.models import Jurisdiction
from jieti.determinations.models import Run
from jieti.kit import clock
from jieti.kit.models import TimeStamped


class CampaignQuerySet(models.QuerySet["Campaign"]):
    def of(self, jurisdiction: Jurisdiction) -> Self:
        return self.filter(jurisdiction=jurisdiction)

    def latest_first(self) -> Self:
        return self.order_by("-year")


class Campaign(TimeStamped):
    """A year's 申报、推荐和认定 in one jurisdiction (附件三(二)1); it opens only when the July results are published.

    `base` is the number of businesses of the quota's tiers in the published run, `ceiling` how many live recognitions
    that allows (附件三(四)); both are frozen with the run's `receipt` (its Merkle root). `factors` is the rule of
    comparison 比选, fixed before the first application: [{"key", "label", "weight", "most"}], ties as `tie_rule` says.
    """

    jurisdiction = models.ForeignKey(
        Jurisdiction, verbose_name="辖区", on_delete=models.PROTECT, related_name="campaigns"
    )
    year = models.PositiveSmallIntegerField("年度")
    run = models.ForeignKey(Run, verbose_name="分型结果", on_delete=models.PROTECT, related_name="campaigns")
    receipt = models.CharField("结果收据", max_length=64)
    base = models.PositiveIntegerField("数量基数")
    ceiling = models.PositiveIntegerField("数量上限")
    opens_on = models.DateField("开始")
    closes_on = models.DateField("截止（含）")
    factors = models.JSONField("比选因素", default=list)
    tie_rule = models.CharField("分数相同时", max_length=200, blank=True)
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="启动人", on_delete=models.PROTECT, related_name="campaigns_opened"
    )
    opened_at = models.DateTimeField("启动时间", default=clock.now)

    objects = CampaignQuerySet.as_manager()

    class Meta:
        verbose_name = "认定年度工作"
        verbose_name_plural = "认定年度工作"
        ordering = ("-year",)
        constraints: ClassVar[tuple[models.BaseConstraint, ...]] = (
            models.UniqueConstraint(fields=("jurisdiction", "year"), name="recognitions_campaign_once_a_year"),
            models.CheckConstraint(
                condition=Q(opens_on__lte=F("closes_on")), name="recognitions_campaign_days_in_order"
            ),
            models.CheckConstraint(condition=Q(ceiling__lte=F("base")), name="recognitions_campaign_ceiling"),
        )

    def __str__(self) -> str:
        return f"{self.jurisdiction}{self.year}年名特优新认定"


class CityReport(TimeStamped):
    """A list package of decided recognitions for the city's regulator (附件三(二)2): made, then marked sent."""

    campaign = models.ForeignKey(Campaign, verbose_name="年度工作", on_delete=models.PROTECT, related_name="reports")
    number = models.PositiveSmallIntegerField("第几批")
    recognitions = models.ManyToManyField("recognitions.Recognition", verbose_name="认定", related_name="city_reports")
    count = models.PositiveIntegerField("户数")
    sha256 = models.CharField("散列值", max_length=64)
    path = models.CharField("文件", max_length=255)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="生成人", on_delete=models.PROTECT, related_name="city_reports_made"
    )
    sent_at = models.DateTimeField("上报时间", null=True, blank=True)
    sent_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="上报人",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="city_reports_sent",
    )

    class Meta:
        verbose_name = "上报清单"
        verbose_name_plural = "上报清单"
        ordering = ("campaign", "number")
        constraints: ClassVar[tuple[models.BaseConstraint, ...]] = (
            models.UniqueConstraint(fields=("campaign", "number"), name="recognitions_city_report_once"),
            models.CheckConstraint(
                condition=Q(sent_at=None, sent_by=None) | Q(sent_at__isnull=False, sent_by__isnull=False),
                name="recognitions_city_report_sent_together",
            ),
        )

    def __str__(self) -> str:
        return f"{self.campaign} 第{self.number}批"


class SpotCheck(TimeStamped):
    """市级抽查: a random sample of reported recognitions, drawn with a seed that anybody can draw with again."""

    campaign = models.ForeignKey(
        Campaign, verbose_name="年度工作", on_delete=models.PROTECT, related_name="spot_checks"
    )
    seed = models.CharField("随机种子", max_length=64)
    population = models.JSONField("抽取范围", default=list)
    sample = models.JSONField("抽中", default=list)
    drawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="抽取人", on_delete=models.PROTECT, related_name="spot_checks_drawn"
    )
    drawn_at = models.DateTimeField("抽取时间", default=clock.now)

    class Meta:
        verbose_name = "市级抽查"
        verbose_name_plural = "市级抽查"
        ordering = ("-drawn_at",)

    def __str__(self) -> str:
        return f"{self.campaign} 抽查{len(self.sample)}户"

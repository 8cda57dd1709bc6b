"""比选 and 公示: independent scores, the ranking they give, the notices, and what the public objects."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from jieti.kit import clock
from jieti.kit.models import TimeStamped
from jieti.kit.protection import EncryptedTextField
from jieti.recognitions.models.applications import Application
from jieti.recognitions.models.campaigns import Campaign


class Score(TimeStamped):
    """One reviewer's points for one factor of one application; others see it only when the ranking is made."""

    application = models.ForeignKey(Application, verbose_name="申报", on_delete=models.PROTECT, related_name="scores")
    factor = models.SlugField("因素", max_length=60)
    points = models.PositiveSmallIntegerField("分数")
    note = models.TextField("理由")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="评分人", on_delete=models.PROTECT, related_name="scores"
    )
    at = models.DateTimeField("评分时间", default=clock.now)

    class Meta:
        verbose_name = "比选评分"
        verbose_name_plural = "比选评分"
        ordering = ("pk",)
        constraints: ClassVar[tuple[models.BaseConstraint, ...]] = (
            models.UniqueConstraint(fields=("application", "factor", "by"), name="recognitions_score_once"),
            models.CheckConstraint(condition=~Q(note=""), name="recognitions_score_reasoned"),
        )

    def __str__(self) -> str:
        return f"{self.application} {self.factor} {self.points}"


class Ranking(TimeStamped):
    """The order that the scores give by the campaign's rule. `rows`: place, application, total, each factor, chosen.

    `sha256` is over what went in (factors, tie rule, scores), so that anybody with it gets the same order.
    """

    campaign = models.ForeignKey(Campaign, verbose_name="年度工作", on_delete=models.PROTECT, related_name="rankings")
    places = models.PositiveIntegerField("可认定数量")
    rows = models.JSONField("名次")
    sha256 = models.CharField("散列值", max_length=64)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="排序人", on_delete=models.PROTECT, related_name="rankings_made"
    )
    made_at = models.DateTimeField("排序时间", default=clock.now)

    class Meta:
        verbose_name = "比选结果"
        verbose_name_plural = "比选结果"
        ordering = ("-made_at", "-pk")

    def __str__(self) -> str:
        return f"{self.campaign} 比选"


class PublicNotice(TimeStamped):
    """公示 of those to be recognised: from its first to its last day, both included (正文三(二); 民法典 200–203)."""

    campaign = models.ForeignKey(Campaign, verbose_name="年度工作", on_delete=models.PROTECT, related_name="notices")
    number = models.PositiveSmallIntegerField("第几批")
    applications = models.ManyToManyField(Application, verbose_name="拟认定", related_name="notices")
    opens_on = models.DateField("开始")
    closes_on = models.DateField("截止（含）")
    is_provisional = models.BooleanField("截止日暂定", default=False)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="发布人", on_delete=models.PROTECT, related_name="public_notices"
    )
    published_at = models.DateTimeField("发布时间", default=clock.now)

    class Meta:
        verbose_name = "公示"
        verbose_name_plural = "公示"
        ordering = ("-opens_on", "-pk")
        constraints: ClassVar[tuple[models.BaseConstraint, ...]] = (
            models.UniqueConstraint(fields=("campaign", "number"), name="recognitions_public_notice_once"),
            models.CheckConstraint(
                condition=Q(opens_on__lte=F("closes_on")), name="recognitions_public_notice_in_order"
            ),
        )

    def __str__(self) -> str:
        return f"{self.campaign} 公示第{self.number}批"


class NoticeObjection(TimeStamped):
    """What somebody, with name and contact, objects during a public notice, and what was found of it."""

    class Finding(models.TextChoices):
        UPHELD = "upheld", "成立"
        DISMISSED = "dismissed", "不成立"

    notice = models.ForeignKey(PublicNotice, verbose_name="公示", on_delete=models.PROTECT, related_name="objections")
    application = models.ForeignKey(
        Application, verbose_name="针对", on_delete=models.PROTECT, related_name="notice_objections"
    )
    name = models.CharField("姓名或者单位", max_length=100)
    contact = EncryptedTextField("联系方式")
    statement = models.TextField("异议内容")
    raised_at = models.DateTimeField("提出时间", default=clock.now)
    finding = models.CharField("处理结果", max_length=10, choices=Finding.choices, blank=True)
    answer = models.TextField("处理说明", blank=True)
    handled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="处理人",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="notice_objections_handled",
    )
    handled_at = models.DateTimeField("处理时间", null=True, blank=True)

    class Meta:
        verbose_name = "公示异议"
        verbose_name_plural = "公示异议"
        ordering = ("raised_at", "pk")
        constraints: ClassVar[tuple[models.BaseConstraint, ...]] = (
            models.CheckConstraint(
                condition=Q(finding="", handled_by=None, handled_at=None)
                | ~Q(finding="") & ~Q(answer="") & Q(handled_by__isnull=False, handled_at__isnull=False),
                name="recognitions_notice_objection_handled_together",
            ),
        )

    def __str__(self) -> str:
        return f"{self.notice} {self.application.business}"

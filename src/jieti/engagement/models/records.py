"""What is written down as it happened: visits, public opinion, party-building, awards, conversions."""

from typing import ClassVar, Self, TypeVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from jieti.accounts.models import Jurisdiction, Organisation
from jieti.kit.models import TimeStamped
from jieti.registry.models import Business

USCC = r"^[0-9]{8}[0-9A-HJ-NPQRTUWXY]{10}$"


M = TypeVar("M", bound=models.Model)


class RecordQuerySet(models.QuerySet[M]):
    """Rows that are of one jurisdiction."""

    def of(self, jurisdiction: Jurisdiction) -> Self:
        return self.filter(jurisdiction=jurisdiction)


class AssociationVisit(TimeStamped):
    """A visit of the association to a business 问情服务: what it said, what was told or promised (正文二(三)7)."""

    jurisdiction = models.ForeignKey(
        Jurisdiction, verbose_name="辖区", on_delete=models.PROTECT, related_name="association_visits"
    )
    business = models.ForeignKey(
        Business, verbose_name="个体工商户", on_delete=models.PROTECT, related_name="association_visits"
    )
    visited_on = models.DateField("走访日期")
    found = models.TextField("了解到的情况")
    done = models.TextField("当场答复和服务", blank=True)
    visited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="走访人", on_delete=models.PROTECT, related_name="association_visits"
    )

    objects = RecordQuerySet["AssociationVisit"].as_manager()

    class Meta:
        verbose_name = "问情走访"
        verbose_name_plural = "问情走访"
        ordering = ("-visited_on", "-pk")
        constraints: ClassVar[tuple[models.BaseConstraint, ...]] = (
            models.CheckConstraint(condition=~Q(found=""), name="engagement_visit_has_finding"),
        )

    def __str__(self) -> str:
        return f"{self.business} {self.visited_on}"


class OpinionRecord(TimeStamped):
    """Something said in public about the work 舆情, and how it was handled (正文三(三))."""

    class Weight(models.TextChoices):
        USUAL = "usual", "一般"
        NOTED = "noted", "关注"
        GRAVE = "grave", "重大"

    jurisdiction = models.ForeignKey(
        Jurisdiction, verbose_name="辖区", on_delete=models.PROTECT, related_name="opinion_records"
    )
    found_on = models.DateField("发现日期")
    origin = models.CharField("来源", max_length=200)
    gist = models.TextField("内容摘要")
    weight = models.CharField("程度", max_length=10, choices=Weight.choices)
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="登记人", on_delete=models.PROTECT, related_name="opinions_added"
    )
    handling = models.TextField("处置情况", blank=True)
    handled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="处置人",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="opinions_handled",
    )
    handled_on = models.DateField("处置日期", null=True, blank=True)

    objects = RecordQuerySet["OpinionRecord"].as_manager()

    class Meta:
        verbose_name = "舆情记录"
        verbose_name_plural = "舆情记录"
        ordering = ("-found_on", "-pk")
        constraints: ClassVar[tuple[models.BaseConstraint, ...]] = (
            models.CheckConstraint(
                condition=Q(handling="", handled_by=None, handled_on=None)
                | ~Q(handling="") & Q(handled_by__isnull=False, handled_on__isnull=False),
                name="engagement_opinion_handled_together",
            ),
        )

    def __str__(self) -> str:
        return f"{self.found_on} {self.origin}"


class PartyActivity(TimeStamped):
    """Something done in party-building 小个专党建: 三送, 三亮, visits, demonstration points, guidance (正文二(三)8)."""

    class Kind(models.TextChoices):
        BRINGING = "bringing", "三送"
        SHOWING = "showing", "三亮"
        VISITING = "visiting", "走访联系"
        MODEL = "model", "示范点和党建品牌"
        GUIDANCE = "guidance", "党建工作指导"

    jurisdiction = models.ForeignKey(
        Jurisdiction, verbose_name="辖区", on_delete=models.PROTECT, related_name="party_activities"
    )
    kind = models.CharField("种类", max_length=10, choices=Kind.choices)
    held_on = models.DateField("日期")
    held_by = models.CharField("组织单位", max_length=100)
    business = models.ForeignKey(
        Business,
        verbose_name="个体工商户",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="party_activities",
    )
    gist = models.TextField("内容")
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="登记人", on_delete=models.PROTECT, related_name="party_activities_added"
    )

    objects = RecordQuerySet["PartyActivity"].as_manager()

    class Meta:
        verbose_name = "党建工作记录"
        verbose_name_plural = "党建工作记录"
        ordering = ("-held_on", "-pk")
        constraints: ClassVar[tuple[models.BaseConstraint, ...]] = (
            models.CheckConstraint(condition=~Q(gist=""), name="engagement_party_has_gist"),
        )

    def __str__(self) -> str:
        return f"{self.held_on} {self.get_kind_display()}"


class Award(TimeStamped):
    """An award, title or honour of a business or its proprietor 表彰、命名和称号 (附件三(三)2).

    `kind`, `level`, `body_kind` and `recipient` are codes of the rulebook's source `awards`, which the register feeds.
    """

    jurisdiction = models.ForeignKey(Jurisdiction, verbose_name="辖区", on_delete=models.PROTECT, related_name="awards")
    business = models.ForeignKey(Business, verbose_name="个体工商户", on_delete=models.PROTECT, related_name="awards")
    kind = models.SlugField("奖项类别", max_length=60)
    name = models.CharField("奖项名称", max_length=200)
    level = models.SlugField("级别", max_length=60)
    body = models.CharField("授予单位", max_length=200)
    body_kind = models.SlugField("授予单位性质", max_length=60)
    recipient = models.SlugField("获奖人", max_length=60)
    awarded_on = models.DateField("授予日期")
    ended_on = models.DateField("到期或者撤销日期", null=True, blank=True)
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="登记人", on_delete=models.PROTECT, related_name="awards_added"
    )

    objects = RecordQuerySet["Award"].as_manager()

    class Meta:
        verbose_name = "表彰和称号"
        verbose_name_plural = "表彰和称号"
        ordering = ("-awarded_on", "-pk")
        constraints: ClassVar[tuple[models.BaseConstraint, ...]] = (
            models.UniqueConstraint(
                fields=("business", "kind", "name", "awarded_on", "recipient"), name="engagement_award_once"
            ),
            models.CheckConstraint(
                condition=Q(ended_on=None) | Q(ended_on__gte=F("awarded_on")), name="engagement_award_days_in_order"
            ),
        )

    def __str__(self) -> str:
        return f"{self.business} {self.name}"


class ConversionQuerySet(models.QuerySet["Conversion"]):
    def of(self, jurisdiction: Jurisdiction) -> Self:
        return self.filter(business__jurisdiction=jurisdiction)


class Conversion(TimeStamped):
    """That a business became an enterprise 个转企, by which its tier and its title end (附件二(三)2).

    `enterprise_uscc` may be the business's own: since 国市监注发〔2025〕58号 the code can be kept. `advised_on` is when
    the body for small enterprises told it about 专精特新.
    """

    business = models.OneToOneField(
        Business, verbose_name="个体工商户", on_delete=models.PROTECT, related_name="conversion"
    )
    converted_on = models.DateField("转型日期")
    enterprise_name = models.CharField("企业名称", max_length=200)
    enterprise_uscc = models.CharField("企业统一社会信用代码", max_length=18)
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="登记人", on_delete=models.PROTECT, related_name="conversions_added"
    )
    advised_on = models.DateField("专精特新辅导日期", null=True, blank=True)
    advised_by = models.ForeignKey(
        Organisation,
        verbose_name="辅导单位",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="conversions_advised",
    )

    objects = ConversionQuerySet.as_manager()

    class Meta:
        verbose_name = "个转企"
        verbose_name_plural = "个转企"
        ordering = ("-converted_on", "-pk")
        constraints: ClassVar[tuple[models.BaseConstraint, ...]] = (
            models.CheckConstraint(condition=Q(enterprise_uscc__regex=USCC), name="engagement_conversion_uscc"),
            models.CheckConstraint(
                condition=Q(advised_on=None, advised_by=None) | Q(advised_on__isnull=False, advised_by__isnull=False),
                name="engagement_conversion_advised_together",
            ),
        )

    def __str__(self) -> str:
        return f"{self.business} → {self.enterprise_name}"

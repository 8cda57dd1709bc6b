from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

NO_DEPARTMENT = "待明确牵头部门"


class ScopeKind(models.TextChoices):
    TIER = "tier", "分型帮扶"
    CATEGORY = "category", "分类培育"
    GENERAL = "general", "面向全部个体工商户"


class Strength(models.TextChoices):
    """How far the document binds itself. Only a duty may be promised; the rest carries no entitlement."""

    DUTY = "duty", "应当落实"
    SUPPORT = "support", "支持"
    ENCOURAGE = "encourage", "鼓励"
    EXPLORE = "explore", "探索"


class Delivery(models.TextChoices):
    AUTOMATIC = "automatic", "免申即享"
    APPLY = "apply", "需要申请"
    SERVICE = "service", "主动服务"


class MeasureQuerySet(models.QuerySet["Measure"]):
    def for_tier(self, tier: str) -> Self:
        """The measures of one tier, in the document's order."""
        return self.filter(scope_kind=ScopeKind.TIER, scope=tier)

    def for_category(self, category: str) -> Self:
        return self.filter(scope_kind=ScopeKind.CATEGORY, scope=category)

    def general(self) -> Self:
        return self.filter(scope_kind=ScopeKind.GENERAL)


class Measure(models.Model):
    """One row of the document's measures; departments that it leaves open stay open (AMB-27)."""

    key = models.SlugField("编号", unique=True)
    title = models.CharField("措施", max_length=100)
    gist = models.TextField("内容")
    strength = models.CharField("力度", max_length=10, choices=Strength.choices)
    scope_kind = models.CharField("类别", max_length=10, choices=ScopeKind.choices)
    scope = models.CharField("对象", max_length=20, blank=True)
    clause = models.CharField("条款", max_length=60)
    delivery = models.CharField("方式", max_length=10, choices=Delivery.choices)
    lead = models.CharField("牵头部门标识", max_length=60, blank=True)
    lead_name = models.CharField("牵头部门", max_length=100, blank=True)
    co = ArrayField(models.CharField(max_length=60), verbose_name="共同负责部门标识", default=list)
    co_names = ArrayField(models.CharField(max_length=100), verbose_name="共同负责部门", default=list)
    order = models.PositiveSmallIntegerField("次序")

    objects = MeasureQuerySet.as_manager()

    class Meta:
        verbose_name = "措施"
        verbose_name_plural = "措施"
        ordering = ("order",)
        constraints = (
            models.CheckConstraint(
                condition=Q(scope_kind=ScopeKind.GENERAL, scope="") | (~Q(scope_kind=ScopeKind.GENERAL) & ~Q(scope="")),
                name="measure_scope_named",
            ),
        )

    def __str__(self) -> str:
        return self.title

    @property
    def department(self) -> str:
        """Who answers for it: the lead first, then the others; open where the document names nobody."""
        names = [name for name in (self.lead_name, *self.co_names) if name]
        if not names:
            return NO_DEPARTMENT
        return f"{'、'.join(names)}按职责分工负责" if len(names) > 1 else names[0]

    @property
    def is_binding(self) -> bool:
        return self.strength == Strength.DUTY

"""A measure as people know it, and its versions as they were written, checked, published and retired."""

from datetime import date
from typing import Self

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value

from jieti.accounts.models import TOWN_KINDS, Jurisdiction, Organisation
from jieti.accounts.perms import may_oversee_measures
from jieti.domain.terms import Category, Tier
from jieti.kit.models import TimeStamped

NO_DEPARTMENT = "待明确牵头部门"
TOWNSHIPS = "townships"
"""The key by which rulebooks name all towns, townships and subdistricts together."""
NO_ENTITLEMENT = "不产生请求给付的权利"


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
    def of(self, jurisdiction: Jurisdiction) -> Self:
        return self.filter(jurisdiction=jurisdiction)

    def of_site(self) -> Self:
        """Those of the jurisdiction whose face the public sees."""
        return self.filter(jurisdiction__rulebook=settings.JURISDICTION)

    def in_force(self) -> Self:
        """Those that were not retired."""
        return self.filter(retired_on__isnull=True)

    def for_tier(self, tier: str) -> Self:
        """The measures of one tier, in the document's order."""
        return self.in_force().filter(scope_kind=ScopeKind.TIER, scope=tier)

    def for_category(self, category: str) -> Self:
        return self.in_force().filter(scope_kind=ScopeKind.CATEGORY, scope=category)

    def general(self) -> Self:
        return self.in_force().filter(scope_kind=ScopeKind.GENERAL)

    def without_department(self) -> Self:
        """The gap: measures for which nobody answers yet (AMB-27)."""
        return self.in_force().filter(lead="", co=[])

    def open_to(self, user: models.Model, jurisdiction: Jurisdiction) -> Self:
        """Those of which the user may see whom they reach: the overseers all, others what their own body answers for.

        What the document leaves to bodies named only together is looked after by the district's regulator, but what it
        leaves to all townships by each for its own town.
        """
        own = self.of(jurisdiction)
        if may_oversee_measures(user, jurisdiction):  # type: ignore[arg-type]  # a user is one
            return own
        bodies = Organisation.objects.worked_for_by(user).filter(jurisdiction=jurisdiction)
        keys = [one.key for one in bodies]
        keys += [TOWNSHIPS] if any(one.kind in TOWN_KINDS for one in bodies) else []
        return own.filter(Q(lead__in=keys) | Q(co__overlap=keys))


class Content(models.Model):
    """What a measure says, for whom, by whom; shared by the measure (as published) and each of its versions."""

    title = models.CharField("措施", max_length=100)
    gist = models.TextField("内容")
    strength = models.CharField("力度", max_length=10, choices=Strength.choices)
    scope_kind = models.CharField("类别", max_length=10, choices=ScopeKind.choices)
    scope = models.CharField("对象", max_length=20, blank=True)
    clause = models.CharField("条款", max_length=60)
    delivery = models.CharField("方式", max_length=10, choices=Delivery.choices)
    lead = models.CharField("牵头部门标识", max_length=60, blank=True)
    lead_name = models.CharField("牵头部门", max_length=100, blank=True)
    co = ArrayField(models.CharField(max_length=60), verbose_name="共同负责部门标识", default=list, blank=True)
    co_names = ArrayField(models.CharField(max_length=100), verbose_name="共同负责部门", default=list, blank=True)

    class Meta:
        abstract = True

    @property
    def department(self) -> str:
        """Who answers for it: the lead first, then the others; open where the document names nobody."""
        names = [name for name in (self.lead_name, *self.co_names) if name]
        if not names:
            return NO_DEPARTMENT
        return f"{'、'.join(names)}按职责分工负责" if len(names) > 1 else names[0]

    @property
    def scope_label(self) -> str:
        """For whom it is, in words."""
        if self.scope_kind == ScopeKind.GENERAL:
            return ScopeKind.GENERAL.label
        label = Tier(self.scope).label if self.scope_kind == ScopeKind.TIER else Category(self.scope).label
        return f"“{label}”个体工商户"

    @property
    def is_binding(self) -> bool:
        return self.strength == Strength.DUTY


class Measure(Content):
    """One measure of help or cultivation, as it is published now; departments left open stay open (AMB-27).

    `number` is its bit in the ledger and is never given again. A retired measure keeps its row and its ledger.
    """

    jurisdiction = models.ForeignKey(
        Jurisdiction, verbose_name="辖区", on_delete=models.PROTECT, related_name="measures"
    )
    key = models.SlugField("编号")
    number = models.PositiveSmallIntegerField("位号")
    order = models.PositiveSmallIntegerField("次序")
    retired_on = models.DateField("废止日期", null=True, blank=True)

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
            models.UniqueConstraint(fields=("jurisdiction", "key"), name="measures_measure_key"),
            models.UniqueConstraint(fields=("jurisdiction", "number"), name="measures_measure_number"),
        )

    def __str__(self) -> str:
        return self.title


class MeasureVersionQuerySet(models.QuerySet["MeasureVersion"]):
    def of(self, jurisdiction: Jurisdiction) -> Self:
        return self.filter(jurisdiction=jurisdiction)

    def published(self) -> Self:
        return self.filter(status=MeasureVersion.Status.PUBLISHED)

    def in_review(self) -> Self:
        return self.filter(status=MeasureVersion.Status.REVIEW)

    def in_force(self, on: date) -> Self:
        """Published, begun and not over on the day."""
        begun = Q(starts_on__isnull=True) | Q(starts_on__lte=on)
        return self.published().filter(begun, Q(ends_on__isnull=True) | Q(ends_on__gte=on))


class MeasureVersion(TimeStamped, Content):
    """A measure as one body wrote it: draft → review → published → retired; published by somebody else.

    `measure` is null until the first version of a key is published. `condition` is in the rule language (YAML), empty
    where the scope alone decides; `sentence` says it plainly. In force from `starts_on` to `ends_on`, both included;
    the versions of a measure never overlap. The four `…_definite` say whether beneficiary, basis, content and validity
    are: only then may it be delivered without an application 免申即享 (正文二(三)6).
    """

    class Status(models.TextChoices):
        DRAFT = "draft", "起草"
        REVIEW = "review", "待审核"
        PUBLISHED = "published", "已发布"
        RETIRED = "retired", "已废止"

    jurisdiction = models.ForeignKey(
        Jurisdiction, verbose_name="辖区", on_delete=models.PROTECT, related_name="measure_versions"
    )
    key = models.SlugField("编号")
    version = models.PositiveSmallIntegerField("版次")
    measure = models.ForeignKey(
        Measure, verbose_name="措施", null=True, blank=True, on_delete=models.PROTECT, related_name="versions"
    )
    organisation = models.ForeignKey(
        Organisation,
        verbose_name="起草单位",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="measure_versions",
    )
    status = models.CharField("状态", max_length=10, choices=Status.choices, default=Status.DRAFT)
    legal_basis = models.CharField("政策依据", max_length=300, blank=True)
    condition = models.TextField("适用条件", blank=True)
    sentence = models.CharField("条件的说明", max_length=300, blank=True)
    contact = models.CharField("咨询方式", max_length=200, blank=True)
    starts_on = models.DateField("施行日期", null=True, blank=True)
    ends_on = models.DateField("截止日期", null=True, blank=True)
    beneficiary_definite = models.BooleanField("对象明确", default=False)
    basis_definite = models.BooleanField("依据明确", default=False)
    content_definite = models.BooleanField("内容明确", default=False)
    validity_definite = models.BooleanField("期限明确", default=False)
    drafted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="起草人",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="measures_drafted",
    )
    submitted_at = models.DateTimeField("送审时间", null=True, blank=True)
    returned_reason = models.CharField("退回理由", max_length=300, blank=True)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="发布人",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="measures_published",
    )
    published_at = models.DateTimeField("发布时间", null=True, blank=True)
    retired_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="废止人",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="measures_retired",
    )
    retired_at = models.DateTimeField("废止时间", null=True, blank=True)
    retired_reason = models.CharField("废止理由", max_length=300, blank=True)

    objects = MeasureVersionQuerySet.as_manager()

    class Meta:
        verbose_name = "措施版本"
        verbose_name_plural = "措施版本"
        ordering = ("key", "-version")
        constraints = (
            models.UniqueConstraint(fields=("jurisdiction", "key", "version"), name="measures_version_once"),
            models.CheckConstraint(
                condition=Q(starts_on__isnull=True) | Q(ends_on__isnull=True) | Q(starts_on__lte=F("ends_on")),
                name="measures_version_days_in_order",
            ),
            models.CheckConstraint(
                condition=Q(published_by__isnull=True)
                | Q(drafted_by__isnull=True)
                | ~Q(published_by=models.F("drafted_by")),
                name="measures_version_two_people",
            ),
            models.CheckConstraint(
                condition=~Q(status="published") | Q(measure__isnull=False, published_at__isnull=False),
                name="measures_version_published_together",
            ),
            models.CheckConstraint(
                condition=~Q(status="retired") | Q(retired_at__isnull=False) & ~Q(retired_reason=""),
                name="measures_version_retired_together",
            ),
            models.CheckConstraint(
                condition=Q(condition="") | ~Q(sentence=""), name="measures_version_condition_is_said"
            ),
            ExclusionConstraint(
                name="measures_version_no_overlap",
                expressions=[
                    (F("measure"), RangeOperators.EQUAL),
                    (
                        Func(
                            F("starts_on"),
                            F("ends_on"),
                            Value("[]"),
                            function="daterange",
                            output_field=DateRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                condition=Q(status="published"),
            ),
        )

    def __str__(self) -> str:
        return f"{self.title}（第{self.version}版）"

    @property
    def is_definite(self) -> bool:
        """Beneficiary, basis, content and validity are all definite."""
        return self.beneficiary_definite and self.basis_definite and self.content_definite and self.validity_definite

    @property
    def goes_by_itself(self) -> bool:
        """Delivered without an application 免申即享."""
        return self.delivery == Delivery.AUTOMATIC and self.is_definite

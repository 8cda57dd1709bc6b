"""The register of businesses: how each stands and stood, when that was known, whose it is, who may speak for it."""

import datetime
from typing import Self

from django.conf import settings
from django.contrib.postgres.fields import DateTimeRangeField
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.functions import Left, Length
from django.db.models.lookups import Exact, Regex

from jieti.accounts.models import Jurisdiction, Organisation
from jieti.domain.terms import RegistrationStatus
from jieti.kit import clock
from jieti.kit.models import TimeStamped
from jieti.registry.models.deliveries import Delivery

NO_USCC = r"[^0-9A-HJ-NPQRTUWXY]"
NO_DIGIT = r"[^0-9]"
USCC_LENGTH, USCC_DIGITS = 18, 8
NO_HASH = r"[^0-9a-f]"
HASH_LENGTH = 64


def _has_uscc_form() -> Q:
    """18 characters, digits first. Not by {18}, which PostgreSQL takes several times as long to match."""
    is_long = Q(Exact(Length("uscc"), USCC_LENGTH))
    return is_long & ~Q(uscc__regex=NO_USCC) & ~Q(Regex(Left("uscc", USCC_DIGITS), NO_DIGIT))


class EntityKind(models.TextChoices):
    """What stands behind a code: since 国市监注发〔2025〕58号 a 个转企 may keep it, so the code alone does not tell."""

    INDIVIDUAL = "individual", "个体工商户"
    ENTERPRISE = "enterprise", "企业"


class Person(TimeStamped):
    """A natural person who operates businesses. Identity number and telephone are encrypted, compared by keyed hash.

    `phone_hash` is blank where no telephone is known.
    """

    name = models.CharField("姓名", max_length=500)
    identity_hash = models.CharField("身份证号码的键控散列", max_length=64)
    identity_cipher = models.BinaryField("身份证号码（加密）")
    phone_hash = models.CharField("联系电话的键控散列", max_length=64, blank=True)
    phone_cipher = models.BinaryField("联系电话（加密）", null=True, blank=True)

    class Meta:
        verbose_name = "经营者"
        verbose_name_plural = "经营者"
        constraints = (
            # Not by {64}, which PostgreSQL takes ten times as long to match.
            models.CheckConstraint(
                condition=Q(Exact(Length("identity_hash"), HASH_LENGTH)) & ~Q(identity_hash__regex=NO_HASH),
                name="registry_person_hash",
            ),
            models.UniqueConstraint(fields=("identity_hash",), name="registry_person_once"),
        )

    def __str__(self) -> str:
        return self.name


class BusinessQuerySet(models.QuerySet["Business"]):
    def current(self) -> Self:
        """Those in the register as last delivered."""
        return self.filter(absent_since__isnull=True)

    def visible_to(self, user: models.Model) -> Self:
        """Those of the jurisdictions in the user's scope."""
        return self.filter(jurisdiction__in=Jurisdiction.objects.seen_by(user))

    def owned_by(self, user: models.Model) -> Self:
        """Those whose proprietor the user is known to be."""
        return self.filter(proprietorships__user=user)

    def handled_by(self, user: models.Model, *, on: datetime.date) -> Self:
        """Those whose proprietor the user is, or for whom they hold a mandate that is in force on the day."""
        return self.filter(
            Q(proprietorships__user=user) | Q(mandates__in=Mandate.objects.in_force(on).filter(agent_id=user.pk))
        ).distinct()


class Business(models.Model):
    """An individually-owned business 个体工商户 as the register last had it; null and blank are unknown.

    Written only by deliveries of the register, but for `converted_on`, the day on which it became an enterprise as
    people recorded it. `delivery` is the one that last changed the row, `absent_since` the
    full delivery from which it first was missing. `registration_status` has the codes of the jurisdiction's rulebook;
    those that the site's own has are named here. Triggers of the table (registry.0005) refuse what a foreign key
    would refuse, once for all rows of a statement (docs/adr): row by row a million take a minute.
    """

    uscc = models.CharField("统一社会信用代码", max_length=18, primary_key=True)
    jurisdiction = models.ForeignKey(
        Jurisdiction,
        verbose_name="辖区",
        on_delete=models.PROTECT,
        related_name="businesses",
        db_constraint=False,
        db_index=False,
    )
    name = models.CharField("名称", max_length=500)
    registration_status = models.CharField(  # noqa: DJ001 - null is unknown, which no text may stand for
        "登记状态",
        max_length=30,
        null=True,
        blank=True,
        choices=[(term.value, term.label) for term in RegistrationStatus],
    )
    established_on = models.DateField("成立日期", null=True, blank=True)
    proprietor = models.CharField("经营者", max_length=500, blank=True)
    person = models.ForeignKey(
        "registry.Person",
        verbose_name="经营者本人",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="businesses",
        db_constraint=False,
    )
    entity_kind = models.CharField("主体类型", max_length=20, choices=EntityKind.choices, default=EntityKind.INDIVIDUAL)
    converted_on = models.DateField("转型日期", null=True, blank=True)
    address = models.CharField("经营场所", max_length=500, blank=True)
    town = models.CharField("所属镇街", max_length=500, blank=True)
    industry = models.CharField("行业代码", max_length=500, blank=True)
    name_initials = models.CharField("名称首字母", max_length=500, blank=True)
    delivery = models.ForeignKey(
        Delivery,
        verbose_name="送数",
        on_delete=models.PROTECT,
        related_name="businesses",
        db_constraint=False,
        db_index=False,
    )
    absent_since = models.ForeignKey(
        Delivery,
        verbose_name="不再见于",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="absentees",
        db_constraint=False,
        db_index=False,
    )

    objects = BusinessQuerySet.as_manager()

    class Meta:
        verbose_name = "个体工商户"
        verbose_name_plural = "个体工商户"
        ordering = ("uscc",)
        constraints = (
            models.CheckConstraint(condition=_has_uscc_form(), name="registry_business_uscc"),
            models.CheckConstraint(condition=~Q(name=""), name="registry_business_has_name"),
        )

    def __str__(self) -> str:
        return self.name


class Proprietorship(TimeStamped):
    """That a user is the proprietor of a business, and so may see its results with their reasons."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="用户", on_delete=models.PROTECT, related_name="proprietorships"
    )
    business = models.ForeignKey(
        Business, verbose_name="个体工商户", on_delete=models.PROTECT, related_name="proprietorships"
    )

    class Meta:
        verbose_name = "经营者账号"
        verbose_name_plural = "经营者账号"
        constraints = (models.UniqueConstraint(fields=("user", "business"), name="registry_proprietorship_once"),)

    def __str__(self) -> str:
        return f"{self.user}：{self.business}"


class BusinessRecordQuerySet(models.QuerySet["BusinessRecord"]):
    def current(self) -> Self:
        """As known now."""
        return self.filter(known__upper_inf=True)

    def known_at(self, moment: datetime.datetime) -> Self:
        """As it was known at `moment`."""
        return self.filter(known__contains=moment)

    def valid_on(self, day: datetime.date) -> Self:
        """What held on `day` as far as these know."""
        return self.filter(Q(valid_to__isnull=True) | Q(valid_to__gt=day), valid_from__lte=day)


class BusinessRecord(models.Model):
    """One state of a business's registration: what held from `valid_from` until before `valid_to`, and when we knew.

    `known` is the span of moments during which this record was what the register said; a correction or a newer
    delivery ends it and opens another, nothing is overwritten. A record of values that no longer hold is still known.
    Triggers of the table (registry.0004) refuse two records of a business for one day and one moment, any change but
    the end of `known`, and deletion. An exclusion constraint says the same, but takes minutes for a million records.
    """

    uscc = models.CharField("统一社会信用代码", max_length=18)
    jurisdiction = models.ForeignKey(
        Jurisdiction,
        verbose_name="辖区",
        on_delete=models.PROTECT,
        related_name="business_records",
        db_constraint=False,
        db_index=False,
    )
    name = models.CharField("名称", max_length=500)
    registration_status = models.CharField("登记状态", max_length=30, null=True, blank=True)  # noqa: DJ001 - null is unknown
    established_on = models.DateField("成立日期", null=True, blank=True)
    proprietor = models.CharField("经营者", max_length=500, blank=True)
    person = models.ForeignKey(
        Person,
        verbose_name="经营者本人",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="records",
        db_constraint=False,
        db_index=False,
    )
    entity_kind = models.CharField("主体类型", max_length=20, choices=EntityKind.choices, default=EntityKind.INDIVIDUAL)
    address = models.CharField("经营场所", max_length=500, blank=True)
    town = models.CharField("所属镇街", max_length=500, blank=True)
    industry = models.CharField("行业代码", max_length=500, blank=True)
    valid_from = models.DateField("自")
    valid_to = models.DateField("至（不含）", null=True, blank=True)
    known = DateTimeRangeField("知悉期间")
    delivery = models.ForeignKey(
        Delivery,
        verbose_name="送数",
        on_delete=models.PROTECT,
        related_name="records",
        db_constraint=False,
        db_index=False,
    )

    objects = BusinessRecordQuerySet.as_manager()

    class Meta:
        verbose_name = "登记情况沿革"
        verbose_name_plural = "登记情况沿革"
        ordering = ("uscc", "valid_from", "known")
        constraints = (
            models.CheckConstraint(condition=_has_uscc_form(), name="registry_record_uscc_form"),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from")), name="registry_record_valid"
            ),
            models.UniqueConstraint(
                F("uscc"), F("valid_from"), Func(F("known"), function="lower"), name="registry_record_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.uscc} {self.name} {self.valid_from}"


class MandateQuerySet(models.QuerySet["Mandate"]):
    def in_force(self, on: datetime.date) -> Self:
        """Those that have begun, have not ended and were not revoked by the day."""
        return self.filter(starts_on__lte=on, ends_on__gte=on, revoked_at__isnull=True)


class Mandate(TimeStamped):
    """That a proprietor lets another person act for the business between two dates, both included."""

    business = models.ForeignKey(Business, verbose_name="个体工商户", on_delete=models.PROTECT, related_name="mandates")
    agent = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="受托人", on_delete=models.PROTECT, related_name="mandates"
    )
    granted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="委托人", on_delete=models.PROTECT, related_name="mandates_granted"
    )
    starts_on = models.DateField("自")
    ends_on = models.DateField("至（含）")
    revoked_at = models.DateTimeField("撤销时间", null=True, blank=True)

    objects = MandateQuerySet.as_manager()

    class Meta:
        verbose_name = "委托"
        verbose_name_plural = "委托"
        constraints = (
            models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="registry_mandate_dates"),
            models.CheckConstraint(condition=~Q(agent=F("granted_by")), name="registry_mandate_two_people"),
        )

    def __str__(self) -> str:
        return f"{self.business} 委托 {self.agent}"


class CorrectionRequestQuerySet(models.QuerySet["CorrectionRequest"]):
    def visible_to(self, user: models.Model) -> Self:
        """Those of the jurisdictions in the user's scope."""
        return self.filter(business__jurisdiction__in=Jurisdiction.objects.seen_by(user))

    def open(self) -> Self:
        return self.filter(status=CorrectionRequest.Status.OPEN)

    def addressed_to_organisations_of(self, user: models.Model) -> Self:
        """Those that a body the user works for has to answer."""
        return self.filter(addressed_to__memberships__user_id=user.pk).distinct()


class CorrectionRequest(TimeStamped):
    """A proprietor's word that a value which a department supplied is wrong; the supplying department answers."""

    class Status(models.TextChoices):
        OPEN = "open", "待答复"
        CORRECTED = "corrected", "已更正"
        UPHELD = "upheld", "核实无误"
        WITHDRAWN = "withdrawn", "已撤回"

    business = models.ForeignKey(
        Business, verbose_name="个体工商户", on_delete=models.PROTECT, related_name="correction_requests"
    )
    source_key = models.SlugField("来源", max_length=60)
    item = models.SlugField("数据项", max_length=60)
    shown_value = models.TextField("页面上的值", blank=True)
    claim = models.TextField("本人说明")
    raised_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="提出人", on_delete=models.PROTECT, related_name="corrections_raised"
    )
    raised_at = models.DateTimeField("提出时间", default=clock.now)
    addressed_to = models.ForeignKey(
        Organisation, verbose_name="供数单位", on_delete=models.PROTECT, related_name="correction_requests"
    )
    status = models.CharField("状态", max_length=10, choices=Status.choices, default=Status.OPEN)
    answer = models.TextField("答复", blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="答复人",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="corrections_answered",
    )
    answered_at = models.DateTimeField("答复时间", null=True, blank=True)
    delivery = models.ForeignKey(
        Delivery,
        verbose_name="更正送数",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="corrections",
    )

    objects = CorrectionRequestQuerySet.as_manager()

    class Meta:
        verbose_name = "更正请求"
        verbose_name_plural = "更正请求"
        ordering = ("-raised_at", "-pk")
        constraints = (
            models.CheckConstraint(condition=~Q(claim=""), name="registry_correction_has_claim"),
            models.UniqueConstraint(
                fields=("business", "source_key", "item"),
                condition=Q(status="open"),
                name="registry_correction_one_open",
            ),
            models.CheckConstraint(
                condition=Q(status__in=("corrected", "upheld"), answered_by__isnull=False, answered_at__isnull=False)
                & ~Q(answer="")
                | Q(status__in=("open", "withdrawn"), answered_by=None, answered_at=None, answer=""),
                name="registry_correction_answered_together",
            ),
        )

    def __str__(self) -> str:
        return f"{self.business} {self.source_key}.{self.item}"

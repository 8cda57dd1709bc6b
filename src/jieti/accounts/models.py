"""Users and what they are in which organisation."""

import hashlib
from datetime import date
from typing import Self

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import F, Q

from jieti.kit.models import TimeStamped
from jieti.kit.protection import EncryptedTextField, Protected


class User(AbstractUser):
    """A person who can log in. What they may do follows from their memberships alone."""

    display_name = models.CharField("姓名", max_length=100, blank=True)
    password_is_temporary = models.BooleanField("须修改密码", default=False)
    """Somebody else has seen the password: the first thing its owner does is to change it."""
    contact_phone: EncryptedTextField[str | Protected | None, Protected | None] = EncryptedTextField(
        "接收通知的手机号码", null=True, blank=True
    )

    class Meta:
        verbose_name = "用户"
        verbose_name_plural = "用户"

    def __str__(self) -> str:
        return self.display_name or self.username

    def set_password(self, raw_password: str | None) -> None:
        """A new password is the owner's own, until an action says that it is temporary."""
        super().set_password(raw_password)
        self.password_is_temporary = False

    @property
    def jurisdiction_code(self) -> str:
        """The division code of where the user works, as audit records take it; empty for whom works nowhere."""
        homes = Organisation.objects.filter(memberships__user_id=self.pk).order_by("jurisdiction")
        return homes.values_list("jurisdiction", flat=True).first() or ""


SHA256 = r"^[0-9a-f]{64}$"
DISTRICT_REGULATOR = "district_regulator"
"""The key by which every rulebook names the regulator that determines tiers."""
CITY_REGULATOR = "city_regulator"
"""The key by which every rulebook names the regulator of the city above."""
ASSOCIATION = "business_association"
"""The key by which every rulebook names the association of the individually-owned businesses."""


class JurisdictionQuerySet(models.QuerySet["Jurisdiction"]):
    def site(self) -> "Jurisdiction":
        """The one whose face this site shows to the public (settings.JURISDICTION).

        Raises Jurisdiction.DoesNotExist while nothing has been loaded.
        """
        return self.get(rulebook=settings.JURISDICTION)

    def seen_by(self, user: models.Model) -> Self:
        """Those in which the user works, and for the city's own officers the districts of their city."""
        own = Q(organisations__memberships__user_id=user.pk)
        of_city = Q(
            parent__organisations__key=CITY_REGULATOR,
            parent__organisations__memberships__user_id=user.pk,
            parent__organisations__memberships__role=Role.CITY_OFFICER,
        )
        return self.filter(own | of_city).distinct()


class Jurisdiction(TimeStamped):
    """A city or district that works here, each with its own rulebook, officers and cases.

    `code` is its division code (GB/T 2260, six digits). A city instance holds several districts under one parent.
    """

    class Level(models.TextChoices):
        CITY = "city", "市"
        DISTRICT = "district", "区"

    code = models.CharField("区划代码", max_length=6, primary_key=True)
    name = models.CharField("名称", max_length=100, unique=True)
    level = models.CharField("级别", max_length=10, choices=Level.choices)
    rulebook = models.SlugField("规则标识", max_length=60, unique=True)
    edition = models.CharField("版本", max_length=20)
    parent = models.ForeignKey(
        "self", verbose_name="上级", null=True, blank=True, on_delete=models.PROTECT, related_name="districts"
    )

    objects = JurisdictionQuerySet.as_manager()

    class Meta:
        verbose_name = "辖区"
        verbose_name_plural = "辖区"
        ordering = ("code",)
        constraints = (
            models.CheckConstraint(condition=Q(code__regex=r"^[0-9]{6}$"), name="accounts_jurisdiction_code"),
            models.CheckConstraint(
                condition=Q(level="city", parent__isnull=True) | Q(level="district"),
                name="accounts_jurisdiction_city_on_top",
            ),
        )

    def __str__(self) -> str:
        return self.name


class OrganisationKind(models.TextChoices):
    """Which kind of body an organisation is, as the rulebook's organisations say."""

    DEPARTMENT = "department", "部门"
    CITY_DEPARTMENT = "city_department", "市级部门"
    COURT = "court", "法院"
    ASSOCIATION = "association", "协会"
    SUBDISTRICT = "subdistrict", "街道"
    TOWN = "town", "镇"
    TOWNSHIP = "township", "乡"
    DEVELOPMENT_ZONE = "development_zone", "开发区"


TOWN_KINDS = (
    OrganisationKind.SUBDISTRICT,
    OrganisationKind.TOWN,
    OrganisationKind.TOWNSHIP,
    OrganisationKind.DEVELOPMENT_ZONE,
)
"""The bodies of one part of the district each."""


class OrganisationQuerySet(models.QuerySet["Organisation"]):
    def visible_to(self, user: models.Model) -> Self:
        """Those of the jurisdictions in the user's scope."""
        return self.filter(jurisdiction__in=Jurisdiction.objects.seen_by(user))

    def worked_for_by(self, user: models.Model) -> Self:
        """Those of which the user is a member."""
        return self.filter(memberships__user_id=user.pk).distinct()

    def in_document_order(self) -> Self:
        """The issuing departments as they signed, then the others."""
        return self.order_by(F("issuer_order").asc(nulls_last=True), "kind", "key")


class Organisation(TimeStamped):
    """A body named by a jurisdiction's rulebook: a regulator, a department, a town or an association.

    `issuer_order` is its place among those who signed the document; `area_code` the statistical code of a town.
    """

    jurisdiction = models.ForeignKey(
        Jurisdiction, verbose_name="辖区", on_delete=models.PROTECT, related_name="organisations"
    )
    key = models.SlugField("标识", max_length=60)
    name = models.CharField("名称", max_length=100)
    short = models.CharField("简称", max_length=60, blank=True)
    kind = models.CharField("类别", max_length=30, choices=OrganisationKind.choices)
    issuer_order = models.PositiveSmallIntegerField("落款次序", null=True, blank=True)
    area_code = models.CharField("统计用区划代码", max_length=12, blank=True)

    objects = OrganisationQuerySet.as_manager()

    class Meta:
        verbose_name = "单位"
        verbose_name_plural = "单位"
        ordering = ("kind", "key")
        constraints = (
            models.UniqueConstraint(fields=("jurisdiction", "key"), name="accounts_organisation_key"),
            models.UniqueConstraint(fields=("jurisdiction", "name"), name="accounts_organisation_name"),
            models.CheckConstraint(
                condition=Q(kind__in=OrganisationKind.values), name="accounts_organisation_known_kind"
            ),
        )

    def __str__(self) -> str:
        return self.name


class Role(models.TextChoices):
    """What a member does for an organisation."""

    INTAKE_CLERK = "intake_clerk", "受理人员"
    REVIEWER = "reviewer", "审核人员"
    APPROVER = "approver", "审批人员"
    DEPARTMENT_OFFICER = "department_officer", "部门工作人员"
    TOWN_OFFICER = "town_officer", "镇街工作人员"
    ASSOCIATION_WORKER = "association_worker", "协会工作人员"
    CITY_OFFICER = "city_officer", "市级工作人员"
    AUDITOR = "auditor", "审计人员"
    ADMINISTRATOR = "administrator", "管理员"


class Membership(TimeStamped):
    """A user's role in an organisation. One person may hold several; deeds that need two people still need two."""

    user = models.ForeignKey(User, verbose_name="用户", on_delete=models.PROTECT, related_name="memberships")
    organisation = models.ForeignKey(
        Organisation, verbose_name="单位", on_delete=models.PROTECT, related_name="memberships"
    )
    role = models.CharField("角色", max_length=20, choices=Role.choices)

    class Meta:
        verbose_name = "任职"
        verbose_name_plural = "任职"
        constraints = (
            models.UniqueConstraint(fields=("user", "organisation", "role"), name="accounts_membership_once"),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="accounts_membership_known_role"),
        )

    def __str__(self) -> str:
        return f"{self.user}：{self.organisation} {self.get_role_display()}"


class ApiKeyQuerySet(models.QuerySet["ApiKey"]):
    def in_force(self, on: date) -> Self:
        """Those that have neither ended nor been revoked by the day."""
        return self.filter(expires_on__gte=on, revoked_at__isnull=True)

    def of_secret(self, secret: str) -> Self:
        """The one with this secret."""
        return self.filter(secret_hash=hash_of_secret(secret))


class ApiKey(TimeStamped):
    """By which a department's own system acts over HTTP in the name of one of its officers, for one organisation.

    The secret is shown once, when the key is issued; only its hash is kept. `expires_on` is the last day of use.
    """

    organisation = models.ForeignKey(
        Organisation, verbose_name="单位", on_delete=models.PROTECT, related_name="api_keys"
    )
    user = models.ForeignKey(User, verbose_name="责任人", on_delete=models.PROTECT, related_name="api_keys")
    name = models.CharField("用途", max_length=100)
    secret_hash = models.CharField("密钥散列", max_length=64, unique=True)
    expires_on = models.DateField("有效期至")
    revoked_at = models.DateTimeField("停用时间", null=True, blank=True)

    objects = ApiKeyQuerySet.as_manager()

    class Meta:
        verbose_name = "接口密钥"
        verbose_name_plural = "接口密钥"
        ordering = ("-created_at", "-pk")
        constraints = (
            models.CheckConstraint(condition=Q(secret_hash__regex=SHA256), name="accounts_apikey_hash"),
            models.CheckConstraint(condition=~Q(name=""), name="accounts_apikey_has_purpose"),
        )

    def __str__(self) -> str:
        return f"{self.organisation}：{self.name}"


def hash_of_secret(secret: str) -> str:
    """By which a key's secret is found; secrets are long and random, so they need no slow hash."""
    return hashlib.sha256(secret.encode()).hexdigest()

"""Users and what they are in which organisation."""

from django.contrib.auth.models import AbstractUser
from django.db import models

from jieti.kit.models import TimeStamped


class User(AbstractUser):
    """A person who can log in. What they may do follows from their memberships alone."""

    display_name = models.CharField("姓名", max_length=100, blank=True)

    class Meta:
        verbose_name = "用户"
        verbose_name_plural = "用户"

    def __str__(self) -> str:
        return self.display_name or self.username


DISTRICT_REGULATOR = "district_regulator"
"""The key by which every rulebook names the regulator that determines tiers."""


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


class Organisation(TimeStamped):
    """A body named by the rulebook: a regulator, a department, a town or an association."""

    key = models.SlugField("标识", max_length=60, unique=True)
    name = models.CharField("名称", max_length=100, unique=True)
    kind = models.CharField("类别", max_length=30, choices=OrganisationKind.choices)

    class Meta:
        verbose_name = "单位"
        verbose_name_plural = "单位"
        ordering = ("kind", "key")
        constraints = (
            models.CheckConstraint(
                condition=models.Q(kind__in=OrganisationKind.values), name="accounts_organisation_known_kind"
            ),
        )

    def __str__(self) -> str:
        return self.name


class Role(models.TextChoices):
    """What a member does for an organisation."""

    INTAKE_CLERK = "intake_clerk", "受理人员"
    REVIEWER = "reviewer", "审核人员"
    APPROVER = "approver", "审批人员"
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
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="accounts_membership_known_role"),
        )

    def __str__(self) -> str:
        return f"{self.user}：{self.organisation} {self.get_role_display()}"

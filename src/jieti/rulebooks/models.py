"""Which rulebooks have been in force here, and the annual norms 当年认定标准 that fill in their open thresholds."""

from decimal import Decimal
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from jieti.accounts.models import Jurisdiction
from jieti.kit import clock
from jieti.kit.models import TimeStamped

SHA256 = r"^[0-9a-f]{64}$"


class RulebookVersion(models.Model):
    """A rulebook as it was when something was decided by it; its files are kept under `sha256`.

    `proof` is what the prover found of its standard of tiers: `holds`, how many questions each claim took (`asked`),
    what breaks it (`refuted`), the basis date. Null `proved_at`: nobody has asked yet.
    """

    key = models.SlugField("规则标识", max_length=60)
    edition = models.CharField("版本", max_length=20)
    sha256 = models.CharField("散列值", max_length=64, unique=True)
    title = models.CharField("名称", max_length=300)
    document = models.JSONField("文件", default=dict)
    loaded_at = models.DateTimeField("载入时间", default=clock.now, editable=False)
    proof = models.JSONField("证明", default=dict, blank=True)
    proved_at = models.DateTimeField("证明时间", null=True, blank=True)

    class Meta:
        verbose_name = "规则版本"
        verbose_name_plural = "规则版本"
        ordering = ("-loaded_at",)
        constraints = (
            models.CheckConstraint(condition=Q(sha256__regex=SHA256), name="rulebooks_version_sha256"),
            models.CheckConstraint(
                condition=Q(proved_at__isnull=True, proof={}) | Q(proved_at__isnull=False) & ~Q(proof={}),
                name="rulebooks_version_proved_together",
            ),
        )

    def __str__(self) -> str:
        return f"{self.title}（{self.sha256[:8]}）"

    @property
    def is_proved(self) -> bool | None:
        """Whether what every rulebook promises was proved of it; None: nobody has asked yet."""
        return bool(self.proof["holds"]) if self.proved_at else None


OPEN = Q(approved_at__isnull=True, refused_at__isnull=True)
APPROVED = Q(approved_at__isnull=False)


class AnnualNormQuerySet(models.QuerySet["AnnualNorm"]):
    def waiting(self) -> Self:
        """Proposed and neither approved nor refused."""
        return self.filter(OPEN)

    def approved(self) -> Self:
        return self.filter(APPROVED)

    def of(self, jurisdiction: Jurisdiction) -> Self:
        """Norms under the rulebook of a jurisdiction."""
        return self.filter(rulebook_key=jurisdiction.rulebook)

    def of_year(self, year: int, rulebook_key: str | None = None) -> Self:
        """Norms of a year under a rulebook, by default the jurisdiction's own."""
        return self.filter(year=year, rulebook_key=rulebook_key or settings.JURISDICTION)

    def in_force(self, year: int, rulebook_key: str | None = None) -> "AnnualNorm | None":
        """The approved norm of a year, or None while there is none."""
        return self.approved().of_year(year, rulebook_key).first()


class AnnualNorm(TimeStamped):
    """The thresholds of one year. One officer proposes, another approves or refuses; approved, it does not change.

    `values` holds yuan as decimal text by parameter; a missing key is a threshold that is not published.
    A sample norm is not an official one and is always shown as such.
    """

    class Status(models.TextChoices):
        WAITING = "waiting", "待审批"
        APPROVED = "approved", "已审批"
        REFUSED = "refused", "已退回"

    rulebook_key = models.SlugField("规则标识", max_length=60)
    year = models.PositiveSmallIntegerField("年度")
    values = models.JSONField("数额", default=dict, blank=True)
    document_number = models.CharField("文号", max_length=100, blank=True)
    is_sample = models.BooleanField("样例数据", default=False)
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="提出人", on_delete=models.PROTECT, related_name="norms_proposed"
    )
    proposed_at = models.DateTimeField("提出时间", default=clock.now)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="审批人",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="norms_approved",
    )
    approved_at = models.DateTimeField("审批时间", null=True, blank=True)
    refused_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="退回人",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="norms_refused",
    )
    refused_at = models.DateTimeField("退回时间", null=True, blank=True)
    refusal_reason = models.TextField("退回理由", blank=True)

    objects = AnnualNormQuerySet.as_manager()

    class Meta:
        verbose_name = "当年认定标准"
        verbose_name_plural = "当年认定标准"
        ordering = ("-year", "-proposed_at")
        constraints = (
            models.UniqueConstraint(
                fields=("rulebook_key", "year"), condition=APPROVED, name="rulebooks_annualnorm_one_approved_a_year"
            ),
            models.UniqueConstraint(
                fields=("rulebook_key", "year"), condition=OPEN, name="rulebooks_annualnorm_one_waiting_a_year"
            ),
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=F("proposed_by")),
                name="rulebooks_annualnorm_two_people",
            ),
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True, approved_at__isnull=True)
                | Q(approved_by__isnull=False, approved_at__isnull=False),
                name="rulebooks_annualnorm_approved_together",
            ),
            models.CheckConstraint(
                condition=Q(refused_by__isnull=True, refused_at__isnull=True, refusal_reason="")
                | Q(refused_by__isnull=False, refused_at__isnull=False) & ~Q(refusal_reason=""),
                name="rulebooks_annualnorm_refused_together",
            ),
            models.CheckConstraint(
                condition=Q(approved_at__isnull=True) | Q(refused_at__isnull=True),
                name="rulebooks_annualnorm_not_both",
            ),
            models.CheckConstraint(condition=Q(year__range=(2024, 2100)), name="rulebooks_annualnorm_year"),
            models.CheckConstraint(
                condition=Q(is_sample=True) | ~Q(document_number=""), name="rulebooks_annualnorm_official_has_number"
            ),
        )

    def __str__(self) -> str:
        return f"{self.year}年{'样例' if self.is_sample else ''}认定标准"

    @property
    def decimals(self) -> dict[str, Decimal]:
        """The published thresholds in yuan, by parameter."""
        return {key: Decimal(text) for key, text in self.values.items()}

    @property
    def status(self) -> Status:
        """Where the norm stands, from its dates."""
        if self.approved_at:
            return self.Status.APPROVED
        return self.Status.REFUSED if self.refused_at else self.Status.WAITING

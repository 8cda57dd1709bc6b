"""What readers of the directory say is wrong 数据有误, and the answers."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from jieti.accounts.models import Jurisdiction
from jieti.kit.models import TimeStamped
from jieti.kit.protection import EncryptedTextField


class ErrorReportQuerySet(models.QuerySet["ErrorReport"]):
    def of(self, jurisdiction: Jurisdiction) -> Self:
        return self.filter(jurisdiction=jurisdiction)

    def open(self) -> Self:
        """Those without an answer."""
        return self.filter(status=ErrorReport.Status.OPEN)


class ErrorReport(TimeStamped):
    """That a reader holds what the directory shows of a business for wrong; the district regulator answers.

    Who reports gives a name and a telephone or address, both kept encrypted, so that the answer reaches them.
    """

    class Status(models.TextChoices):
        OPEN = "open", "待核实"
        CORRECTED = "corrected", "属实，已转请更正"
        UPHELD = "upheld", "核实无误"

    jurisdiction = models.ForeignKey(
        "accounts.Jurisdiction", verbose_name="辖区", on_delete=models.PROTECT, related_name="error_reports"
    )
    uscc = models.CharField("统一社会信用代码", max_length=18)
    name = models.TextField("名称")
    claim = models.TextField("反映的问题")
    reporter = EncryptedTextField("反映人")
    contact = EncryptedTextField("联系方式")
    status = models.CharField("状态", max_length=10, choices=Status.choices, default=Status.OPEN)
    answer = models.TextField("核实情况", blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="核实人",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="error_reports_answered",
    )
    answered_at = models.DateTimeField("核实时间", null=True, blank=True)

    objects = ErrorReportQuerySet.as_manager()

    class Meta:
        verbose_name = "名录纠错"
        verbose_name_plural = "名录纠错"
        ordering = ("created_at", "pk")
        indexes = (models.Index(fields=("jurisdiction", "status"), name="directory_report_status"),)
        constraints = (
            models.CheckConstraint(condition=~Q(claim=""), name="directory_report_has_claim"),
            models.CheckConstraint(
                condition=Q(status="open", answered_by__isnull=True, answered_at__isnull=True, answer="")
                | ~Q(status="open") & Q(answered_by__isnull=False, answered_at__isnull=False) & ~Q(answer=""),
                name="directory_report_answered_together",
            ),
        )

    def __str__(self) -> str:
        return f"{self.name} {self.created_at:%Y-%m-%d}"

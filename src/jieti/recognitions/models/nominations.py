"""推荐 by a department, with the proprietor's consent beforehand (附件三(二)2)."""

from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from jieti.accounts.models import Jurisdiction, Organisation
from jieti.domain.terms import Category
from jieti.kit.cases import Case, CaseQuerySet, CaseStep
from jieti.recognitions.models.campaigns import Campaign
from jieti.registry.models import Business

CATEGORIES = [(one.value, one.label) for one in Category]


class NominationQuerySet(CaseQuerySet["Nomination"]):
    def of(self, jurisdiction: Jurisdiction) -> Self:
        return self.filter(campaign__jurisdiction=jurisdiction)

    def made_by(self, user: models.Model) -> Self:
        """Those of organisations for which the user works."""
        return self.filter(nominator__in=Organisation.objects.worked_for_by(user))


class Nomination(Case):
    """A department's recommendation of one business; submitted only after the proprietor's recorded consent."""

    class Consent(models.TextChoices):
        IN_APP = "in_app", "网上确认"
        SIGNED_SCAN = "signed_scan", "书面同意扫描件"

    campaign = models.ForeignKey(
        Campaign, verbose_name="年度工作", on_delete=models.PROTECT, related_name="nominations"
    )
    business = models.ForeignKey(
        Business, verbose_name="个体工商户", on_delete=models.PROTECT, related_name="nominations"
    )
    nominator = models.ForeignKey(
        Organisation, verbose_name="推荐单位", on_delete=models.PROTECT, related_name="nominations"
    )
    category = models.CharField("推荐类别", max_length=20, choices=CATEGORIES)
    opinion = models.TextField("推荐意见")
    consent = models.CharField("同意方式", max_length=20, choices=Consent.choices, blank=True)
    consented_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="同意人",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="nominations_consented",
    )
    consented_at = models.DateTimeField("同意时间", null=True, blank=True)
    consent_path = models.CharField("同意书", max_length=255, blank=True)

    objects = NominationQuerySet.as_manager()

    class Meta(Case.Meta):
        verbose_name = "部门推荐"
        verbose_name_plural = "部门推荐"
        ordering = ("-opened_on", "-pk")
        constraints: ClassVar[tuple[models.BaseConstraint, ...]] = (
            *Case.Meta.constraints,
            models.UniqueConstraint(
                fields=("campaign", "business", "nominator"),
                condition=Q(closed_on__isnull=True),
                name="recognitions_nomination_one_open",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["consented", "submitted"]) | ~Q(consent="") & Q(consented_at__isnull=False),
                name="recognitions_nomination_consent_first",
            ),
            models.CheckConstraint(
                condition=~Q(consent="signed_scan") | ~Q(consent_path=""), name="recognitions_nomination_scan_kept"
            ),
        )

    def __str__(self) -> str:
        return f"{self.nominator} 推荐 {self.business}"

    @property
    def jurisdiction_code(self) -> str:
        return self.campaign.jurisdiction_id


class NominationStep(CaseStep):
    """A step of a nomination."""

    case = models.ForeignKey(Nomination, verbose_name="推荐", on_delete=models.PROTECT, related_name="steps")

    class Meta(CaseStep.Meta):
        verbose_name = "办理步骤"
        verbose_name_plural = "办理步骤"

    def __str__(self) -> str:
        return f"{self.case} {self.step}"

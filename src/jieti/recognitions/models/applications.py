"""One business's way through a campaign: the case, its evidence, the judged criteria, and who must keep away."""

from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from jieti.accounts.models import Jurisdiction
from jieti.kit import clock
from jieti.kit.cases import Case, CaseQuerySet, CaseStep
from jieti.kit.models import KeptFile, TimeStamped
from jieti.recognitions.models.campaigns import Campaign
from jieti.recognitions.models.nominations import CATEGORIES, Nomination
from jieti.registry.models import Business


class ApplicationQuerySet(CaseQuerySet["Application"]):
    def of(self, jurisdiction: Jurisdiction) -> Self:
        return self.filter(campaign__jurisdiction=jurisdiction)

    def handled_by(self, user: models.Model) -> Self:
        """Those of businesses that the user may act for today."""
        return self.filter(business__in=Business.objects.handled_by(user, on=clock.today()))


class Application(Case):
    """An 申报 or a submitted 推荐 on its way to a decision (附件三(二)2); one open at a time for a business.

    `answers` holds what the form asked because no feed supplies it, by the fact's key. `screening` is what the shared
    data said when it was submitted: {"on", "standards": {key: explanation}}. `relaxation_reason` and
    `ban_exception_reason` are a reviewer's written reasons (附件三(三)1, AMB-8, AMB-20). `decided_category` is the one
    recognised, with its reason.
    """

    class Path(models.TextChoices):
        SELF = "self", "自主申报"
        NOMINATION = "nomination", "部门推荐"

    campaign = models.ForeignKey(
        Campaign, verbose_name="年度工作", on_delete=models.PROTECT, related_name="applications"
    )
    business = models.ForeignKey(
        Business, verbose_name="个体工商户", on_delete=models.PROTECT, related_name="applications"
    )
    path = models.CharField("途径", max_length=20, choices=Path.choices)
    nomination = models.OneToOneField(
        Nomination,
        verbose_name="推荐",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="application",
    )
    applicant = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="申报人",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="applications",
    )
    preferred_category = models.CharField("意向类别", max_length=20, choices=CATEGORIES, blank=True)
    introduction = models.TextField("经营特色", blank=True)
    answers = models.JSONField("填报内容", default=dict, blank=True)
    screening = models.JSONField("提交时的比对结果", default=dict, blank=True)
    relaxation_reason = models.TextField("放宽分类来源的理由", blank=True)
    ban_exception_reason = models.TextField("禁止期内受理推荐的理由", blank=True)
    decided_category = models.CharField("拟认定类别", max_length=20, choices=CATEGORIES, blank=True)
    category_reason = models.TextField("确定类别的理由", blank=True)

    objects = ApplicationQuerySet.as_manager()

    class Meta(Case.Meta):
        verbose_name = "认定申报"
        verbose_name_plural = "认定申报"
        ordering = ("-opened_on", "-pk")
        constraints: ClassVar[tuple[models.BaseConstraint, ...]] = (
            *Case.Meta.constraints,
            models.UniqueConstraint(
                fields=("business",), condition=Q(closed_on__isnull=True), name="recognitions_application_one_open"
            ),
            models.CheckConstraint(
                condition=Q(path="self", nomination=None, applicant__isnull=False)
                | Q(path="nomination", nomination__isnull=False),
                name="recognitions_application_path",
            ),
            models.CheckConstraint(
                condition=Q(decided_category="") | ~Q(category_reason=""),
                name="recognitions_application_category_reasoned",
            ),
        )

    def __str__(self) -> str:
        return f"{self.business} {self.year}年{self.get_path_display()}"

    @property
    def jurisdiction_code(self) -> str:
        return self.campaign.jurisdiction_id


class ApplicationStep(CaseStep):
    """A step of an application."""

    case = models.ForeignKey(Application, verbose_name="申报", on_delete=models.PROTECT, related_name="steps")

    class Meta(CaseStep.Meta):
        verbose_name = "办理步骤"
        verbose_name_plural = "办理步骤"

    def __str__(self) -> str:
        return f"{self.case} {self.step}"


class Attachment(KeptFile):
    """A file that supports an application, for one criterion or the whole; kept encrypted outside the web root."""

    application = models.ForeignKey(
        Application, verbose_name="申报", on_delete=models.PROTECT, related_name="attachments"
    )
    criterion = models.CharField("用于条件", max_length=80, blank=True)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="提交人", on_delete=models.PROTECT, related_name="attachments_uploaded"
    )
    uploaded_at = models.DateTimeField("提交时间", default=clock.now)

    class Meta:
        verbose_name = "申报材料"
        verbose_name_plural = "申报材料"
        ordering = ("pk",)
        constraints: ClassVar[tuple[models.BaseConstraint, ...]] = (
            models.UniqueConstraint(fields=("application", "sha256"), name="recognitions_attachment_once"),
        )


class Assessment(TimeStamped):
    """What a person judged of one criterion's fact: by whom, on which evidence, with which note; the newest counts.

    `value` is a text of `determinations.fact_texts`, null where the person could not tell.
    """

    application = models.ForeignKey(
        Application, verbose_name="申报", on_delete=models.PROTECT, related_name="assessments"
    )
    standard = models.CharField("标准", max_length=40)
    criterion = models.CharField("条件", max_length=80)
    fact = models.SlugField("事实", max_length=60)
    value = models.TextField("判断", null=True, blank=True)  # noqa: DJ001 - null is could not tell
    evidence = models.TextField("依据的材料")
    note = models.TextField("说明")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="判断人", on_delete=models.PROTECT, related_name="assessments"
    )
    at = models.DateTimeField("判断时间", default=clock.now)

    class Meta:
        verbose_name = "条件判断"
        verbose_name_plural = "条件判断"
        ordering = ("pk",)
        constraints: ClassVar[tuple[models.BaseConstraint, ...]] = (
            models.CheckConstraint(condition=~Q(evidence="") & ~Q(note=""), name="recognitions_assessment_reasoned"),
        )

    def __str__(self) -> str:
        return f"{self.application} {self.criterion}"


class InterestDeclaration(TimeStamped):
    """利益关系声明: what somebody who works on an application says of their ties to it; a tie means recusal 回避."""

    application = models.ForeignKey(
        Application, verbose_name="申报", on_delete=models.PROTECT, related_name="declarations"
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="声明人", on_delete=models.PROTECT, related_name="declarations"
    )
    has_tie = models.BooleanField("有利益关系")
    tie = models.TextField("关系说明", blank=True)
    declared_at = models.DateTimeField("声明时间", default=clock.now)

    class Meta:
        verbose_name = "利益关系声明"
        verbose_name_plural = "利益关系声明"
        constraints: ClassVar[tuple[models.BaseConstraint, ...]] = (
            models.UniqueConstraint(fields=("application", "user"), name="recognitions_declaration_once"),
            models.CheckConstraint(condition=Q(has_tie=False) | ~Q(tie=""), name="recognitions_declaration_tie_said"),
        )

    def __str__(self) -> str:
        return f"{self.user} {self.application}"

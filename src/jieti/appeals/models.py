"""Objections, what they dispute, the evidence, the consultations of suppliers, and every step taken."""

from pathlib import Path
from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from jieti.accounts.models import Jurisdiction, Organisation
from jieti.determinations.models import Result
from jieti.kit import clock
from jieti.kit.cases import Case, CaseQuerySet, CaseStep
from jieti.kit.models import KeptFile
from jieti.registry.models import Business


class ObjectionQuerySet(CaseQuerySet["Objection"]):
    def visible_to(self, user: models.Model) -> Self:
        """Those of the jurisdictions in the user's scope."""
        return self.filter(jurisdiction__in=Jurisdiction.objects.seen_by(user))

    def of(self, jurisdiction: Jurisdiction) -> Self:
        return self.filter(jurisdiction=jurisdiction)

    def handled_in(self, jurisdiction: Jurisdiction) -> Self:
        """Those of a district, and for a city those of its districts that the city's own bodies handle."""
        of_city = Q(jurisdiction__parent=jurisdiction, handler__jurisdiction=jurisdiction)
        return self.filter(Q(jurisdiction=jurisdiction) | of_city)

    def put_to(self, user: models.Model) -> Self:
        """Those with a fact that was put to an organisation for which the user works."""
        asked = DisputedFact.objects.filter(
            supplier__in=Organisation.objects.worked_for_by(user),
            asked_at__isnull=False,
            objection=models.OuterRef("pk"),
        )
        return self.filter(models.Exists(asked))

    def raised_for(self, business: Business) -> Self:
        return self.filter(business=business)


class Objection(Case):
    """An objection to one result of one business, raised by its proprietor or an agent with a mandate. 附件一(二)3.

    `handler` is the regulator that decides it and answers; `owner` the organisation that must act now, which is a
    supplier while it is consulted. `outcome` is set by the decision; `corrected` is the version of the result that an
    upheld objection led to. `reply_number`, `reply_text` and `reply_path` (encrypted) are the letter's.
    """

    class Outcome(models.TextChoices):
        UPHELD = "upheld", "异议成立"
        REFUSED = "refused", "异议不成立"
        NOT_ACCEPTED = "not_accepted", "不予受理"
        WITHDRAWN = "withdrawn", "已撤回"

    jurisdiction = models.ForeignKey(
        Jurisdiction, verbose_name="辖区", on_delete=models.PROTECT, related_name="objections"
    )
    business = models.ForeignKey(
        Business, verbose_name="个体工商户", on_delete=models.PROTECT, related_name="objections"
    )
    result = models.ForeignKey(Result, verbose_name="原结果", on_delete=models.PROTECT, related_name="objections")
    handler = models.ForeignKey(
        Organisation, verbose_name="处理单位", on_delete=models.PROTECT, related_name="objections_handled"
    )
    raised_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="申诉人", on_delete=models.PROTECT, related_name="objections"
    )
    statement = models.TextField("异议说明")
    outcome = models.CharField("处理结果", max_length=20, choices=Outcome.choices, blank=True)
    decision_reason = models.TextField("决定理由", blank=True)
    corrected = models.ForeignKey(
        Result,
        verbose_name="更正后的结果",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="corrected_by_objections",
    )
    reply_number = models.CharField("答复文号", max_length=60, blank=True)
    reply_text = models.TextField("答复内容", blank=True, default="")
    reply_path = models.CharField("答复书", max_length=255, blank=True)

    objects = ObjectionQuerySet.as_manager()

    class Meta(Case.Meta):
        verbose_name = "异议申诉"
        verbose_name_plural = "异议申诉"
        ordering = ("-opened_on", "-pk")
        constraints: ClassVar[tuple[models.BaseConstraint, ...]] = (
            *Case.Meta.constraints,
            models.CheckConstraint(condition=~Q(statement=""), name="appeals_objection_has_statement"),
            models.UniqueConstraint(
                fields=("result",), condition=Q(closed_on__isnull=True), name="appeals_objection_one_open_a_result"
            ),
            models.CheckConstraint(
                condition=Q(corrected__isnull=True) | Q(outcome="upheld"), name="appeals_objection_corrected_if_upheld"
            ),
            models.CheckConstraint(
                condition=Q(reply_number="", reply_text="", reply_path="")
                | ~Q(reply_number="") & ~Q(reply_text="") & ~Q(reply_path=""),
                name="appeals_objection_letter_together",
            ),
            models.UniqueConstraint(
                fields=("handler", "reply_number"),
                condition=~Q(reply_number=""),
                name="appeals_objection_letter_number_once",
            ),
        )

    def __str__(self) -> str:
        return f"{self.business} 异议（{self.year}年）"

    @property
    def jurisdiction_code(self) -> str:
        return self.jurisdiction_id

    @property
    def reply_file(self) -> Path:
        """The letter (kit.protection); only an objection that was replied to has one."""
        return Path(settings.DATA_DIR) / self.reply_path


class ObjectionStep(CaseStep):
    """A step of an objection."""

    case = models.ForeignKey(Objection, verbose_name="异议", on_delete=models.PROTECT, related_name="steps")

    class Meta(CaseStep.Meta):
        verbose_name = "办理步骤"
        verbose_name_plural = "办理步骤"

    def __str__(self) -> str:
        return f"{self.case} {self.step}"


class DisputedFactQuerySet(models.QuerySet["DisputedFact"]):
    def waiting(self) -> Self:
        """Put to their suppliers and not answered."""
        return self.filter(asked_at__isnull=False, answered_at__isnull=True)

    def answerable_by(self, user: models.Model) -> Self:
        """Those put to an organisation for which the user works."""
        return self.filter(supplier__in=Organisation.objects.worked_for_by(user))


class DisputedFact(models.Model):
    """A fact that an objection disputes: what the result used, what the proprietor says, what the supplier answered.

    `verified` is the value found true in the end, null while open; with it the result is worked out again. Values are
    texts of `determinations.fact_texts`. `asked_at` is when the supplier was last asked.
    """

    objection = models.ForeignKey(Objection, verbose_name="异议", on_delete=models.PROTECT, related_name="disputed")
    fact = models.SlugField("事实", max_length=60)
    used = models.TextField("判定所用的值", blank=True)
    claimed = models.TextField("申诉人主张的值", blank=True)
    supplier = models.ForeignKey(
        Organisation, verbose_name="供数单位", on_delete=models.PROTECT, related_name="disputed_facts"
    )
    asked_at = models.DateTimeField("转办时间", null=True, blank=True)
    answer = models.TextField("供数单位答复", blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="答复人",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="disputed_facts_answered",
    )
    answered_at = models.DateTimeField("答复时间", null=True, blank=True)
    verified = models.TextField("核实的值", null=True, blank=True)  # noqa: DJ001 - null is not verified yet

    objects = DisputedFactQuerySet.as_manager()

    class Meta:
        verbose_name = "有争议的事实"
        verbose_name_plural = "有争议的事实"
        ordering = ("pk",)
        constraints: ClassVar[tuple[models.BaseConstraint, ...]] = (
            models.UniqueConstraint(fields=("objection", "fact"), name="appeals_disputed_fact_once"),
            models.CheckConstraint(
                condition=Q(answered_by__isnull=True, answered_at__isnull=True, answer="")
                | Q(answered_by__isnull=False, answered_at__isnull=False) & ~Q(answer=""),
                name="appeals_disputed_fact_answered_together",
            ),
        )

    def __str__(self) -> str:
        return f"{self.objection} {self.fact}"


class LetterSeries(models.Model):
    """How many reply letters an organisation has numbered in a year: the last number, without gaps."""

    organisation = models.ForeignKey(
        Organisation, verbose_name="单位", on_delete=models.PROTECT, related_name="letter_series"
    )
    year = models.PositiveSmallIntegerField("年度")
    last = models.PositiveIntegerField("末号", default=0)

    class Meta:
        verbose_name = "答复文号"
        verbose_name_plural = "答复文号"
        constraints: ClassVar[tuple[models.BaseConstraint, ...]] = (
            models.UniqueConstraint(fields=("organisation", "year"), name="appeals_letter_series_once"),
        )

    def __str__(self) -> str:
        return f"{self.organisation} {self.year}：{self.last}"


class Evidence(KeptFile):
    """A file that supports an objection; kept encrypted outside the web root."""

    objection = models.ForeignKey(Objection, verbose_name="异议", on_delete=models.PROTECT, related_name="evidence")
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="提交人", on_delete=models.PROTECT, related_name="evidence_uploaded"
    )
    uploaded_at = models.DateTimeField("提交时间", default=clock.now)

    class Meta:
        verbose_name = "证据材料"
        verbose_name_plural = "证据材料"
        ordering = ("pk",)
        constraints: ClassVar[tuple[models.BaseConstraint, ...]] = (
            models.UniqueConstraint(fields=("objection", "sha256"), name="appeals_evidence_once"),
            models.CheckConstraint(condition=Q(sha256__regex=r"^[0-9a-f]{64}$"), name="appeals_evidence_sha256"),
        )

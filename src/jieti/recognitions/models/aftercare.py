"""动态管理 (附件三(五)): what happens to a title in its years, and the cases that lengthen or end it."""

from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from jieti.accounts.models import Jurisdiction
from jieti.kit import clock
from jieti.kit.cases import Case, CaseQuerySet, CaseStep
from jieti.kit.models import TimeStamped
from jieti.recognitions.models.recognitions import Recognition
from jieti.registry.models import Delivery


class InformationReport(TimeStamped):
    """信息报告: what the proprietor reports by 31 July of each year of validity, prefilled from the feeds."""

    recognition = models.ForeignKey(Recognition, verbose_name="认定", on_delete=models.PROTECT, related_name="reports")
    year = models.PositiveSmallIntegerField("年度")
    due_on = models.DateField("截止日")
    content = models.JSONField("报告内容", default=dict)
    reported_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="报告人",
        on_delete=models.PROTECT,
        related_name="information_reports",
    )
    reported_on = models.DateField("报告日期")

    class Meta:
        verbose_name = "信息报告"
        verbose_name_plural = "信息报告"
        ordering = ("-year",)
        constraints: ClassVar[tuple[models.BaseConstraint, ...]] = (
            models.UniqueConstraint(fields=("recognition", "year"), name="recognitions_report_once_a_year"),
        )

    def __str__(self) -> str:
        return f"{self.recognition} {self.year}年信息报告"


class Confirmation(TimeStamped):
    """审核确认: whether a recognised business still meets the base standards that year, pre-checked from the data."""

    class Outcome(models.TextChoices):
        CONFIRMED = "confirmed", "继续符合"
        CONDITIONAL = "conditional", "限期整改"
        NOT_MET = "not_met", "不再符合"

    recognition = models.ForeignKey(
        Recognition, verbose_name="认定", on_delete=models.PROTECT, related_name="confirmations"
    )
    year = models.PositiveSmallIntegerField("年度")
    checked = models.JSONField("数据预审", default=dict)
    outcome = models.CharField("确认结果", max_length=20, choices=Outcome.choices)
    note = models.TextField("说明", blank=True)
    mend_by = models.DateField("整改期限", null=True, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="确认人", on_delete=models.PROTECT, related_name="confirmations"
    )
    at = models.DateTimeField("确认时间", default=clock.now)

    class Meta:
        verbose_name = "审核确认"
        verbose_name_plural = "审核确认"
        ordering = ("-year",)
        constraints: ClassVar[tuple[models.BaseConstraint, ...]] = (
            models.UniqueConstraint(fields=("recognition", "year"), name="recognitions_confirmation_once_a_year"),
            models.CheckConstraint(
                condition=Q(outcome="confirmed") | ~Q(note=""), name="recognitions_confirmation_reasoned"
            ),
            models.CheckConstraint(
                condition=~Q(outcome="conditional") | Q(mend_by__isnull=False), name="recognitions_confirmation_mend_by"
            ),
        )

    def __str__(self) -> str:
        return f"{self.recognition} {self.year}年确认"


class ProprietorChange(TimeStamped):
    """变更经营者 of a recognised business: reported by it or found in the register; personal criteria are run anew."""

    class Origin(models.TextChoices):
        REPORTED = "reported", "经营者报告"
        FOUND = "found", "登记数据发现"

    recognition = models.ForeignKey(
        Recognition, verbose_name="认定", on_delete=models.PROTECT, related_name="proprietor_changes"
    )
    origin = models.CharField("来源", max_length=10, choices=Origin.choices)
    before = models.CharField("原经营者", max_length=500, blank=True)
    after = models.CharField("现经营者", max_length=500, blank=True)
    changed_on = models.DateField("变更日期")
    reported_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="报告人",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="proprietor_changes",
    )
    reported_on = models.DateField("报告日期")
    rechecked = models.JSONField("复核结果", default=dict, blank=True)

    class Meta:
        verbose_name = "经营者变更"
        verbose_name_plural = "经营者变更"
        ordering = ("-changed_on", "-pk")
        constraints: ClassVar[tuple[models.BaseConstraint, ...]] = (
            models.UniqueConstraint(
                fields=("recognition", "origin", "changed_on", "after"), name="recognitions_proprietor_change_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.recognition} {self.changed_on}"


class Watch(models.Model):
    """That every live title was held against what was known: after a delivery, and on each day once."""

    jurisdiction = models.ForeignKey(
        Jurisdiction, verbose_name="辖区", on_delete=models.PROTECT, related_name="watches"
    )
    delivery = models.ForeignKey(Delivery, verbose_name="数据", on_delete=models.PROTECT, related_name="watches")
    watched_on = models.DateField("比对日期")
    titles = models.PositiveIntegerField("比对户数")
    found = models.PositiveIntegerField("新发现")

    class Meta:
        verbose_name = "动态监测"
        verbose_name_plural = "动态监测"
        ordering = ("-watched_on", "-pk")
        constraints: ClassVar[tuple[models.BaseConstraint, ...]] = (
            models.UniqueConstraint(fields=("jurisdiction", "delivery", "watched_on"), name="recognitions_watch_once"),
        )

    def __str__(self) -> str:
        return f"{self.jurisdiction} {self.watched_on}"


class WatchFinding(TimeStamped):
    """What a delivery showed against a recognised business: a new bar, a base no longer met, a change, an end."""

    recognition = models.ForeignKey(
        Recognition, verbose_name="认定", on_delete=models.PROTECT, related_name="watch_findings"
    )
    rule = models.SlugField("规则", max_length=60)
    delivery = models.ForeignKey(
        Delivery,
        verbose_name="数据",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="watch_findings",
    )
    found_on = models.DateField("发现日期")
    detail = models.JSONField("情况", default=dict)
    settled_at = models.DateTimeField("处理时间", null=True, blank=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="处理人",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="watch_findings_settled",
    )
    settlement = models.TextField("处理情况", blank=True)

    class Meta:
        verbose_name = "动态监测发现"
        verbose_name_plural = "动态监测发现"
        ordering = ("-found_on", "-pk")
        constraints: ClassVar[tuple[models.BaseConstraint, ...]] = (
            models.UniqueConstraint(
                fields=("recognition", "rule"),
                condition=Q(settled_at__isnull=True),
                name="recognitions_watch_finding_one_open",
            ),
        )

    def __str__(self) -> str:
        return f"{self.recognition} {self.rule}"


class ExtensionQuerySet(CaseQuerySet["Extension"]):
    def of(self, jurisdiction: Jurisdiction) -> Self:
        return self.filter(recognition__jurisdiction=jurisdiction)


class Extension(Case):
    """到期评估 in the last year of validity. `series` is the three years' figures, `screening` criteria A–D."""

    recognition = models.ForeignKey(
        Recognition, verbose_name="认定", on_delete=models.PROTECT, related_name="evaluations"
    )
    series = models.JSONField("三年指标", default=dict, blank=True)
    screening = models.JSONField("比对结果", default=dict, blank=True)
    judged = models.JSONField("人工判断", default=dict, blank=True)
    opinion = models.TextField("推荐部门意见", blank=True)
    recommender_agrees = models.BooleanField("推荐部门同意", null=True, blank=True)
    old_last_day = models.DateField("原有效期末日")
    new_last_day = models.DateField("新有效期末日", null=True, blank=True)

    objects = ExtensionQuerySet.as_manager()

    class Meta(Case.Meta):
        verbose_name = "到期评估"
        verbose_name_plural = "到期评估"
        ordering = ("-opened_on", "-pk")
        constraints: ClassVar[tuple[models.BaseConstraint, ...]] = (
            *Case.Meta.constraints,
            models.UniqueConstraint(
                fields=("recognition", "old_last_day"), name="recognitions_extension_once_a_period"
            ),
        )

    def __str__(self) -> str:
        return f"{self.recognition} 到期评估"

    @property
    def jurisdiction_code(self) -> str:
        return self.recognition.jurisdiction_id


class ExtensionStep(CaseStep):
    """A step of an evaluation."""

    case = models.ForeignKey(Extension, verbose_name="评估", on_delete=models.PROTECT, related_name="steps")

    class Meta(CaseStep.Meta):
        verbose_name = "办理步骤"
        verbose_name_plural = "办理步骤"

    def __str__(self) -> str:
        return f"{self.case} {self.step}"


class EndingQuerySet(CaseQuerySet["Ending"]):
    def of(self, jurisdiction: Jurisdiction) -> Self:
        return self.filter(recognition__jurisdiction=jurisdiction)


class Ending(Case):
    """A case of 取消 or 撤销 of one title: facts, what the proprietor answered, the decision."""

    class Kind(models.TextChoices):
        WITHDRAWAL = "withdrawal", "取消认定"
        REVOCATION = "revocation", "撤销认定"

    recognition = models.ForeignKey(Recognition, verbose_name="认定", on_delete=models.PROTECT, related_name="endings")
    kind = models.CharField("事由", max_length=20, choices=Kind.choices)
    facts = models.TextField("查明的事实", blank=True)
    statement = models.TextField("陈述申辩", blank=True)
    finding = models.ForeignKey(
        WatchFinding,
        verbose_name="监测发现",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="endings",
    )

    objects = EndingQuerySet.as_manager()

    class Meta(Case.Meta):
        verbose_name = "终止认定"
        verbose_name_plural = "终止认定"
        ordering = ("-opened_on", "-pk")
        constraints: ClassVar[tuple[models.BaseConstraint, ...]] = (
            *Case.Meta.constraints,
            models.UniqueConstraint(
                fields=("recognition",), condition=Q(closed_on__isnull=True), name="recognitions_ending_one_open"
            ),
        )

    def __str__(self) -> str:
        return f"{self.recognition} {self.get_kind_display()}"

    @property
    def jurisdiction_code(self) -> str:
        return self.recognition.jurisdiction_id


class EndingStep(CaseStep):
    """A step of a case that may end a title."""

    case = models.ForeignKey(Ending, verbose_name="终止", on_delete=models.PROTECT, related_name="steps")

    class Meta(CaseStep.Meta):
        verbose_name = "办理步骤"
        verbose_name_plural = "办理步骤"

    def __str__(self) -> str:
        return f"{self.case} {self.step}"

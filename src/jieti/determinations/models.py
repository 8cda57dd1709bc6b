"""Runs of the tier standard over the whole register, and what each found for each business."""

from pathlib import Path
from typing import ClassVar, Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from jieti.accounts.models import Jurisdiction
from jieti.domain.terms import Tier
from jieti.kit.models import TimeStamped
from jieti.rulebooks.models import AnnualNorm, RulebookVersion

USCC = r"^[0-9]{8}[0-9A-HJ-NPQRTUWXY]{10}$"
TIERS = [tier.value for tier in Tier]


class RunQuerySet(models.QuerySet["Run"]):
    def of(self, jurisdiction: Jurisdiction) -> Self:
        """Runs of a jurisdiction's register by its rulebook."""
        return self.filter(rulebook_key=jurisdiction.rulebook)

    def main(self) -> Self:
        return self.filter(kind=Run.Kind.MAIN)

    def published(self) -> Self:
        return self.filter(status=Run.Status.PUBLISHED)

    def latest_first(self) -> Self:
        return self.order_by("-created_at", "-pk")

    def standing(self) -> Self:
        """Runs that have neither failed nor been cancelled: a year has at most one such main run."""
        return self.exclude(status__in=(Run.Status.FAILED, Run.Status.CANCELLED))

    def main_of(self, rulebook_key: str, year: int) -> "Run | None":
        """The year's main run, failed ones aside."""
        return self.main().standing().filter(rulebook_key=rulebook_key, year=year).first()


class Run(TimeStamped):
    """One determination 分型判定 of all businesses: by which rulebook and norm, on which day, from which deliveries.

    `inputs` says for every source which delivery it used, None where the supplier had not delivered. `counts` holds
    what came out, `manifest` the receipt (rulecore.result), `merkle_root` the root over its results as first found;
    results amended later do not change it. `progress` is a percentage of the way; a run that is done has its results,
    one that failed or was cancelled none.
    """

    class Kind(models.TextChoices):
        MAIN = "main", "正式"
        SHADOW = "shadow", "试算"

    class Status(models.TextChoices):
        QUEUED = "queued", "排队中"
        RUNNING = "running", "进行中"
        DONE = "done", "已完成"
        FAILED = "failed", "失败"
        CANCELLED = "cancelled", "已取消"
        PUBLISHED = "published", "已公布"

    year = models.PositiveSmallIntegerField("年度")
    kind = models.CharField("种类", max_length=10, choices=Kind.choices, default=Kind.MAIN)
    basis_date = models.DateField("判定基准日")
    rulebook_key = models.SlugField("规则标识", max_length=60)
    rulebook = models.ForeignKey(
        RulebookVersion, verbose_name="规则版本", on_delete=models.PROTECT, related_name="runs"
    )
    norm = models.ForeignKey(AnnualNorm, verbose_name="认定标准", on_delete=models.PROTECT, related_name="runs")
    status = models.CharField("状态", max_length=10, choices=Status.choices, default=Status.QUEUED)
    stage = models.CharField("步骤", max_length=100, blank=True)
    progress = models.PositiveSmallIntegerField("进度", default=0)
    inputs = models.JSONField("数据来源", default=dict, blank=True)
    counts = models.JSONField("结果统计", default=dict, blank=True)
    facts_path = models.CharField("事实表", max_length=255, blank=True)
    results_path = models.CharField("结果表", max_length=255, blank=True)
    manifest = models.JSONField("收据", default=dict, blank=True)
    merkle_root = models.CharField("默克尔根", max_length=64, blank=True)
    message = models.TextField("说明", blank=True)
    cancel_requested_at = models.DateTimeField("要求取消时间", null=True, blank=True)
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="发起人", on_delete=models.PROTECT, related_name="runs_started"
    )
    started_at = models.DateTimeField("开始时间", null=True, blank=True)
    finished_at = models.DateTimeField("结束时间", null=True, blank=True)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="公布人",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="runs_published",
    )
    published_at = models.DateTimeField("公布时间", null=True, blank=True)

    objects = RunQuerySet.as_manager()

    class Meta:
        verbose_name = "分型判定"
        verbose_name_plural = "分型判定"
        ordering = ("-created_at", "-pk")
        constraints = (
            models.UniqueConstraint(
                fields=("rulebook_key", "year"),
                condition=Q(kind="main") & ~Q(status__in=("failed", "cancelled")),
                name="determinations_run_one_main_a_year",
            ),
            models.CheckConstraint(condition=Q(progress__lte=100), name="determinations_run_progress"),
            models.CheckConstraint(
                condition=Q(basis_date__year=models.F("year")), name="determinations_run_basis_date_in_year"
            ),
            models.CheckConstraint(
                condition=~Q(status__in=("done", "published"))
                | (~Q(facts_path="") & ~Q(results_path="") & Q(progress=100, finished_at__isnull=False)),
                name="determinations_run_done_has_results",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=("failed", "cancelled")) | (~Q(message="") & Q(finished_at__isnull=False)),
                name="determinations_run_failed_has_reason",
            ),
            models.CheckConstraint(
                condition=Q(status="published", published_by__isnull=False, published_at__isnull=False)
                | ~Q(status="published") & Q(published_by__isnull=True, published_at__isnull=True),
                name="determinations_run_published_together",
            ),
            models.CheckConstraint(
                condition=Q(published_by__isnull=True) | ~Q(published_by=models.F("started_by")),
                name="determinations_run_two_people",
            ),
            models.CheckConstraint(
                condition=~Q(status="published") | Q(kind="main"), name="determinations_run_only_main_published"
            ),
        )

    def __str__(self) -> str:
        return f"{self.year}年{self.get_kind_display()}分型判定"

    @property
    def facts_file(self) -> Path:
        """The facts of every business as the run used them (Parquet)."""
        return Path(settings.DATA_DIR) / self.facts_path

    @property
    def results_file(self) -> Path:
        """The results as the engine wrote them (Parquet)."""
        return Path(settings.DATA_DIR) / self.results_path

    @property
    def is_going(self) -> bool:
        """Whether it is still to bring results."""
        return self.status in {self.Status.QUEUED, self.Status.RUNNING}

    @property
    def has_results(self) -> bool:
        return self.status in {self.Status.DONE, self.Status.PUBLISHED}


class ResultQuerySet(models.QuerySet["Result"]):
    def current(self) -> Self:
        """The newest version of each."""
        return self.filter(is_current=True)

    def published(self) -> Self:
        return self.filter(run__status=Run.Status.PUBLISHED)

    def latest_for(self, uscc: str) -> "Result | None":
        """The newest main result of a business among these, with its run."""
        found = self.current().filter(uscc=uscc, run__kind=Run.Kind.MAIN).select_related("run__norm", "run__rulebook")
        return found.order_by("-run__year", "-run_id").first()

    def pending(self) -> Self:
        """Results that more data would settle 待数据."""
        return self.filter(tier__isnull=True)

    def by_tier(self) -> dict[str | None, int]:
        """How many results each tier has; None counts the pending ones."""
        rows = self.order_by().values_list("tier").annotate(count=models.Count("pk"))
        return dict(rows)


class Result(models.Model):
    """What a run found for one business.

    `possible` holds the tiers that no missing fact or unpublished norm has excluded; `tier` is null unless there is
    just one. Bit n of `true_bits` and `unknown_bits` belongs to the n-th criterion of the run's rulebook.

    Version 1 is the run's own. An upheld objection, a department's correction or data that came late adds a version:
    `cause` names it (`objection:12`, `delivery:40`), `facts` holds the facts that were corrected, by key, as text. The
    earlier versions stay as they were.
    """

    run = models.ForeignKey(Run, verbose_name="判定", on_delete=models.CASCADE, related_name="results")
    uscc = models.CharField("统一社会信用代码", max_length=18)
    tier = models.CharField(  # noqa: DJ001 - null is unknown, which no text may stand for
        "分型", max_length=20, null=True, blank=True, choices=[(tier.value, tier.label) for tier in Tier]
    )
    possible: ClassVar[ArrayField[list[str], list[str]]] = ArrayField(
        models.CharField(max_length=20), verbose_name="可能的分型"
    )
    true_bits = models.BigIntegerField("成立的条件")
    unknown_bits = models.BigIntegerField("未知的条件")
    version = models.PositiveSmallIntegerField("版次", default=1, db_default=1)
    is_current = models.BooleanField("现行", default=True, db_default=True)
    cause = models.CharField("变更原因", max_length=60, blank=True, default="", db_default="")
    facts = models.JSONField("更正的事实", default=dict, blank=True, db_default={})
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="决定人",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="results_decided",
    )
    decided_at = models.DateTimeField("决定时间", null=True, blank=True)

    objects = ResultQuerySet.as_manager()

    class Meta:
        verbose_name = "判定结果"
        verbose_name_plural = "判定结果"
        ordering = ("run", "uscc")
        indexes = (models.Index(fields=("uscc",), name="determinations_result_uscc"),)
        constraints = (
            models.UniqueConstraint(fields=("run", "uscc", "version"), name="determinations_result_version"),
            models.UniqueConstraint(
                fields=("run", "uscc"), condition=Q(is_current=True), name="determinations_result_one_current"
            ),
            models.CheckConstraint(
                condition=Q(version=1, cause="", decided_at__isnull=True)
                | Q(version__gt=1, decided_at__isnull=False) & ~Q(cause=""),
                name="determinations_result_later_has_cause",
            ),
            models.CheckConstraint(condition=Q(uscc__regex=USCC), name="determinations_result_uscc_shape"),
            models.CheckConstraint(
                condition=Q(possible__contained_by=TIERS, possible__len__gte=1), name="determinations_result_possible"
            ),
            models.CheckConstraint(
                condition=Q(tier__isnull=True, possible__len__gt=1)
                | Q(tier__isnull=False, possible__len=1, possible__0=models.F("tier")),
                name="determinations_result_tier_is_the_only_possible",
            ),
            models.CheckConstraint(
                condition=Q(true_bits__gte=0, unknown_bits__gte=0), name="determinations_result_bits"
            ),
        )

    def __str__(self) -> str:
        return f"{self.uscc} {self.get_tier_display() or '待数据'}"


class NationalExportQuerySet(models.QuerySet["NationalExport"]):
    def of(self, jurisdiction: Jurisdiction) -> Self:
        """Packages of a jurisdiction's runs."""
        return self.filter(run__rulebook_key=jurisdiction.rulebook)

    def unsent(self) -> Self:
        return self.filter(sent_at__isnull=True)


class NationalExport(TimeStamped):
    """The package of a published run for the national directory 全国个体工商户名录 (二(一)2.d): its rows are the run's.

    `sha256` is that of the file, `receipt` what the receiving side gave back.
    """

    run = models.ForeignKey(Run, verbose_name="判定", on_delete=models.PROTECT, related_name="exports")
    path = models.CharField("文件", max_length=255)
    sha256 = models.CharField("散列值", max_length=64)
    rows = models.PositiveIntegerField("户数")
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="生成人", on_delete=models.PROTECT, related_name="exports_made"
    )
    sent_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="报送人",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="exports_sent",
    )
    sent_at = models.DateTimeField("报送时间", null=True, blank=True)
    receipt = models.CharField("回执", max_length=200, blank=True)

    objects = NationalExportQuerySet.as_manager()

    class Meta:
        verbose_name = "全国名录数据包"
        verbose_name_plural = "全国名录数据包"
        ordering = ("-created_at", "-pk")
        constraints = (
            models.CheckConstraint(condition=Q(sha256__regex=r"^[0-9a-f]{64}$"), name="determinations_export_sha256"),
            models.CheckConstraint(
                condition=Q(sent_by__isnull=True, sent_at__isnull=True, receipt="")
                | Q(sent_by__isnull=False, sent_at__isnull=False) & ~Q(receipt=""),
                name="determinations_export_sent_together",
            ),
        )

    def __str__(self) -> str:
        return f"{self.run} {self.rows}户"

    @property
    def file(self) -> Path:
        """The package."""
        return Path(settings.DATA_DIR) / self.path


class NormStudyQuerySet(models.QuerySet["NormStudy"]):
    def of(self, jurisdiction: Jurisdiction) -> Self:
        """Studies on a jurisdiction's register."""
        return self.filter(jurisdiction=jurisdiction)


class NormStudy(TimeStamped):
    """What if: thresholds tried on the real register before a norm is adopted (rulecore.plan.scenarios).

    `varied` holds the values tried by parameter, as decimal text; `report` the counts of each scenario. A study of the
    values that a norm then sets is the norm's report; the run of the year must come to the same counts.
    """

    class Status(models.TextChoices):
        QUEUED = "queued", "排队中"
        DONE = "done", "已完成"
        FAILED = "failed", "失败"

    jurisdiction = models.ForeignKey(
        Jurisdiction, verbose_name="辖区", on_delete=models.PROTECT, related_name="norm_studies"
    )
    year = models.PositiveSmallIntegerField("年度")
    basis_date = models.DateField("判定基准日")
    values = models.JSONField("基准数额", default=dict, blank=True)
    varied = models.JSONField("试算数额", default=dict, blank=True)
    inputs = models.JSONField("数据来源", default=dict, blank=True)
    status = models.CharField("状态", max_length=10, choices=Status.choices, default=Status.QUEUED)
    report = models.JSONField("试算结果", default=dict, blank=True)
    message = models.TextField("说明", blank=True)
    norm = models.ForeignKey(
        AnnualNorm, verbose_name="认定标准", null=True, blank=True, on_delete=models.PROTECT, related_name="studies"
    )
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="发起人", on_delete=models.PROTECT, related_name="norm_studies"
    )

    objects = NormStudyQuerySet.as_manager()

    class Meta:
        verbose_name = "标准试算"
        verbose_name_plural = "标准试算"
        ordering = ("-created_at", "-pk")
        constraints = (
            models.CheckConstraint(
                condition=~Q(status="failed") | ~Q(message=""), name="determinations_study_failed_has_reason"
            ),
            models.CheckConstraint(
                condition=Q(basis_date__year=models.F("year")), name="determinations_study_basis_date_in_year"
            ),
        )

    def __str__(self) -> str:
        return f"{self.year}年认定标准试算"

"""The register of businesses and the deliveries that it and the departments' tables come from."""

from pathlib import Path
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from jieti.domain.terms import RegistrationStatus
from jieti.kit import clock
from jieti.kit.models import TimeStamped

SHA256 = r"^[0-9a-f]{64}$"
USCC = r"^[0-9]{8}[0-9A-HJ-NPQRTUWXY]{10}$"


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def accepted(self) -> Self:
        """Deliveries whose rows were taken into their source's table."""
        return self.filter(status=Delivery.Status.ACCEPTED)

    def of_source(self, source_key: str) -> Self:
        return self.filter(source_key=source_key)

    def latest_first(self) -> Self:
        return self.order_by("-received_at", "-pk")

    def latest_for(self, source_key: str) -> "Delivery | None":
        """The newest of these for a source; among accepted ones its clean table is the source's whole table."""
        return self.of_source(source_key).latest_first().first()

    def latest_by_source(self) -> "dict[str, Delivery]":
        """The newest of these for each source that has any, in one query."""
        newest = self.order_by("source_key", "-received_at", "-pk").distinct("source_key")
        return {delivery.source_key: delivery for delivery in newest}


class Delivery(TimeStamped):
    """One file received for one source: what it was, what became of every one of its rows.

    `rows` counts the rows below the headers and is `taken` + `refused` + `skipped`. `warned` and `orphans` count
    rows that were taken (or collapsed) and still have something to look into. A delivery that is refused whole has
    given nothing to the source's table.
    """

    class Status(models.TextChoices):
        ACCEPTED = "accepted", "已读入"
        REFUSED = "refused", "整份退回"

    class Mode(models.TextChoices):
        FULL = "full", "全量"
        SUPPLEMENT = "supplement", "补充"

    source_key = models.SlugField("来源", max_length=60)
    mode = models.CharField("方式", max_length=12, choices=Mode.choices, default=Mode.FULL)
    base = models.ForeignKey(
        "self", verbose_name="所补充的送数", null=True, blank=True, on_delete=models.PROTECT, related_name="supplements"
    )
    file_name = models.CharField("文件名", max_length=255)
    sha256 = models.CharField("散列值", max_length=64)
    stored_as = models.CharField("存放位置", max_length=255)
    kind = models.CharField("文件种类", max_length=10, blank=True)
    encoding = models.CharField("编码", max_length=20, blank=True)
    as_of = models.DateField("数据日期")
    received_at = models.DateTimeField("收到时间", default=clock.now)
    received_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="送交人", on_delete=models.PROTECT, related_name="deliveries"
    )
    status = models.CharField("状态", max_length=10, choices=Status.choices)
    rows = models.PositiveIntegerField("行数", default=0)
    taken = models.PositiveIntegerField("读入", default=0)
    refused = models.PositiveIntegerField("退回", default=0)
    skipped = models.PositiveIntegerField("略过", default=0)
    warned = models.PositiveIntegerField("提示", default=0)
    orphans = models.PositiveIntegerField("不在名册", default=0)
    skipped_reasons = models.JSONField("略过原因", default=dict, blank=True)
    headers = models.JSONField("各工作表表头", default=dict, blank=True)
    clean_path = models.CharField("整理后的表", max_length=255, blank=True)
    clean_rows = models.PositiveIntegerField("整理后的行数", default=0)
    message = models.TextField("说明", blank=True)

    already_received = False
    """Set on the object that `receive_delivery` returns when the same file had been received before."""

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = "送数"
        verbose_name_plural = "送数"
        ordering = ("-received_at", "-pk")
        indexes = (models.Index(fields=("source_key", "status", "-received_at"), name="registry_delivery_latest"),)
        constraints = (
            models.CheckConstraint(condition=Q(sha256__regex=SHA256), name="registry_delivery_sha256"),
            models.CheckConstraint(
                condition=Q(rows=F("taken") + F("refused") + F("skipped")), name="registry_delivery_rows_add_up"
            ),
            models.CheckConstraint(
                condition=Q(status="accepted") & ~Q(clean_path="")
                | Q(status="refused", clean_path="", taken=0, clean_rows=0) & ~Q(message=""),
                name="registry_delivery_accepted_has_table_refused_has_reason",
            ),
            models.CheckConstraint(
                condition=Q(base__isnull=True) | Q(mode="supplement"), name="registry_delivery_base_only_supplement"
            ),
            models.UniqueConstraint(
                fields=("source_key", "sha256", "mode"),
                condition=Q(status="accepted"),
                name="registry_delivery_accepted_once",
            ),
        )

    def __str__(self) -> str:
        return f"{self.source_key} {self.file_name} {self.as_of}"

    @property
    def clean_file(self) -> Path:
        """The clean Parquet table; only an accepted delivery has one."""
        return Path(settings.DATA_DIR) / self.clean_path

    @property
    def stored_file(self) -> Path:
        """The file as it was received, byte for byte."""
        return Path(settings.DATA_DIR) / self.stored_as


class Severity(models.TextChoices):
    REFUSED = "refused", "退回"
    WARNED = "warned", "提示"
    SKIPPED = "skipped", "略过"


class RefusedRowQuerySet(models.QuerySet["RefusedRow"]):
    def refused(self) -> Self:
        return self.filter(severity=Severity.REFUSED)

    def warned(self) -> Self:
        return self.filter(severity=Severity.WARNED)

    def in_file_order(self) -> Self:
        return self.order_by("pk")


class RefusedRow(models.Model):
    """One finding about one row of a delivery: where, which column, the value, and what to do about it, in Chinese.

    `row_number` counts as a spreadsheet does, from 1. `raw` holds a refused row's cells as text, in the order of
    `Delivery.headers[sheet]`.
    """

    delivery = models.ForeignKey(Delivery, verbose_name="送数", on_delete=models.CASCADE, related_name="findings")
    sheet = models.CharField("工作表", max_length=255, blank=True)
    row_number = models.PositiveIntegerField("行号")
    column = models.CharField("列", max_length=255, blank=True)
    value = models.TextField("值", blank=True)
    reason = models.TextField("原因")
    raw = models.JSONField("原行", default=list, blank=True)
    severity = models.CharField("处理", max_length=10, choices=Severity.choices)

    objects = RefusedRowQuerySet.as_manager()

    class Meta:
        verbose_name = "逐行说明"
        verbose_name_plural = "逐行说明"
        ordering = ("pk",)
        indexes = (models.Index(fields=("delivery", "severity", "id"), name="registry_refusedrow_report"),)
        constraints = (
            models.CheckConstraint(condition=Q(row_number__gte=1), name="registry_refusedrow_row_from_1"),
            models.CheckConstraint(condition=Q(severity__in=Severity.values), name="registry_refusedrow_severity"),
            models.CheckConstraint(condition=~Q(reason=""), name="registry_refusedrow_has_reason"),
        )

    def __str__(self) -> str:
        return f"{self.sheet} 第{self.row_number}行 {self.column}：{self.reason}"


class BusinessQuerySet(models.QuerySet["Business"]):
    def current(self) -> Self:
        """Those in the register as last delivered."""
        return self.filter(absent_since__isnull=True)

    def owned_by(self, user: models.Model) -> Self:
        """Those whose proprietor the user is known to be."""
        return self.filter(proprietorships__user=user)


class Business(models.Model):
    """An individually-owned business 个体工商户 as the register last had it; null and blank are unknown.

    Written only by deliveries of the register. `delivery` is the one that last changed the row, `absent_since` the
    full delivery from which it first was missing.
    """

    uscc = models.CharField("统一社会信用代码", max_length=18, primary_key=True)
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
    address = models.CharField("经营场所", max_length=500, blank=True)
    town = models.CharField("所属镇街", max_length=500, blank=True)
    industry = models.CharField("行业代码", max_length=500, blank=True)
    name_initials = models.CharField("名称首字母", max_length=500, blank=True)
    delivery = models.ForeignKey(Delivery, verbose_name="送数", on_delete=models.PROTECT, related_name="businesses")
    absent_since = models.ForeignKey(
        Delivery,
        verbose_name="不再见于",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="absentees",
    )

    objects = BusinessQuerySet.as_manager()

    class Meta:
        verbose_name = "个体工商户"
        verbose_name_plural = "个体工商户"
        ordering = ("uscc",)
        constraints = (
            models.CheckConstraint(condition=Q(uscc__regex=USCC), name="registry_business_uscc"),
            models.CheckConstraint(condition=~Q(name=""), name="registry_business_has_name"),
            models.CheckConstraint(
                condition=Q(registration_status__isnull=True)
                | Q(registration_status__in=[term.value for term in RegistrationStatus]),
                name="registry_business_registration_status",
            ),
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

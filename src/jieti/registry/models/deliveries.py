"""Which tables the departments deliver, what they delivered, and what became of every row."""

import datetime
from pathlib import Path
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from jieti.accounts.models import DISTRICT_REGULATOR, Jurisdiction, Organisation, Role
from jieti.kit import clock
from jieti.kit.models import TimeStamped

SHA256 = r"^[0-9a-f]{64}$"


class FeedQuerySet(models.QuerySet["Feed"]):
    def visible_to(self, user: models.Model) -> Self:
        """Those of the jurisdictions in the user's scope."""
        return self.filter(jurisdiction__in=Jurisdiction.objects.seen_by(user))

    def supplied_by_organisations_of(self, user: models.Model) -> Self:
        """Those whose supplier the user is an officer of."""
        return self.filter(
            supplier__memberships__user_id=user.pk, supplier__memberships__role=Role.DEPARTMENT_OFFICER
        ).distinct()

    def active(self) -> Self:
        return self.filter(is_active=True)


class Feed(TimeStamped):
    """A table that a body delivers to a jurisdiction: which, by whom, how often, how fresh it must be, whom to call.

    What the table holds (fields, types, units) is the rulebook's source of the same key. `due` lists days of the year
    as `MM-DD`; `fresh_days` is how old the newest delivery's data may be, null where any age will do. `stability`
    holds the limits beyond which a delivery is held until an officer has looked: `rows` is the largest change of the
    number of rows in percent, `shares` the largest change of the share of any value of a coded column in points.
    """

    jurisdiction = models.ForeignKey(Jurisdiction, verbose_name="辖区", on_delete=models.PROTECT, related_name="feeds")
    source_key = models.SlugField("来源", max_length=60)
    supplier = models.ForeignKey(Organisation, verbose_name="供数单位", on_delete=models.PROTECT, related_name="feeds")
    schedule = models.CharField("更新周期", max_length=60)
    due = models.JSONField("每年应送日期", default=list, blank=True)
    fresh_days = models.PositiveSmallIntegerField("时效（天）", null=True, blank=True)
    stability = models.JSONField("稳定性限度", default=dict, blank=True)
    contact = models.CharField("联系人及电话", max_length=100, blank=True)
    is_active = models.BooleanField("启用", default=True)

    objects = FeedQuerySet.as_manager()

    class Meta:
        verbose_name = "数据归集目录"
        verbose_name_plural = "数据归集目录"
        ordering = ("jurisdiction", "supplier__issuer_order", "source_key")
        constraints = (models.UniqueConstraint(fields=("jurisdiction", "source_key"), name="registry_feed_once"),)

    def __str__(self) -> str:
        return f"{self.jurisdiction} {self.source_key}"


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def visible_to(self, user: models.Model) -> Self:
        """Those of the jurisdictions in the user's scope."""
        return self.filter(jurisdiction__in=Jurisdiction.objects.seen_by(user))

    def open_to(self, user: models.Model) -> Self:
        """Those the user may look at in their jurisdictions: the regulators' members and the city's officers at all,
        officers of a department at those of the feeds that it supplies."""
        own = Jurisdiction.objects.filter(
            organisations__key=DISTRICT_REGULATOR, organisations__memberships__user_id=user.pk
        )
        of_city = Jurisdiction.objects.filter(
            parent__organisations__memberships__user_id=user.pk,
            parent__organisations__memberships__role=Role.CITY_OFFICER,
        )
        supplied = Feed.objects.supplied_by_organisations_of(user).filter(
            jurisdiction=models.OuterRef("jurisdiction"), source_key=models.OuterRef("source_key")
        )
        whole = Q(jurisdiction__in=own) | Q(jurisdiction__in=of_city)
        return self.filter(whole | Q(models.Exists(supplied)))

    def of(self, jurisdiction: Jurisdiction) -> Self:
        return self.filter(jurisdiction=jurisdiction)

    def accepted(self) -> Self:
        """Deliveries that count: their rows were taken into their source's table."""
        return self.filter(status=Delivery.Status.ACCEPTED)

    def known_at(self, moment: datetime.datetime) -> Self:
        """Those that counted at `moment`: accepted by then, whatever came later."""
        return self.accepted().filter(known_at__lte=moment)

    def waiting_for_confirmation(self) -> Self:
        """Checked deliveries, and held ones, that a second officer has to look at."""
        return self.filter(status__in=(Delivery.Status.CHECKED, Delivery.Status.HELD))

    def of_source(self, source_key: str) -> Self:
        return self.filter(source_key=source_key)

    def latest_first(self) -> Self:
        return self.order_by(F("known_at").desc(nulls_last=True), "-received_at", "-pk")

    def latest_for(self, source_key: str) -> "Delivery | None":
        """The newest of these for a source; among accepted ones its clean table is the source's whole table."""
        return self.of_source(source_key).latest_first().first()

    def latest_by_source(self) -> "dict[str, Delivery]":
        """The newest of these for each source that has any, in one query."""
        newest = self.order_by("source_key", F("known_at").desc(nulls_last=True), "-received_at", "-pk").distinct(
            "source_key"
        )
        return {delivery.source_key: delivery for delivery in newest}


class Delivery(TimeStamped):
    """One file received for one source: what it was, what became of every one of its rows, and who confirmed it.

    received → reading → checked (or held, where it differs much from the last one) → accepted, a large one by way of
    confirming, while it is loaded (domain.workflows.delivery); a file that cannot be used is refused, one that its
    second officer does not take is declined. Only an accepted delivery counts, from
    `known_at` on; it is never changed again, so what counted at any moment can be told. `rows` counts the rows below
    the headers and is `taken` + `refused` + `skipped`; `read` of them have been looked at while it is being read.
    `warned` and `orphans` count rows that were taken (or collapsed) and still have something to look into.
    `instability` lists, in Chinese, what made it differ too much from the one before.
    """

    class Status(models.TextChoices):
        RECEIVED = "received", "已收到"
        READING = "reading", "正在读入"
        CHECKED = "checked", "待复核"
        HELD = "held", "异常待确认"
        CONFIRMING = "confirming", "正在生效"
        ACCEPTED = "accepted", "已生效"
        REFUSED = "refused", "整份退回"
        DECLINED = "declined", "复核不通过"

    class Mode(models.TextChoices):
        FULL = "full", "全量"
        SUPPLEMENT = "supplement", "补充"

    class Channel(models.TextChoices):
        WEB = "web", "网页"
        API = "api", "接口"

    jurisdiction = models.ForeignKey(
        Jurisdiction, verbose_name="辖区", on_delete=models.PROTECT, related_name="deliveries"
    )
    source_key = models.SlugField("来源", max_length=60)
    mode = models.CharField("方式", max_length=12, choices=Mode.choices, default=Mode.FULL)
    is_correction = models.BooleanField("更正以前的错误", default=False)
    channel = models.CharField("途径", max_length=6, choices=Channel.choices, default=Channel.WEB)
    idempotency_key = models.CharField("防重键", max_length=100, blank=True)
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
    status = models.CharField("状态", max_length=10, choices=Status.choices, default=Status.RECEIVED)
    read = models.PositiveIntegerField("已读行数", default=0)
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
    profile = models.JSONField("构成", default=dict, blank=True)
    instability = models.JSONField("与上次的差异", default=list, blank=True)
    message = models.TextField("说明", blank=True)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name="复核人",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="deliveries_confirmed",
    )
    confirmation_reason = models.TextField("复核说明", blank=True)
    known_at = models.DateTimeField("生效时间", null=True, blank=True)

    already_received = False
    """Set on the object that `receive_delivery` returns when the same file had been received before."""

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = "送数"
        verbose_name_plural = "送数"
        ordering = ("-received_at", "-pk")
        indexes = (
            models.Index(fields=("jurisdiction", "source_key", "status", "-known_at"), name="registry_delivery_latest"),
        )
        constraints = (
            models.CheckConstraint(condition=Q(sha256__regex=SHA256), name="registry_delivery_sha256"),
            models.CheckConstraint(
                condition=Q(rows=F("taken") + F("refused") + F("skipped")), name="registry_delivery_rows_add_up"
            ),
            models.CheckConstraint(
                condition=Q(status__in=("checked", "held", "confirming", "accepted", "declined")) & ~Q(clean_path="")
                | Q(status__in=("received", "reading"), clean_path="", taken=0, clean_rows=0)
                | Q(status="refused", clean_path="", taken=0, clean_rows=0) & ~Q(message=""),
                name="registry_delivery_read_has_table_refused_has_reason",
            ),
            models.CheckConstraint(
                condition=Q(status="accepted", known_at__isnull=False) | ~Q(status="accepted") & Q(known_at=None),
                name="registry_delivery_accepted_is_known",
            ),
            models.CheckConstraint(
                # Before deliveries had a second officer they counted from the moment they were received.
                condition=Q(status__in=("confirming", "accepted", "declined"), confirmed_by__isnull=False)
                | Q(status="accepted", confirmed_by=None, known_at=F("received_at"))
                | ~Q(status__in=("confirming", "accepted", "declined")) & Q(confirmed_by=None),
                name="registry_delivery_confirmed_together",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_by__isnull=True) | ~Q(confirmed_by=F("received_by")),
                name="registry_delivery_two_people",
            ),
            models.CheckConstraint(
                condition=~Q(status="declined") | ~Q(confirmation_reason=""),
                name="registry_delivery_declined_has_reason",
            ),
            models.CheckConstraint(
                condition=Q(base__isnull=True) | Q(mode="supplement"), name="registry_delivery_base_only_supplement"
            ),
            models.CheckConstraint(
                condition=Q(is_correction=False) | Q(mode="supplement"), name="registry_delivery_correction_supplements"
            ),
            models.UniqueConstraint(
                fields=("jurisdiction", "source_key", "sha256", "mode"),
                condition=Q(status="accepted"),
                name="registry_delivery_accepted_once",
            ),
            models.UniqueConstraint(
                fields=("jurisdiction", "source_key"),
                condition=Q(status="confirming"),
                name="registry_delivery_one_confirming",
            ),
            models.UniqueConstraint(
                fields=("jurisdiction", "source_key", "idempotency_key"),
                condition=~Q(idempotency_key=""),
                name="registry_delivery_pushed_once",
            ),
        )

    def __str__(self) -> str:
        return f"{self.source_key} {self.file_name} {self.as_of}"

    @property
    def clean_file(self) -> Path:
        """The clean Parquet table; only a delivery that was read has one."""
        return Path(settings.DATA_DIR) / self.clean_path

    @property
    def stored_file(self) -> Path:
        """The file as it was received, encrypted (kit.protection)."""
        return Path(settings.DATA_DIR) / self.stored_as

    @property
    def is_going(self) -> bool:
        """Whether it is still to be read to its end."""
        return self.status in {self.Status.RECEIVED, self.Status.READING}

    @property
    def is_confirming(self) -> bool:
        """Whether it was confirmed and is being loaded."""
        return self.status == self.Status.CONFIRMING

    @property
    def is_waiting(self) -> bool:
        """Whether a second officer has to look at it."""
        return self.status in {self.Status.CHECKED, self.Status.HELD}


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

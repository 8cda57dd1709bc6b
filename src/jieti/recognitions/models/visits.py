"""走访 (附件三(二)2): planned by town, made on a phone with or without a network, sent once."""

from pathlib import Path
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from jieti.kit.models import TimeStamped
from jieti.recognitions.models.applications import Application


class Visit(TimeStamped):
    """One visit to a business. `client_key` is made on the phone, so that what is sent twice is kept once.

    `findings` holds for each judged criterion what was seen: {"standard.criterion": {"met": bool | null, "note"}}.
    `place` is where the phone said it was, latitude and longitude, empty where it would not say.
    """

    application = models.ForeignKey(Application, verbose_name="申报", on_delete=models.PROTECT, related_name="visits")
    planned_on = models.DateField("计划日期")
    order = models.PositiveSmallIntegerField("顺序", default=0)
    planned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="安排人", on_delete=models.PROTECT, related_name="visits_planned"
    )
    visitor = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="走访人", on_delete=models.PROTECT, related_name="visits"
    )
    companion = models.CharField("同行人员", max_length=100, blank=True)
    client_key = models.UUIDField("手机端编号", null=True, blank=True, unique=True)
    started_at = models.DateTimeField("到达时间", null=True, blank=True)
    sent_at = models.DateTimeField("提交时间", null=True, blank=True)
    place = models.CharField("位置", max_length=60, blank=True)
    findings = models.JSONField("走访情况", default=dict, blank=True)
    note = models.TextField("综合意见", blank=True)
    met_with = models.CharField("接待人", max_length=60, blank=True)
    visitor_signature = models.CharField("走访人签名", max_length=255, blank=True)
    proprietor_signature = models.CharField("经营者签名", max_length=255, blank=True)

    class Meta:
        verbose_name = "走访"
        verbose_name_plural = "走访"
        ordering = ("planned_on", "order", "pk")
        constraints: ClassVar[tuple[models.BaseConstraint, ...]] = (
            models.CheckConstraint(
                condition=Q(sent_at=None) | Q(started_at__isnull=False, client_key__isnull=False) & ~Q(note=""),
                name="recognitions_visit_sent_whole",
            ),
            models.UniqueConstraint(
                fields=("application",), condition=Q(sent_at=None), name="recognitions_visit_one_planned"
            ),
        )

    def __str__(self) -> str:
        return f"{self.application} {self.planned_on}"


class VisitPhoto(TimeStamped):
    """A photograph of a visit, drawn anew and encrypted."""

    visit = models.ForeignKey(Visit, verbose_name="走访", on_delete=models.PROTECT, related_name="photos")
    name = models.CharField("文件名", max_length=255)
    kind = models.CharField("种类", max_length=10)
    size = models.PositiveIntegerField("大小（字节）")
    sha256 = models.CharField("散列值", max_length=64)
    stored_as = models.CharField("存放位置", max_length=255)

    class Meta:
        verbose_name = "走访照片"
        verbose_name_plural = "走访照片"
        ordering = ("pk",)
        constraints: ClassVar[tuple[models.BaseConstraint, ...]] = (
            models.UniqueConstraint(fields=("visit", "sha256"), name="recognitions_visit_photo_once"),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def stored_file(self) -> Path:
        """The encrypted file (kit.protection)."""
        return Path(settings.DATA_DIR) / self.stored_as

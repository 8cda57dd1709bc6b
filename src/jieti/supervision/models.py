"""Milestones that people have declared done. Those that follow from what the system itself did need no row."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from jieti.accounts.models import Jurisdiction
from jieti.kit import clock


class MilestoneDoneQuerySet(models.QuerySet["MilestoneDone"]):
    def of(self, jurisdiction: Jurisdiction, year: int) -> Self:
        return self.filter(jurisdiction=jurisdiction, year=year)


class MilestoneDone(models.Model):
    """That somebody declared a milestone of the year done, and when."""

    jurisdiction = models.ForeignKey(
        Jurisdiction, verbose_name="辖区", on_delete=models.PROTECT, related_name="milestones_done"
    )
    year = models.PositiveSmallIntegerField("年度")
    key = models.SlugField("节点", max_length=60)
    done_on = models.DateField("完成日期")
    note = models.TextField("说明")
    declared_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="登记人", on_delete=models.PROTECT, related_name="milestones_declared"
    )
    declared_at = models.DateTimeField("登记时间", default=clock.now)

    objects = MilestoneDoneQuerySet.as_manager()

    class Meta:
        verbose_name = "节点完成"
        verbose_name_plural = "节点完成"
        constraints = (
            models.UniqueConstraint(fields=("jurisdiction", "year", "key"), name="supervision_milestone_once"),
            models.CheckConstraint(condition=~Q(note=""), name="supervision_milestone_has_note"),
        )

    def __str__(self) -> str:
        return f"{self.year} {self.key}"

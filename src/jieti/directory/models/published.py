"""What was published when: the years of a business, and the publications by which outsiders check one."""

from pathlib import Path
from typing import Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from jieti.accounts.models import Jurisdiction
from jieti.directory.models.entries import LABELS
from jieti.domain.terms import Tier


class EntryYearQuerySet(models.QuerySet["EntryYear"]):
    def of(self, uscc: str) -> Self:
        """What was published of a business, the newest year and its newest version first."""
        return self.filter(uscc=uscc).order_by("-year", "-version")


class EntryYear(models.Model):
    """What was published of a business for one year: the year-by-year history of its page (一.b).

    `version` counts what was published for the year; a corrected label is a further version, the earlier ones stay.
    `cause` says what brought it: `run:3`, `objection:12`, `delivery:40`, `registration:41`.
    """

    uscc = models.CharField("统一社会信用代码", max_length=18)
    jurisdiction = models.ForeignKey(
        "accounts.Jurisdiction", verbose_name="辖区", on_delete=models.PROTECT, related_name="entry_years"
    )
    year = models.PositiveSmallIntegerField("判定年度")
    version = models.PositiveSmallIntegerField("版次")
    tier = models.CharField(  # noqa: DJ001 - an unknown tier is the absence of one, never an empty text
        "分型结果", max_length=20, null=True, choices=[(t.value, t.label) for t in Tier]
    )
    possible = ArrayField(models.CharField(max_length=20), verbose_name="可能的分型")
    published_at = models.DateTimeField("发布时间")
    cause = models.CharField("原因", max_length=60, blank=True, default="", db_default="")

    objects = EntryYearQuerySet.as_manager()

    class Meta:
        verbose_name = "历年分型"
        verbose_name_plural = "历年分型"
        ordering = ("uscc", "-year", "-version")
        constraints = (
            models.UniqueConstraint(fields=("uscc", "year", "version"), name="directory_entry_year_once"),
            models.CheckConstraint(condition=Q(version__gte=1), name="directory_entry_year_version"),
        )

    def __str__(self) -> str:
        return f"{self.uscc} {self.year}"

    @property
    def label(self) -> str:
        return LABELS[self.tier]

    @property
    def mark(self) -> str:
        """The word by which the style sheet knows the label."""
        return self.tier or "pending"

    @property
    def why(self) -> str:
        """What brought this version, in words."""
        return cause_in_words(self.cause)


class PublicationQuerySet(models.QuerySet["Publication"]):
    def of(self, jurisdiction: Jurisdiction) -> Self:
        return self.filter(jurisdiction=jurisdiction)

    def newest(self) -> "Publication | None":
        """The newest among these; its number is the version of what the public reads."""
        return self.order_by("-pk").first()


class Publication(models.Model):
    """One publication of the directory: the Merkle root over all its public entries, by which outsiders check one.

    A leaf is a public line alone (docs/verify.md): nothing protected can be learnt from it. `path` is the file of open
    data from which every other form is made; it is never changed.
    """

    jurisdiction = models.ForeignKey(
        "accounts.Jurisdiction", verbose_name="辖区", on_delete=models.PROTECT, related_name="publications"
    )
    number = models.PositiveIntegerField("序号")
    year = models.PositiveSmallIntegerField("判定年度")
    published_at = models.DateTimeField("发布时间")
    entries = models.PositiveIntegerField("户数")
    merkle_root = models.CharField("默克尔根", max_length=64)
    path = models.CharField("公开数据文件", max_length=255)
    cause = models.CharField("原因", max_length=60)

    objects = PublicationQuerySet.as_manager()

    class Meta:
        verbose_name = "名录发布"
        verbose_name_plural = "名录发布"
        ordering = ("-number",)
        constraints = (
            models.UniqueConstraint(fields=("jurisdiction", "number"), name="directory_publication_number"),
            models.CheckConstraint(
                condition=Q(merkle_root__regex=r"^[0-9a-f]{64}$"), name="directory_publication_root"
            ),
        )

    def __str__(self) -> str:
        return f"第{self.number}次发布"

    @property
    def file(self) -> Path:
        """The open data of this publication (Parquet)."""
        return Path(settings.DATA_DIR) / self.path

    @property
    def why(self) -> str:
        """What brought it, in words."""
        return cause_in_words(self.cause)


CAUSES = {
    "run": "年度集中判定",
    "objection": "异议核实后更正",
    "delivery": "数据更正",
    "registration": "登记变动",
    "conversion": "个转企",
    "corrections": "更正",
}


def cause_in_words(cause: str) -> str:
    """`run:3` as 年度集中判定; a kind of cause that is not known is a correction 更正."""
    return CAUSES.get(cause.partition(":")[0], CAUSES["corrections"])

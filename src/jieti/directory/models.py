from dataclasses import dataclass
from datetime import date
from typing import ClassVar, Self

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Case, F, Func, Q, Value, When, Window
from django.db.models.functions import Length

from jieti.directory.names import as_code, bigrams, normalised
from jieti.domain.terms import Tier

CANDIDATES = 1_001
"""A search looks at no more entries than this; beyond it the page says "1000 户以上"."""
PER_PAGE = 20
SHORTEST = 2
COMMON_SHARE = 0.01
"""A bigram in more names than this share is searched by LIKE, which stops early, not by the index, which cannot."""


class Bigrams(Func):
    """The bigrams of a name as PostgreSQL's index holds them."""

    function = "directory_bigrams"
    arity = 1
    output_field: ClassVar[models.Field] = ArrayField(models.TextField())  # type: ignore[type-arg]


@dataclass(frozen=True)
class Found:
    """One page of a search. ``total`` is exact up to 1,000; ``more`` says that there are further ones."""

    entries: tuple["DirectoryEntry", ...] = ()
    total: int = 0
    more: bool = False
    page: int = 1
    message: str = ""

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // PER_PAGE))


class EntryQuerySet(models.QuerySet["DirectoryEntry"]):
    def labelled(self, tiers: list[str]) -> Self:
        """Entries that carry one of these labels; ``pending`` stands for those still waiting for data."""
        if not tiers:
            return self
        waiting = Q(tier__isnull=True) if "pending" in tiers else Q(pk__in=[])
        return self.filter(Q(tier__in=tiers) | waiting)

    def in_towns(self, towns: list[str]) -> Self:
        return self.filter(town__in=towns) if towns else self

    def named(self, term: str) -> Self:
        """Entries whose name holds the term (normalised, two characters or more), by the cheapest road."""
        pairs = bigrams(term)
        if len(term) > SHORTEST or BigramCount.objects.any_common(pairs):
            return self.filter(search_name__contains=term)
        return self.alias(bigrams=Bigrams(F("search_name"))).filter(bigrams__contains=pairs)

    def page_of(self, term: str, page: int) -> Found:
        """The page of at most 1,001 candidates: the exact name first, then the shorter name."""
        candidates = self.values("pk")[:CANDIDATES]
        exact = Case(When(search_name=term, then=Value(0)), default=Value(1))
        ranked = DirectoryEntry.objects.filter(pk__in=candidates).annotate(found=Window(models.Count("*")))
        first = (page - 1) * PER_PAGE
        entries = tuple(ranked.order_by(exact, Length("search_name"), "uscc")[first : first + PER_PAGE])
        total: int = vars(entries[0])["found"] if entries else 0
        return Found(entries, min(total, CANDIDATES - 1), total >= CANDIDATES, page)

    def search(self, q: str, *, tiers: list[str], towns: list[str], page: int = 1) -> Found:
        """What the search page shows for what was typed: a full code first, else part of a name."""
        code = as_code(q)
        if code is not None:
            entry = DirectoryEntry.objects.filter(pk=code).first()
            return Found((entry,), 1) if entry else Found(message="no_such_code")
        term = normalised(q)
        if len(term) < SHORTEST:
            return Found(message="too_short" if term else "empty")
        return self.labelled(tiers).in_towns(towns).named(term).page_of(term, max(1, page))

    def latest_year(self) -> int | None:
        return self.aggregate(year=models.Max("year"))["year"]  # type: ignore[no-any-return]


class DirectoryEntry(models.Model):
    """What the public may read of one business. Nothing personal, no amount, no reason has a column here."""

    uscc = models.CharField("统一社会信用代码", max_length=18, primary_key=True)
    jurisdiction = models.ForeignKey(
        "accounts.Jurisdiction", verbose_name="辖区", on_delete=models.PROTECT, related_name="directory_entries"
    )
    name = models.TextField("名称")
    search_name = models.TextField("检索用名称")
    initials = models.TextField("拼音首字母", blank=True)
    town = models.TextField("所在镇乡街道", blank=True)
    industry = models.TextField("行业大类", blank=True)
    established_on = models.DateField("成立日期", null=True)
    tier = models.CharField(  # noqa: DJ001 - an unknown tier is the absence of one, never an empty text
        "分型结果", max_length=20, null=True, choices=[(t.value, t.label) for t in Tier]
    )
    possible = ArrayField(models.CharField(max_length=20), verbose_name="可能的分型")
    year = models.PositiveSmallIntegerField("判定年度")
    published_at = models.DateTimeField("发布时间")

    objects = EntryQuerySet.as_manager()

    class Meta:
        verbose_name = "名录条目"
        verbose_name_plural = "名录条目"
        indexes = (
            GinIndex(Bigrams(F("search_name")), name="directory_bigrams"),
            GinIndex(fields=["search_name"], opclasses=["gin_trgm_ops"], name="directory_trigrams"),
            models.Index(fields=["town", "tier"], name="directory_town_tier"),
        )
        constraints = (
            models.CheckConstraint(condition=Q(uscc__regex=r"^[0-9A-HJ-NPQRTUWXY]{18}$"), name="directory_uscc"),
            models.CheckConstraint(
                condition=Q(tier__isnull=True) | Q(tier__in=[t.value for t in Tier]), name="directory_tier"
            ),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def label(self) -> str:
        """The label of the year; an entry whose facts are not all delivered is 待数据, never a guess."""
        return Tier(self.tier).label if self.tier else "待数据"

    @property
    def mark(self) -> str:
        """The word by which the style sheet knows the label."""
        return self.tier or "pending"

    @property
    def possible_labels(self) -> list[str]:
        return [Tier(key).label for key in self.possible]

    @property
    def since(self) -> str:
        return chinese_date(self.established_on)


class BigramCountQuerySet(models.QuerySet["BigramCount"]):
    def any_common(self, pairs: list[str]) -> bool:
        """Whether one of the bigrams stands in more than one name in a hundred."""
        return self.filter(bigram__in=pairs, share__gt=COMMON_SHARE).exists()


class BigramCount(models.Model):
    """In what share of the names a bigram stands; written anew whenever the directory is published."""

    bigram = models.TextField("双字", primary_key=True)
    share = models.FloatField("占比")

    objects = BigramCountQuerySet.as_manager()

    class Meta:
        verbose_name = "双字频度"
        verbose_name_plural = "双字频度"

    def __str__(self) -> str:
        return self.bigram


def chinese_date(day: date | None) -> str:
    """2009年4月16日; nothing where the day is not known."""
    return f"{day.year}年{day.month}月{day.day}日" if day else ""


class EntryYear(models.Model):
    """What was published of a business for one year: the year-by-year history of its page (一.b).

    `version` counts what was published for the year; a corrected label is a further version, the earlier ones stay.
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


class Publication(models.Model):
    """One publication of the directory: the Merkle root over all its public entries, by which outsiders check one.

    A leaf is a public line alone (code, name, year, label, what is possible): nothing protected can be learnt from it.
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

"""What the directory says of each business now, and how it is searched."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import connection, models
from django.db.models import F, Func, Q

from jieti.accounts.models import Jurisdiction
from jieti.directory import searching
from jieti.directory.names import as_code, normalised
from jieti.directory.searching import PENDING
from jieti.domain.terms import Category, RegistrationStatus, Tier

COMMON_SHARE = 0.01
"""What stands in more names than this share is searched by LIKE, which stops early, not by the index, which cannot."""
PENDING_LABEL = "待数据"
CONVERTED = "converted"
"""The state of a business that became an enterprise 个转企 (附件二(三)2), whatever the register still says."""
NO_LONGER = {
    RegistrationStatus.DEREGISTERED.value: "已注销",
    RegistrationStatus.LICENCE_REVOKED.value: "已吊销",
    RegistrationStatus.REGISTRATION_ANNULLED.value: "已撤销登记",
    CONVERTED: "已转为企业",
}
"""How a business that is not registered any more is marked; it stays in the directory."""
COMMON = "select exists (select from directory_bigramcount where bigram = any(%s) and share > %s)"


class Bigrams(Func):
    """The bigrams of a name as PostgreSQL's index holds them."""

    function = "directory_bigrams"
    arity = 1
    output_field: ClassVar[models.Field] = ArrayField(models.TextField())  # type: ignore[type-arg]


class Characters(Func):
    """The characters of a name as PostgreSQL's index holds them."""

    function = "string_to_array"
    template = "%(function)s(%(expressions)s, null)"
    arity = 1
    output_field: ClassVar[models.Field] = ArrayField(models.TextField())  # type: ignore[type-arg]


class Labelled:
    """The words for what an entry holds."""

    tier: str | None
    status: str | None
    established_on: date | None
    category: str

    @property
    def category_label(self) -> str:
        """知名 and the like for a business whose title is in force, empty for any other."""
        return Category(self.category).label if self.category else ""

    @property
    def label(self) -> str:
        """The label of the year; an entry whose facts are not all delivered is 待数据, never a guess."""
        return LABELS[self.tier]

    @property
    def mark(self) -> str:
        """The word by which the style sheet knows the label."""
        return self.tier or PENDING

    @property
    def no_longer(self) -> str:
        """已注销 and the like; empty for a business that is registered or of which nothing else is known."""
        return NO_LONGER.get(self.status or "", "")

    @property
    def since(self) -> str:
        return chinese_date(self.established_on)


@dataclass(frozen=True, slots=True)
class Line(Labelled):
    """An entry as a list shows it; the fields are DirectoryEntry's."""

    uscc: str
    search_name: str
    name: str
    jurisdiction_id: str
    town: str
    industry: str
    established_on: date | None
    tier: str | None
    possible: list[str]
    year: int
    status: str | None
    is_new: bool
    published_at: datetime
    category: str


LINE = ", ".join(Line.__dataclass_fields__)
ONE = f"select {LINE} from directory_directoryentry where uscc = %s"  # noqa: S608 - our own names of columns


@dataclass(frozen=True)
class Found:
    """One page of a search. ``total`` is exact up to 1,000; ``more`` says that there are further ones."""

    entries: tuple[Line, ...] = ()
    total: int = 0
    more: bool = False
    page: int = 1
    message: str = ""

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // searching.PER_PAGE))


class EntryManager(models.Manager["DirectoryEntry"]):
    def latest_year_of(self, jurisdiction: Jurisdiction) -> int | None:
        """The year of the newest label there."""
        return self.filter(jurisdiction=jurisdiction).aggregate(year=models.Max("year"))["year"]  # type: ignore[no-any-return]

    def search(
        self,
        q: str,
        *,
        tiers: Sequence[str] = (),
        categories: Sequence[str] = (),
        towns: Sequence[str] = (),
        industries: Sequence[str] = (),
        jurisdictions: Sequence[str] = (),
        page: int = 1,
    ) -> Found:
        """What the search page shows for what was typed: a full code first, else part of a name or of its initials;
        without a term what the filters leave."""
        code = as_code(q)
        if code is not None:
            return _by_code(code)
        term = normalised(q)
        conditions = [searching.labelled(tiers)] if tiers else []
        filters = {"category": categories, "town": towns, "industry": industries, "jurisdiction_id": jurisdictions}
        conditions += [searching.one_of(column, values) for column, values in filters.items() if values]
        if term:
            conditions.append(searching.named(term, is_common=_is_common(term)))
        return _page_of(conditions, term, max(1, page)) if conditions else Found(message="empty")


def _is_common(term: str) -> bool:
    return len(term) <= searching.BY_INDEX and BigramCount.objects.any_common(searching.pieces_of(term))


def _page_of(conditions: Sequence[searching.Condition], term: str, page: int) -> Found:
    text, values = searching.statement(LINE, conditions, term, page)
    with connection.cursor() as cursor:
        cursor.execute(text, values)
        rows = cursor.fetchall()
    total: int = rows[0][-1] if rows else 0
    most = searching.CANDIDATES - 1
    return Found(tuple(Line(*row[:-1]) for row in rows), min(total, most), total > most, page)


def _by_code(code: str) -> Found:
    with connection.cursor() as cursor:
        cursor.execute(ONE, [code])
        row = cursor.fetchone()
    return Found((Line(*row),), 1) if row else Found(message="no_such_code")


class DirectoryEntry(Labelled, models.Model):
    """What the public may read of one business. Nothing personal, no amount, no reason has a column here.

    `status` is the register's, null where it is unknown. `is_new`: founded after the year's determination, and so
    survival until the next (附件一(三)2(1)). `category` is that of a published title in force until `category_until`,
    its last day (附件三(五)); `category_at` is when either last changed.
    """

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
    status = models.CharField(  # noqa: DJ001 - null is unknown
        "登记状态", max_length=30, null=True, blank=True, choices=[(s.value, s.label) for s in RegistrationStatus]
    )
    is_new = models.BooleanField("新设", default=False, db_default=False)
    published_at = models.DateTimeField("发布时间")
    category = models.CharField(
        "名特优新类别",
        max_length=20,
        blank=True,
        default="",
        db_default="",
        choices=[(one.value, one.label) for one in Category],
    )
    category_until = models.DateField("认定有效期末日", null=True, blank=True)
    category_at = models.DateTimeField("类别标注时间", null=True, blank=True)

    objects = EntryManager()

    class Meta:
        verbose_name = "名录条目"
        verbose_name_plural = "名录条目"
        indexes = (
            GinIndex(Bigrams(F("search_name")), name="directory_bigrams"),
            GinIndex(fields=["search_name"], opclasses=["gin_trgm_ops"], name="directory_trigrams"),
            GinIndex(Characters(F("search_name")), name="directory_characters"),
            GinIndex(Bigrams(F("initials")), name="directory_initial_bigrams"),
            GinIndex(fields=["initials"], opclasses=["gin_trgm_ops"], name="directory_initial_trigrams"),
            models.Index(OpClass("initials", name="text_pattern_ops"), name="directory_initials"),
            models.Index(fields=["town", "tier"], name="directory_town_tier"),
            models.Index(fields=["industry", "tier"], name="directory_industry_tier"),
            models.Index(fields=["jurisdiction", "tier"], name="directory_jurisdiction_tier"),
            models.Index(fields=["category"], name="directory_category", condition=~Q(category="")),
            models.Index(fields=["category_at"], name="directory_category_at", condition=Q(category_at__isnull=False)),
        )
        constraints = (
            models.CheckConstraint(condition=Q(uscc__regex=r"^[0-9A-HJ-NPQRTUWXY]{18}$"), name="directory_uscc"),
            models.CheckConstraint(
                condition=Q(tier__isnull=True) | Q(tier__in=[t.value for t in Tier]), name="directory_tier"
            ),
            models.CheckConstraint(
                condition=Q(is_new=False) | Q(tier__isnull=False), name="directory_new_ones_have_a_tier"
            ),
            models.CheckConstraint(
                condition=Q(category="", category_until=None)
                | Q(category__in=[one.value for one in Category], category_until__isnull=False),
                name="directory_category_until_a_day",
            ),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def possible_labels(self) -> list[str]:
        return [Tier(key).label for key in self.possible]


LABELS: dict[str | None, str] = {**{tier.value: tier.label for tier in Tier}, None: PENDING_LABEL}


class BigramCountQuerySet(models.QuerySet["BigramCount"]):
    def any_common(self, pieces: list[str]) -> bool:
        """Whether one of these stands in more than one name in a hundred."""
        with connection.cursor() as cursor:
            cursor.execute(COMMON, [pieces, COMMON_SHARE])
            return bool(cursor.fetchone()[0])


class BigramCount(models.Model):
    """In what share of the names (or their initials) a bigram or a character stands; written anew with every run."""

    bigram = models.TextField("双字或单字", primary_key=True)
    share = models.FloatField("占比")

    objects = BigramCountQuerySet.as_manager()

    class Meta:
        verbose_name = "字频"
        verbose_name_plural = "字频"

    def __str__(self) -> str:
        return self.bigram


def chinese_date(day: date | None) -> str:
    """2009年4月16日; nothing where the day is not known."""
    return f"{day.year}年{day.month}月{day.day}日" if day else ""

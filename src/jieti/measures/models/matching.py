"""Who meets which measure: one row a business, however many measures there are."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from jieti.accounts.models import Jurisdiction
from jieti.domain.terms import Tier
from jieti.kit.models import TimeStamped
from jieti.registry.models import Business

WORD = 62
"""Measures in one word of bits: a word is a signed 64-bit integer on every engine."""


def words_of(numbers: Iterable[int]) -> list[int]:
    """The measures with these numbers as words of bits, without empty words at the end."""
    words: list[int] = []
    for number in numbers:
        place, bit = divmod(number, WORD)
        words += [0] * (place + 1 - len(words))
        words[place] |= 1 << bit
    return words


def numbers_in(words: Sequence[int]) -> list[int]:
    """The numbers of the measures whose bits are set, ascending."""
    return [place * WORD + bit for place, word in enumerate(words) for bit in range(WORD) if word >> bit & 1]


def holds(words: Sequence[int], number: int) -> bool:
    """Whether the measure's bit is set."""
    place, bit = divmod(number, WORD)
    return place < len(words) and bool(words[place] >> bit & 1)


class MatchingQuerySet(models.QuerySet["Matching"]):
    def of(self, jurisdiction: Jurisdiction) -> Self:
        return self.filter(jurisdiction=jurisdiction)

    def newest(self) -> "Matching | None":
        return self.order_by("-pk").first()


class Matching(TimeStamped):
    """One matching of businesses with measures: on which day, why, of what, with what result.

    `stamp` tells by which publications, deliveries, recognitions and versions it was; while it is the same, matching
    again would change nothing. `rules` lists the measures with their versions. `is_whole`: all businesses were matched.
    """

    jurisdiction = models.ForeignKey(
        Jurisdiction, verbose_name="辖区", on_delete=models.PROTECT, related_name="matchings"
    )
    day = models.DateField("匹配日期")
    cause = models.CharField("起因", max_length=200)
    is_whole = models.BooleanField("全部匹配")
    stamp = models.JSONField("所依据的数据")
    rules = models.JSONField("所依据的措施")
    businesses = models.PositiveIntegerField("户数", default=0)
    changed = models.PositiveIntegerField("变动户数", default=0)
    path = models.CharField("结果文件", max_length=255, blank=True)

    objects = MatchingQuerySet.as_manager()

    class Meta:
        verbose_name = "措施匹配"
        verbose_name_plural = "措施匹配"
        ordering = ("-pk",)

    def __str__(self) -> str:
        return f"{self.day} {self.cause}"

    @property
    def file(self) -> Path:
        """Every business with its signature (Parquet)."""
        return Path(settings.DATA_DIR) / self.path


class Signature(models.Model):
    """What businesses that no measure tells apart have in common: the measures they match, and those still unknown.

    Bits by `Measure.number`; a measure in neither is not matched, for a reason that can be told.
    """

    jurisdiction = models.ForeignKey(
        Jurisdiction, verbose_name="辖区", on_delete=models.PROTECT, related_name="signatures"
    )
    matched = ArrayField(models.BigIntegerField(), verbose_name="符合的措施", default=list, blank=True)
    unknown = ArrayField(models.BigIntegerField(), verbose_name="待数据的措施", default=list, blank=True)

    class Meta:
        verbose_name = "匹配特征"
        verbose_name_plural = "匹配特征"
        constraints = (
            models.UniqueConstraint(fields=("jurisdiction", "matched", "unknown"), name="measures_signature_once"),
        )

    def __str__(self) -> str:
        return f"{len(numbers_in(self.matched))}项"


class StandingQuerySet(models.QuerySet["Standing"]):
    def of(self, jurisdiction: Jurisdiction) -> Self:
        return self.filter(jurisdiction=jurisdiction)

    def matched_by(self, jurisdiction: Jurisdiction, number: int) -> Self:
        """The businesses that match a measure, by way of the few signatures that do."""
        return self.filter(signature_id__in=_signatures(jurisdiction, number, "matched"))

    def unknown_for(self, jurisdiction: Jurisdiction, number: int) -> Self:
        """The businesses of which data that the measure asks for are missing 待数据."""
        return self.filter(signature_id__in=_signatures(jurisdiction, number, "unknown"))


class Standing(models.Model):
    """How one business stands with all measures: what it matches (by signature) and what it was told of.

    `told` has a bit for every measure that the business was ever told of; it is never taken back. `opted_out_on` is
    since when its proprietor does not want to be told of what is no duty. `tier` null is pending 待数据.
    """

    business = models.OneToOneField(
        Business,
        verbose_name="个体工商户",
        primary_key=True,
        on_delete=models.PROTECT,
        related_name="standing",
        db_constraint=False,
    )
    jurisdiction = models.ForeignKey(
        Jurisdiction,
        verbose_name="辖区",
        on_delete=models.PROTECT,
        related_name="standings",
        db_constraint=False,
        db_index=False,
    )
    signature = models.ForeignKey(
        Signature,
        verbose_name="匹配特征",
        on_delete=models.PROTECT,
        related_name="standings",
        db_constraint=False,
        db_index=False,
    )
    matching = models.ForeignKey(
        Matching,
        verbose_name="措施匹配",
        on_delete=models.PROTECT,
        related_name="standings",
        db_constraint=False,
        db_index=False,
    )
    tier = models.CharField(  # noqa: DJ001 - null is unknown, which no text may stand for
        "分型", max_length=20, null=True, blank=True, choices=[(tier.value, tier.label) for tier in Tier]
    )
    town = models.CharField("所属镇街", max_length=500, blank=True)
    told = ArrayField(models.BigIntegerField(), verbose_name="已告知的措施", default=list, blank=True, db_default=[])
    opted_out_on = models.DateField("谢绝主动告知日期", null=True, blank=True)

    objects = StandingQuerySet.as_manager()

    class Meta:
        verbose_name = "措施对照"
        verbose_name_plural = "措施对照"
        ordering = ("business",)
        indexes = (models.Index(fields=("jurisdiction", "signature", "business"), name="measures_standing_signature"),)
        constraints = (
            models.CheckConstraint(
                condition=Q(tier__isnull=True) | Q(tier__in=[tier.value for tier in Tier]),
                name="measures_standing_known_tier",
            ),
        )

    def __str__(self) -> str:
        return f"{self.business_id}"


def _signatures(jurisdiction: Jurisdiction, number: int, kind: str) -> list[int]:
    rows = Signature.objects.filter(jurisdiction=jurisdiction).values_list("pk", kind)
    return [pk for pk, words in rows if holds(words, number)]

"""The terms of the document that have a closed list of values, each with its Chinese label.

The value is what files, tables and rulebooks hold; the label is what people read.
"""

from enum import StrEnum
from typing import Self


class Term(StrEnum):
    """A string value with a Chinese label: ``Tier.GROWTH == "growth"``, ``Tier.GROWTH.label == "成长型"``."""

    label: str

    def __new__(cls, value: str, label: str = "") -> Self:
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label
        return member

    @classmethod
    def from_label(cls, label: str) -> Self:
        """The member that people call ``label``. Raises ``KeyError`` when there is none."""
        by_label = {member.label: member for member in cls}
        return by_label[label]


class Tier(Term):
    """分型 (附件一). Ineligible is a result; an unknown tier is the absence of one."""

    SURVIVAL = "survival", "生存型"
    GROWTH = "growth", "成长型"
    DEVELOPMENT = "development", "发展型"
    INELIGIBLE = "ineligible", "不符合分型条件"


class Category(Term):
    """分类 of recognised businesses 名特优新 (附件三)."""

    RENOWNED = "renowned", "知名"
    DISTINCTIVE = "distinctive", "特色"
    QUALITY = "quality", "优质"
    EMERGING = "emerging", "新兴"


class RegistrationStatus(Term):
    """State in the register (附件一(三)1); only ``ACTIVE`` meets the base standard."""

    ACTIVE = "active", "登记在册"
    LICENCE_REVOKED = "licence_revoked", "吊销"
    DEREGISTERED = "deregistered", "注销"
    REGISTRATION_ANNULLED = "registration_annulled", "撤销登记"


class FounderGroup(Term):
    """Groups whose source tier may be relaxed (附件三(三)1). Sensitive personal data."""

    VETERAN = "veteran", "退役军人"
    GRADUATE = "graduate", "高校毕业生"
    DISABLED = "disabled", "残疾人"
    RETURNING_MIGRANT = "returning_migrant", "返乡创业农民工"


class PenaltyKind(Term):
    """Kinds of administrative penalty in the order of 行政处罚法 (2021) 第九条."""

    WARNING = "warning", "警告、通报批评"
    FINE = "fine", "罚款、没收"
    LICENCE = "licence", "暂扣、降级或吊销许可"
    RESTRICTION = "restriction", "限制、停产停业、关闭或限制从业"
    DETENTION = "detention", "行政拘留"

    @property
    def rank(self) -> int:
        """1 (warning) to 5 (detention): the number of the item in 第九条."""
        return list(PenaltyKind).index(self) + 1

    @property
    def is_fine_or_above(self) -> bool:
        """罚款及以上 (附件三(三)1(1)); 以上 includes the number itself, 民法典 1259."""
        return self.rank >= PenaltyKind.FINE.rank


class TownshipKind(Term):
    """Kinds of area below the district; a development zone is not one of the 镇乡街道."""

    SUBDISTRICT = "subdistrict", "街道"
    TOWN = "town", "镇"
    TOWNSHIP = "township", "乡"
    DEVELOPMENT_ZONE = "development_zone", "开发区"

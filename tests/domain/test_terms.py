from enum import Enum

import pytest

from jieti.domain import terms
from jieti.domain.terms import Category, PenaltyKind, RegistrationStatus, Term, Tier

ALL = [kind for kind in vars(terms).values() if isinstance(kind, type) and issubclass(kind, Term) and kind is not Term]


@pytest.mark.parametrize("kind", ALL)
def test_every_member_has_its_own_chinese_label(kind: type[Term]) -> None:
    labels = [member.label for member in kind]
    assert len(set(labels)) == len(labels)
    assert all("\u4e00" <= character <= "\u9fff" or character == "、" for label in labels for character in label)


@pytest.mark.parametrize("kind", ALL)
def test_a_member_is_found_by_value_and_by_label(kind: type[Term]) -> None:
    for member in kind:
        assert kind[member.name] is member
        assert kind.from_label(member.label) is member
        assert member == member.value


def test_labels_of_the_document() -> None:
    assert [tier.label for tier in Tier] == ["生存型", "成长型", "发展型", "不符合分型条件"]
    assert [category.label for category in Category] == ["知名", "特色", "优质", "新兴"]
    assert [status.label for status in RegistrationStatus] == ["登记在册", "吊销", "注销", "撤销登记"]


def test_an_unknown_label_is_an_error() -> None:
    with pytest.raises(KeyError):
        Tier.from_label("知名")


def test_penalties_are_ordered_and_a_warning_is_below_a_fine() -> None:
    assert [kind.rank for kind in PenaltyKind] == [1, 2, 3, 4, 5]
    assert [kind for kind in PenaltyKind if not kind.is_fine_or_above] == [PenaltyKind.WARNING]


def test_terms_are_plain_enums() -> None:
    assert all(issubclass(kind, Enum) for kind in ALL)
    assert len(ALL) == 6
    assert Tier("growth") is Tier.GROWTH

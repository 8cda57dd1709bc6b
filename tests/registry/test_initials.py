"""Initials: names without a turning phrase go the short way, and come out the same."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypinyin.phrases_dict import phrases_dict

from jieti.registry import initials
from jieti.registry.initials import initials_of

PHRASES = sorted(phrases_dict)
NAMES = st.lists(
    st.sampled_from(PHRASES) | st.text(max_size=3) | st.sampled_from("怀柔重庆行长乐A1 号"), max_size=5
).map("".join)


@settings(deadline=None)
@given(NAMES)
def test_the_short_way_and_the_long_way_agree(name: str) -> None:
    folded = unicodedata.normalize("NFKC", name).lower()
    assert initials_of(name) == "".join(initials._letters(folded))


@pytest.mark.parametrize(
    ("name", "letters"), [("老王饭馆", "lwfg"), ("重庆小面", "cqxm"), ("重要", "zy"), ("银行旁ＡＢ１", "yhpab1")]
)
def test_readings_in_context(name: str, letters: str) -> None:
    assert initials_of(name) == letters

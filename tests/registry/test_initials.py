"""Initials: a column of names, of which few hold a turning phrase, goes the short way, and comes out the same."""

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypinyin.phrases_dict import phrases_dict

from jieti.registry.initials import all_initials, initials_of

PHRASES = sorted(phrases_dict)
NAMES = st.lists(
    st.sampled_from(PHRASES)
    | st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"), max_size=3)
    | st.sampled_from("怀柔重庆行长乐A1 号|\nΣ（㊀"),
    max_size=5,
).map("".join)


@settings(deadline=None)
@given(st.lists(NAMES, max_size=6))
def test_the_short_way_and_the_long_way_agree(names: list[str]) -> None:
    assert all_initials(pa.array(names, pa.string())).to_pylist() == list(map(initials_of, names))


def test_every_phrase_reads_alike_both_ways() -> None:
    names = [f"怀柔{phrase}店" for phrase in PHRASES]
    assert all_initials(pa.array(names)).to_pylist() == list(map(initials_of, names))


@pytest.mark.parametrize(
    ("name", "letters"), [("老王饭馆", "lwfg"), ("重庆小面", "cqxm"), ("重要", "zy"), ("银行旁ＡＢ１", "yhpab1")]
)
def test_readings_in_context(name: str, letters: str) -> None:
    assert initials_of(name) == letters

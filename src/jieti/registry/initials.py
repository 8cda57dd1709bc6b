"""Initials of Chinese names, for finding a business by its pinyin letters."""

import unicodedata
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import chain
from typing import cast

import pyarrow as pa
import pyarrow.compute as pc
from pypinyin.phrases_dict import phrases_dict
from pypinyin.pinyin_dict import pinyin_dict

from jieti.registry.arrays import equals, positions

Phrases = dict[str, dict[int, dict[str, str]]]
_CODE_POINTS = 0x110000
_BETWEEN = "\0"
"""Stands between names; no name holds it, for PostgreSQL would not take it."""


def initials_of(name: str) -> str:
    """The first letter of every character's reading in context, small, letters and digits only: 老王饭馆 → lwfg.

    The longest known phrase gives the reading (重庆 cq, 重要 zy); a character outside any has its commonest one. Same
    dictionary as pypinyin, without its cost, which counts for a million names.
    """
    return "".join(_letters(unicodedata.normalize("NFKC", name).lower()))


def all_initials(names: pa.StringArray) -> pa.StringArray:
    """Each name's as `initials_of` has it; a block at a time, which is much quicker."""
    folded = _folded(cast("list[str]", names.to_pylist()))
    codes = _code_points(folded)
    # A vertical line between names, nothing for what is no letter.
    letters = memoryview(_letter_of_each().take(codes).buffers()[1] or b"")[: len(codes)]
    found = letters.tobytes().translate(None, b"\0").decode().split("|") if len(names) else []
    turning = _turning(codes)
    texts = folded.split(_BETWEEN) if turning else []
    for row in turning:
        found[row] = "".join(_letters(texts[row]))
    return pa.array(found, pa.string())


def _folded(names: Sequence[str]) -> str:
    whole = _BETWEEN.join(names)
    if not unicodedata.is_normalized("NFKC", whole):
        whole = _BETWEEN.join(unicodedata.normalize("NFKC", name) for name in names)
    return whole.lower()


def _code_points(text: str) -> pa.UInt32Array:
    buffer = pa.py_buffer(text.encode("utf-32-le"))
    return cast("pa.UInt32Array", pa.Array.from_buffers(pa.uint32(), len(text), [None, buffer]))


def _turning(codes: pa.UInt32Array) -> set[int]:
    """The names, by number, in which a phrase may begin that reads otherwise than its characters do one by one."""
    follows = pc.is_in(_pairs(codes), value_set=_turns())
    if not pc.any(follows).as_py():
        return set()
    ends = positions(equals(codes, 0))
    return {bisect_left(ends, at) for at in positions(follows)}


def _pairs(codes: pa.UInt32Array) -> pa.UInt64Array:
    """Every two code points that follow each other as one number."""
    wide = cast("pa.UInt64Array", codes.cast(pa.uint64()))
    before = wide.slice(0, max(len(wide) - 1, 0))
    return pc.add(pc.multiply(before, pa.scalar(_CODE_POINTS, pa.uint64())), wide.slice(1))


def _letters(name: str) -> Iterator[str]:
    phrases = _phrases()
    position = 0
    while position < len(name):
        character = name[position]
        for length, known in phrases.get(character, {}).items():
            found = known.get(name[position : position + length])
            if found:
                yield found
                position += length
                break
        else:
            yield _letter(character)
            position += 1


@cache
def _letter_of_each() -> pa.UInt8Array:
    """By code point the letter of a character outside phrases, 0 where it has none."""
    table = bytearray(_CODE_POINTS)
    for ordinal in chain(range(128), pinyin_dict):
        table[ordinal] = ord(_letter(chr(ordinal)) or "\0")
    table[ord(_BETWEEN)] = ord("|")
    return cast("pa.UInt8Array", pa.Array.from_buffers(pa.uint8(), _CODE_POINTS, [None, pa.py_buffer(table)]))


@cache
def _turns() -> pa.UInt64Array:
    """How the phrases begin (first two characters) that read otherwise than their characters do one by one.

    Few names hold one; all others need no phrase. No phrase has less than two characters.
    """
    by_length = (known for lengths in _phrases().values() for known in lengths.values())
    begins = {
        phrase[:2]
        for known in by_length
        for phrase, letters in known.items()
        if letters != "".join(map(_letter, phrase))
    }
    return pa.array([ord(begin[0]) * _CODE_POINTS + ord(begin[1]) for begin in sorted(begins)], pa.uint64())


@cache
def _letter(character: str) -> str:
    if character.isascii():
        return character if character.isalnum() else ""
    return _initial(pinyin_dict.get(ord(character), ""))


def _initial(reading: str) -> str:
    """The letter below the tone mark."""
    return unicodedata.normalize("NFD", reading)[:1]


@cache
def _phrases() -> Phrases:
    """Phrases by first character, then by length, longest first."""
    found: Phrases = {}
    for phrase, readings in sorted(phrases_dict.items(), key=lambda item: -len(item[0])):
        letters = "".join(_initial(choices[0]) for choices in readings)
        found.setdefault(phrase[0], {}).setdefault(len(phrase), {})[phrase] = letters
    return found

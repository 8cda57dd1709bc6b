"""Initials of Chinese names, for finding a business by its pinyin letters."""

import unicodedata
from collections.abc import Iterator
from functools import cache
from operator import add

from pypinyin.phrases_dict import phrases_dict
from pypinyin.pinyin_dict import pinyin_dict

Phrases = dict[str, dict[int, dict[str, str]]]


def initials_of(name: str) -> str:
    """The first letter of every character's reading in context, small, letters and digits only: 老王饭馆 → lwfg.

    The longest known phrase gives the reading (重庆 cq, 重要 zy); a character outside any has its commonest one. Same
    dictionary as pypinyin, without its cost, which counts for a million names.
    """
    folded = unicodedata.normalize("NFKC", name).lower()
    if _turns().isdisjoint(map(add, folded, folded[1:])) and _turns().isdisjoint(folded):
        return folded.translate(_alone)
    return "".join(_letters(folded))


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


class _Alone(dict[int, str]):
    """Every character's letter outside phrases, looked up once."""

    def __missing__(self, ordinal: int) -> str:
        self[ordinal] = letter = _letter(chr(ordinal))
        return letter


_alone = _Alone()


@cache
def _turns() -> frozenset[str]:
    """How the phrases begin (first two characters) that read otherwise than their characters do one by one.

    Few names hold one; all others need no phrase.
    """
    by_length = (known for lengths in _phrases().values() for known in lengths.values())
    return frozenset(
        phrase[:2]
        for known in by_length
        for phrase, letters in known.items()
        if letters != "".join(map(_letter, phrase))
    )


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

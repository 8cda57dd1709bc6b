"""Initials of Chinese names, for finding a business by its pinyin letters."""

import unicodedata
from collections.abc import Iterator
from functools import cache

from pypinyin.phrases_dict import phrases_dict
from pypinyin.pinyin_dict import pinyin_dict

Phrases = dict[str, dict[int, dict[str, str]]]


def initials_of(name: str) -> str:
    """The first letter of every character's reading in context, small, letters and digits only: 老王饭馆 → lwfg.

    The longest known phrase gives the reading (重庆 cq, 重要 zy); a character outside any has its commonest one. Same
    dictionary as pypinyin, without its cost, which counts for a million names.
    """
    return "".join(_letters(unicodedata.normalize("NFKC", name).lower()))


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

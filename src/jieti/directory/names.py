"""How a name or a code that somebody typed becomes what is searched for."""

import unicodedata
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from jieti.domain import industries, uscc


def normalised(text: str) -> str:
    """Half-width, lower case, without blanks: ``ＡＢ（ 老王 ）`` and ``ab(老王)`` are one."""
    return "".join(unicodedata.normalize("NFKC", text).lower().split())


def as_code(text: str) -> str | None:
    """The credit code that was typed, whatever its width and case; None where it is something else."""
    try:
        return uscc.parse(text)
    except uscc.MalformedUsccError:
        return None


def bigrams(text: str) -> list[str]:
    """Every two neighbouring characters, once each."""
    return sorted({text[at : at + 2] for at in range(len(text) - 1)})


def is_letters(text: str) -> bool:
    """Whether it may be the first letters of a name's reading: ``lwfg`` for 老王饭馆."""
    return text.isascii() and text.isalnum()


@cache
def division_names() -> Mapping[str, str]:
    """The 97 divisions of GB/T 4754-2017 by their two digits."""
    divisions = (one for one in industries.table().values() if one.level is industries.Level.DIVISION)
    return MappingProxyType({one.code: one.name for one in divisions})

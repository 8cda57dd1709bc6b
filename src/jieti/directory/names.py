"""How a name or a code that somebody typed becomes what is searched for."""

import unicodedata

from jieti.domain import uscc


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

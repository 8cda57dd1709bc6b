"""Unified social credit codes 统一社会信用代码 (GB 32100-2015) and the organisation code inside (GB 11714).

18 characters: registering department, kind (92 = 个体工商户), division (6), organisation code (9), check character.
Codes with a wrong check character do occur in real registers, so that is a warning, never a reason to refuse.
"""

import re
import unicodedata
from operator import mul

from stdnum.cn import uscc as standard

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""The 31 characters of a code: I, O, S, V and Z are left out (GB 32100-2015 表1)."""

BUSINESS_PREFIX = "92"
"""Market regulation, individually-owned business; a conversion may leave such a code with an enterprise."""

ENTERPRISE_PREFIX = "91"
"""Market regulation, enterprise: what a business may become by conversion 个转企."""

_SHAPE = re.compile(rf"[0-9]{{8}}[{ALPHABET}]{{10}}", re.ASCII)
_INVISIBLE = re.compile(r"[\s\u200b-\u200d\ufeff'`]+")
_VALUES = {character: value for value, character in enumerate(ALPHABET)}
_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_ORGANISATION_VALUES = {character: value for value, character in enumerate("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")}
_ORGANISATION_CHECKS = {11: "0", 10: "X"} | {value: str(value) for value in range(1, 10)}


class MalformedUsccError(ValueError):
    """The text cannot be a credit code; the message says why, in Chinese."""


def normalise(text: str) -> str:
    """``text`` in half-width capitals without spaces and separators; nothing else is changed or checked."""
    if _SHAPE.fullmatch(text):
        return text
    # An accent that a space kept apart joins its letter once the space is gone: fold until nothing changes.
    while (folded := _folded(text)) != text:
        text = folded
    return text


def _folded(text: str) -> str:
    return _INVISIBLE.sub("", standard.compact(unicodedata.normalize("NFKC", text)))


def parse(text: str) -> str:
    """The code that ``text`` writes. Raises ``MalformedUsccError``; a wrong check character is not an error."""
    code = normalise(text)
    if not code:
        raise MalformedUsccError("统一社会信用代码为空")
    if len(code) != 18:
        raise MalformedUsccError(f"统一社会信用代码应为18位，实为{len(code)}位")
    if not _SHAPE.fullmatch(code):
        raise MalformedUsccError("统一社会信用代码含有不允许的字符（前8位为数字，不用字母I、O、S、V、Z）")
    return code


def is_business_code(code: str) -> bool:
    """Whether the code was given to an individually-owned business 个体工商户."""
    return code.startswith(BUSINESS_PREFIX)


def check_digit_warning(code: str) -> str | None:
    """What is wrong with the check characters of a parsed code, in Chinese; ``None`` if both are right.

    Level one is the organisation code's (17th character, GB 11714), level two the code's own (18th).
    """
    if code[16] != organisation_check_character(code[8:16]):
        return "主体标识码（组织机构代码）校验位不符"
    if code[17] != check_character(code[:17]):
        return "统一社会信用代码校验位不符"
    return None


def check_character(first17: str) -> str:
    """18th character for the first 17 (GB 32100-2015)."""
    total = sum(map(mul, map(_VALUES.__getitem__, first17), _WEIGHTS))
    return ALPHABET[-total % 31]


def organisation_check_character(first8: str) -> str:
    """9th character of an organisation code for its first 8 (GB 11714): 10 is written X, 11 is written 0."""
    total = sum(map(mul, map(_ORGANISATION_VALUES.__getitem__, first8), _ORGANISATION_WEIGHTS))
    return _ORGANISATION_CHECKS[11 - total % 11]


def compose(*, division: str, organisation: str, prefix: str = BUSINESS_PREFIX) -> str:
    """The valid code of what is registered in ``division`` (6 digits) with the first 8 of its organisation code."""
    first17 = prefix + division + organisation + organisation_check_character(organisation)
    return first17 + check_character(first17)

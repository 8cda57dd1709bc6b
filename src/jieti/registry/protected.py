"""Columns of identity numbers and telephones: hashed and encrypted when read, masked wherever a finding shows one."""

import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Collection, Sequence
from typing import TypeVar, cast

import pyarrow as pa
import pyarrow.compute as pc

from jieti.kit.protection import (
    decrypt,
    encrypt,
    encrypt_all,
    keyed_hash,
    keyed_hashes,
    mask_identity,
    mask_phone,
)
from jieti.registry.cells import LONGEST_RAW, shown
from rulecore.model import Column, Source

_T = TypeVar("_T")
IDENTITY_CLASS = "identity"
CIPHER = "_cipher"
"""What a protected column's key has behind it where its encrypted values are kept."""
_SEAL = "\ue000密:"
_INSIDE = (
    r"\b[1-9][0-9]{5}[ -]?(?:19|20)[0-9]{2}[ -]?(?:0[1-9]|1[0-2])[ -]?(?:0[1-9]|[12][0-9]|3[01])[ -]?[0-9]{3}[0-9Xx]\b"
)
"""An identity number wherever it stands, right or mistyped: region, day of birth, order, check character."""
_NUMBER = re.compile(_INSIDE, re.ASCII)


def is_protected(column: Column) -> bool:
    """Whether the column holds identity numbers or telephones; its clean table then holds their keyed hashes."""
    return column.data_class == IDENTITY_CLASS


def kind_of(column: Column) -> str:
    """The kind of parser that the column needs."""
    if not is_protected(column):
        return column.type
    return "phone" if "phone" in column.key else "identity"


def protected_keys(source: Source) -> list[str]:
    """Keys of the protected columns of a source."""
    return [column.key for column in source.columns.values() if is_protected(column)]


def cipher_key(key: str) -> str:
    """Where the clean table keeps the encrypted values of a protected column."""
    return key + CIPHER


def hashes(numbers: Sequence[str | None]) -> pa.StringArray:
    """Keyed hashes, by which equal numbers are found."""
    return pa.array(_for_known(keyed_hashes, numbers), pa.string())


def ciphers(numbers: Sequence[str | None]) -> pa.BinaryArray:
    """The numbers, encrypted."""
    return pa.array(_for_known(encrypt_all, numbers), pa.binary())


def _for_known(protect: Callable[[Sequence[str]], list[_T]], numbers: Sequence[str | None]) -> list[_T | None]:
    """What `protect` makes of the numbers that are known, in their places."""
    if None not in numbers:
        return list(protect(cast("Sequence[str]", numbers)))
    done = iter(protect([number for number in numbers if number is not None]))
    return [None if number is None else next(done) for number in numbers]


def masked(column: Column, raw: object) -> str:
    """What a finding may show of a cell."""
    text = shown(raw)
    if not is_protected(column):
        return masked_text(text)
    compact = "".join(text.split())
    return mask_phone(compact) if kind_of(column) == "phone" else mask_identity(compact)


def masked_text(text: str) -> str:
    """The text with every identity number in it masked."""
    return _NUMBER.sub(lambda found: mask_identity(found[0]), text)


def hashed_text(text: str) -> str:
    """The text with a keyed hash for every identity number in it, so that equal texts stay equal."""
    return _NUMBER.sub(lambda found: keyed_hash(found[0]), text)


def sealed_text(text: str) -> str:
    """The whole text encrypted."""
    return sealed_cipher(encrypt(text))


def names_somebody(texts: pa.StringArray) -> bool:
    """Whether any of the texts holds an identity number."""
    return bool(pc.any(pc.match_substring_regex(texts, _INSIDE)).as_py())


def veiled(texts: pa.StringArray, veil: Callable[[str], str]) -> pa.StringArray:
    """The texts, `veil` put on those that hold an identity number."""
    if not names_somebody(texts):
        return texts
    plain = cast("list[str]", texts.to_pylist())
    return pa.array([veil(text) if _NUMBER.search(text) else text for text in plain], pa.string())


def sealed_row(row: Sequence[object], protected: Collection[int]) -> tuple[str, ...]:
    """A refused row as text for its supplier; what is protected or holds an identity number is encrypted on the way."""
    texts = (shown(raw)[:LONGEST_RAW] for raw in row)
    return tuple(
        sealed_text(text) if text and (index in protected or _NUMBER.search(text)) else text
        for index, text in enumerate(texts)
    )


def sealed_cipher(cipher: bytes) -> str:
    """A cell of a refused row that is encrypted already."""
    return _SEAL + b64encode(cipher).decode()


def unsealed(text: str) -> str:
    """The cell as it came; a cell that was never sealed stays as it is."""
    return decrypt(b64decode(text.removeprefix(_SEAL))) if text.startswith(_SEAL) else text

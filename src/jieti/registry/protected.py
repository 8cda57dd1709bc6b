"""Columns of identity numbers and telephones: hashed and encrypted when read, masked wherever a finding shows one."""

from base64 import b64decode, b64encode
from collections.abc import Collection, Sequence

import pyarrow as pa

from jieti.kit.protection import decrypt, encrypt, keyed_hash, mask_identity, mask_phone
from jieti.registry.cells import LONGEST_RAW, shown
from rulecore.model import Column, Source

IDENTITY_CLASS = "identity"
CIPHER = "_cipher"
"""What a protected column's key has behind it where its encrypted values are kept."""
_SEAL = "\ue000密:"


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
    return pa.array([None if number is None else keyed_hash(number) for number in numbers], pa.string())


def ciphers(numbers: Sequence[str | None]) -> pa.BinaryArray:
    """The numbers, encrypted."""
    return pa.array([None if number is None else encrypt(number) for number in numbers], pa.binary())


def masked(column: Column, raw: object) -> str:
    """What a finding may show of a cell."""
    text = shown(raw)
    if not is_protected(column):
        return text
    compact = "".join(text.split())
    return mask_phone(compact) if kind_of(column) == "phone" else mask_identity(compact)


def sealed_row(row: Sequence[object], protected: Collection[int]) -> tuple[str, ...]:
    """A refused row as text for its supplier; what is protected is encrypted on the way."""
    texts = (shown(raw)[:LONGEST_RAW] for raw in row)
    return tuple(
        sealed_cipher(encrypt(text)) if text and index in protected else text for index, text in enumerate(texts)
    )


def sealed_cipher(cipher: bytes) -> str:
    """A cell of a refused row that is encrypted already."""
    return _SEAL + b64encode(cipher).decode()


def unsealed(text: str) -> str:
    """The cell as it came; a cell that was never sealed stays as it is."""
    return decrypt(b64decode(text.removeprefix(_SEAL))) if text.startswith(_SEAL) else text

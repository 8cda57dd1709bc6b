"""Personal data at rest: encrypted, compared by keyed hash, masked on the screen. Source: 《个人信息保护法》第五十一条.

The site's data key (`settings.DATA_KEY`, else a file in the data folder) encrypts nothing itself: texts, kept files and
hashes each have keys of their own derived from it. To rotate, add a key behind the old one with a comma: new texts and
files take the last one, old ones stay readable by their number, and hashes stay with the first, so that a person is
still found.
"""

import contextlib
import hashlib
import io
import os
import struct
from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO, Self, TypeVar

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import models
from django.db.models.lookups import IsNull
from django.db.models.query_utils import DeferredAttribute

from jieti.kit.errors import Refusal

KEY_BYTES = 32
MOST_KEYS = 255
NONCE_BYTES = 12
TAG_BYTES = 16
SHA256_BLOCK = 64
HIDDEN = "（已加密）"


CHUNK = 1 << 20
MAGIC = b"JIETI\x001\n"
SALT_BYTES = 32
HEADER = len(MAGIC) + 1 + SALT_BYTES
SEALED_CHUNK = CHUNK + TAG_BYTES


class Undecipherable(Refusal):
    """What should be decrypted is damaged, incomplete, or of another key."""

    def __init__(self) -> None:
        super().__init__(
            "加密内容已损坏、不完整，或者不是用本站的数据密钥加密的。",
            what_to_do="请核对数据密钥，或者从备份恢复。",
        )


@dataclass(frozen=True, slots=True)
class _Keys:
    """Everything derived from the site's keys, made once."""

    masters: tuple[bytes, ...]
    ciphers: tuple[AESGCM, ...]
    inner: "hashlib._Hash"
    outer: "hashlib._Hash"


def encrypt(text: str) -> bytes:
    """`text` as key number (1 byte), nonce (12), ciphertext and tag: 29 bytes more than its UTF-8.

    Equal texts give different bytes. A random nonce is safe for some 4 thousand million texts a key: rotate before.
    """
    return encrypt_all((text,))[0]


def encrypt_all(texts: Sequence[str]) -> list[bytes]:
    """Each as `encrypt` has it; many together are quicker."""
    keys = _site_keys()
    number, cipher = len(keys.ciphers), keys.ciphers[-1]
    random = os.urandom(NONCE_BYTES * len(texts))
    nonces = (random[start : start + NONCE_BYTES] for start in range(0, len(random), NONCE_BYTES))
    return [
        b"%c%b%b" % (number, nonce, cipher.encrypt(nonce, text.encode(), None))
        for nonce, text in zip(nonces, texts, strict=True)
    ]


def decrypt(data: bytes) -> str:
    """The text that `encrypt` was given. Raises Undecipherable."""
    keys = _site_keys()
    body = 1 + NONCE_BYTES
    if len(data) < body + TAG_BYTES or not 1 <= data[0] <= len(keys.ciphers):
        raise Undecipherable
    try:
        return keys.ciphers[data[0] - 1].decrypt(data[1:body], data[body:], None).decode()
    except InvalidTag:
        raise Undecipherable from None


def keyed_hash(text: str) -> str:
    """64 hexadecimal digits by which equal texts are found without being kept: HMAC-SHA256 with a key of its own."""
    return keyed_hashes((text,))[0]


def keyed_hashes(texts: Sequence[str]) -> list[str]:
    """Each as `keyed_hash` has it; many together are quicker."""
    keys = _site_keys()
    found: list[str] = []
    for text in texts:
        inner, outer = keys.inner.copy(), keys.outer.copy()
        inner.update(text.encode())
        outer.update(inner.digest())
        found.append(outer.hexdigest())
    return found


def mask_identity(number: str) -> str:
    """110116197001011234 → 110116********1234; a number too short to hide eight in its middle is hidden whole."""
    return _masked(number, head=6, tail=4)


def mask_phone(number: str) -> str:
    """13812345678 → 138****5678."""
    return _masked(number, head=3, tail=4)


def _masked(number: str, *, head: int, tail: int) -> str:
    hidden = len(number) - head - tail
    if hidden < tail:
        return "*" * len(number)
    return f"{number[:head]}{'*' * hidden}{number[-tail:]}"


def derived_key(master: bytes, label: str, salt: bytes | None = None) -> bytes:
    """A key for the one use that `label` names (HKDF-SHA256)."""
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=salt, info=label.encode()).derive(master)


def master_keys() -> tuple[bytes, ...]:
    """The site's data keys, oldest first; their numbers begin with 1."""
    return _site_keys().masters


def _site_keys() -> _Keys:
    return _keys(getattr(settings, "DATA_KEY", ""), settings.DATA_DIR)


@lru_cache(maxsize=4)
def _keys(configured: str, data_dir: Path) -> _Keys:
    masters = _parsed(configured or _kept(data_dir / "data_key"))
    mac = derived_key(masters[0], "jieti keyed hash 1").ljust(SHA256_BLOCK, b"\0")
    return _Keys(
        masters=masters,
        ciphers=tuple(AESGCM(derived_key(master, "jieti text 1")) for master in masters),
        inner=hashlib.sha256(bytes(byte ^ 0x36 for byte in mac)),
        outer=hashlib.sha256(bytes(byte ^ 0x5C for byte in mac)),
    )


def _parsed(configured: str) -> tuple[bytes, ...]:
    try:
        masters = tuple(b64decode(part.strip(), validate=True) for part in configured.split(","))
    except ValueError:
        masters = ()
    if not 1 <= len(masters) <= MOST_KEYS or any(len(master) != KEY_BYTES for master in masters):
        raise ImproperlyConfigured("JIETI_DATA_KEY is not base64 of 32 bytes, or several of these with commas between")
    return masters


def _kept(file: Path) -> str:
    """The key kept in `file`, made there at the first call and readable by its owner alone."""
    if not file.exists():
        file.parent.mkdir(mode=0o711, parents=True, exist_ok=True)
        draft = file.with_name(f".{file.name}.{os.urandom(8).hex()}")
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:  # noqa: PTH123 - a descriptor
            out.write(b64encode(os.urandom(KEY_BYTES)))
            out.flush()
            os.fsync(out.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(draft, file)
        draft.unlink()
    return file.read_text()


class Protected:
    """An encrypted text in memory. Nothing shows it (`str`, `repr`, formats, logs) but `reveal`."""

    __slots__ = ("_cipher",)

    def __init__(self, cipher: bytes) -> None:
        self._cipher = bytes(cipher)

    @classmethod
    def of(cls, text: str) -> Self:
        """`text`, encrypted at once."""
        return cls(encrypt(text))

    @property
    def cipher(self) -> bytes:
        """As `encrypt` gave it: what the database keeps."""
        return self._cipher

    def reveal(self) -> str:
        """The text. Whoever shows it to a person asks `accounts.disclosure` first."""
        return decrypt(self._cipher)

    def __str__(self) -> str:
        return HIDDEN

    def __repr__(self) -> str:
        return f"Protected{HIDDEN}"


class _Attribute(DeferredAttribute):
    """Encrypts what is assigned, so that an instance never holds the text itself."""

    def __set__(self, instance: models.Model, value: "str | Protected | bytes | memoryview | None") -> None:
        if isinstance(value, str):
            value = Protected.of(value)
        elif isinstance(value, bytes | memoryview):
            value = Protected(bytes(value))
        instance.__dict__[self.field.attname] = value


_Set = TypeVar("_Set")
_Get = TypeVar("_Get")


class EncryptedTextField(models.BinaryField[_Set, _Get]):
    """A text kept encrypted. Assign a str, read a `Protected`; it cannot be searched, ordered or edited in a form."""

    _pyi_private_set_type: str | Protected
    _pyi_private_get_type: Protected  # type: ignore[assignment]  # bytes there, never handed out here
    descriptor_class = _Attribute

    def from_db_value(self, value: bytes | memoryview | None, _expression: object, _connection: object) -> Any:
        return None if value is None else Protected(bytes(value))

    def get_prep_value(self, value: Any) -> Any:
        """The bytes to keep."""
        if isinstance(value, str):
            return encrypt(value)
        return value.cipher if isinstance(value, Protected) else value

    def get_lookup(self, lookup_name: str) -> Any:
        """Only whether there is one: to find a text, keep its `keyed_hash` beside it."""
        return IsNull if lookup_name == "isnull" else None

    def value_to_string(self, obj: models.Model) -> str:
        """Still encrypted, for dumps."""
        value: object = self.value_from_object(obj)
        return b64encode(value.cipher).decode() if isinstance(value, Protected) else ""

    def to_python(self, value: Any) -> Any:
        """What `value_to_string` wrote, or what is assigned."""
        return Protected(b64decode(value)) if isinstance(value, str) else value


class EncryptingWriter(io.RawIOBase):
    """Encrypts what is written to a file in chunks of 1 MiB, each bound to its place in this file.

    Only leaving the `with` block without an exception seals the file; one closed otherwise cannot be read.
    """

    def __init__(self, file: BinaryIO) -> None:
        super().__init__()
        self._file = file
        masters = _site_keys().masters
        salt = os.urandom(SALT_BYTES)
        self._header = MAGIC + bytes([len(masters)]) + salt
        self._cipher = AESGCM(derived_key(masters[-1], "jieti file 1", salt))
        self._pending = bytearray()
        self._chunks = self._length = 0
        self._file.write(self._header)

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        """Takes all of `data`."""
        view = memoryview(data).cast("B")
        self._pending += view
        # The last chunk is sealed as the last, so one is always held back.
        while len(self._pending) > CHUNK:
            self._put(last=False)
        self._length += len(view)
        return len(view)

    def tell(self) -> int:
        return self._length

    def _put(self, *, last: bool) -> None:
        chunk = bytes(self._pending[:CHUNK])
        del self._pending[:CHUNK]
        self._file.write(self._cipher.encrypt(_nonce(self._chunks, last=last), chunk, self._header))
        self._chunks += 1

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None and not self.closed:
            self._put(last=True)
            self._file.flush()
            os.fsync(self._file.fileno())
        self.close()

    def close(self) -> None:
        """Without the seal: see the class."""
        if not self.closed:
            self._file.close()
        super().close()


class _DecryptingReader(io.RawIOBase):
    """The text of a sealed file by chunks; any place can be read without what is before it."""

    def __init__(self, file: BinaryIO) -> None:
        super().__init__()
        self._file = file
        masters = _site_keys().masters
        self._header = self._file.read(HEADER)
        sealed = os.fstat(self._file.fileno()).st_size - HEADER
        number = self._header[len(MAGIC)] if len(self._header) == HEADER else 0
        if not self._header.startswith(MAGIC) or not 1 <= number <= len(masters) or sealed < TAG_BYTES:
            self.close()
            raise Undecipherable
        salt = self._header[len(MAGIC) + 1 :]
        self._cipher = AESGCM(derived_key(masters[number - 1], "jieti file 1", salt))
        self._chunks = -(-sealed // SEALED_CHUNK)
        self._length = sealed - self._chunks * TAG_BYTES
        self._position = 0
        self._at, self._chunk = -1, b""
        self._load(self._chunks - 1)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._length}[whence]
        self._position = max(0, base + offset)
        return self._position

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer).cast("B")
        if self._position >= self._length:
            return 0
        self._load(self._position // CHUNK)
        start = self._position % CHUNK
        part = self._chunk[start : start + len(view)]
        view[: len(part)] = part
        self._position += len(part)
        return len(part)

    def _load(self, index: int) -> None:
        if index == self._at:
            return
        self._file.seek(HEADER + index * SEALED_CHUNK)
        sealed, nonce = self._file.read(SEALED_CHUNK), _nonce(index, last=index == self._chunks - 1)
        try:
            self._chunk = self._cipher.decrypt(nonce, sealed, self._header)
        except (InvalidTag, ValueError):
            self.close()
            raise Undecipherable from None
        self._at = index

    def close(self) -> None:
        if not self.closed:
            self._file.close()
        super().close()


def _nonce(index: int, *, last: bool) -> bytes:
    """Place and finality of a chunk. The key is this file's alone, so that a counter never repeats under it."""
    return struct.pack(">3xQ?", index, last)


def encrypting_writer(path: Path) -> EncryptingWriter:
    """A binary file that is encrypted as it is written: `with encrypting_writer(path) as out: out.write(...)`."""
    return EncryptingWriter(open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb"))  # noqa: PTH123


def decrypting_reader(path: Path) -> io.BufferedReader:
    """A binary file to read and seek. Raises Undecipherable, here or on reading, if it was cut or changed."""
    return io.BufferedReader(_DecryptingReader(path.open("rb")), CHUNK)

"""Keeps received files as they came, encrypted, under the hash of their plain bytes."""

import hashlib
import io
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from django.conf import settings

from jieti.kit.protection import MAGIC, decrypting_reader, encrypting_writer

BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Stored:
    """A kept file: the hash of its plain bytes and where it lies below the data directory. Read it with `opened`."""

    sha256: str
    relative: str

    @property
    def path(self) -> Path:
        return Path(settings.DATA_DIR) / self.relative


def store(file: IO[bytes]) -> Stored:
    """Copies `file`, encrypted, to the data directory; the same bytes are kept once."""
    directory = Path(settings.DATA_DIR) / "deliveries"
    directory.mkdir(parents=True, exist_ok=True)
    draft = directory / f".{uuid.uuid4().hex}"
    digest = hashlib.sha256()
    try:
        with encrypting_writer(draft) as copy:
            while block := file.read(BLOCK):
                digest.update(block)
                copy.write(block)
        stored = Stored(digest.hexdigest(), f"deliveries/{digest.hexdigest()}")
        draft.replace(stored.path)
    finally:
        draft.unlink(missing_ok=True)
    return stored


def opened(path: Path) -> io.BufferedReader:
    """The plain bytes of a file, to read and seek, whether it is kept encrypted or lies there as it came."""
    with path.open("rb") as file:
        is_sealed = file.read(len(MAGIC)) == MAGIC
    return decrypting_reader(path) if is_sealed else path.open("rb")


@contextmanager
def nameless(file: IO[bytes]) -> Iterator[Path]:
    """A plain copy under a path that no other process finds and that is gone when this one ends, however it ends."""
    with tempfile.TemporaryFile() as copy:
        shutil.copyfileobj(file, copy, BLOCK)
        copy.flush()
        yield Path(f"/proc/self/fd/{copy.fileno()}")

"""Keeps received files as they came, under the hash of their bytes."""

import hashlib
import os
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from django.conf import settings

BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Stored:
    """A kept file: its hash and where it lies below the data directory."""

    sha256: str
    relative: str

    @property
    def path(self) -> Path:
        return Path(settings.DATA_DIR) / self.relative


def store(file: IO[bytes]) -> Stored:
    """Copies `file` to the data directory; the same bytes are kept once."""
    directory = Path(settings.DATA_DIR) / "deliveries"
    directory.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    with tempfile.NamedTemporaryFile(dir=directory, delete=False) as copy:
        while block := file.read(BLOCK):
            digest.update(block)
            copy.write(block)
        copy.flush()
        os.fsync(copy.fileno())
    stored = Stored(digest.hexdigest(), f"deliveries/{digest.hexdigest()}")
    Path(copy.name).replace(stored.path)
    return stored


@contextmanager
def new_clean_table(source_key: str) -> Iterator[Stored]:
    """A place for a clean table; whatever was written there goes away again if the block fails."""
    name = f"clean/{source_key}/{uuid.uuid4().hex}.parquet"
    place = Stored("", name)
    place.path.parent.mkdir(parents=True, exist_ok=True)
    try:
        yield place
    except BaseException:
        place.path.unlink(missing_ok=True)
        raise

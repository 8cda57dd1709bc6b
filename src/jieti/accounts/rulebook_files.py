"""Where the rulebook of a jurisdiction lies, and what its files now say: read again when one of them changes."""

import math
import os
import time
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from jieti.accounts.models import Jurisdiction
from rulecore.model import Rulebook
from rulecore.source import load_rulebook

Stamp = tuple[tuple[str, int, int], ...]


def folder_of(jurisdiction: Jurisdiction | None = None) -> Path:
    """The folder of a jurisdiction's rulebook, by default of the site's own."""
    key, edition = (
        (jurisdiction.rulebook, jurisdiction.edition) if jurisdiction else (settings.JURISDICTION, settings.EDITION)
    )
    return Path(settings.RULEBOOKS_DIR) / key / edition


def rulebook_in(folder: Path) -> Rulebook:
    """What a folder's files say. Raises RulebookError when they contradict themselves."""
    return _read(folder, stamp_of(folder))


def recent_rulebook_in(folder: Path) -> Rulebook:
    """The same, or what they said up to `settings.KEPT_PAGES_SECONDS` ago."""
    return _read(folder, _recent_stamp(folder))


def stamp_of(folder: Path) -> Stamp:
    """Changes whenever a file of the folder, or of a rulebook beside it that it may extend, does: size and time."""
    editions = (edition for place in _folders(folder.parents[1]) for edition in _folders(place))
    files = (file for edition in editions for file in os.scandir(edition) if file.name.endswith(".yaml"))
    return tuple(sorted((file.path, file.stat().st_mtime_ns, file.stat().st_size) for file in files))


_looks: dict[Path, tuple[float, Stamp]] = {}
"""When each folder's stamp was looked at last, and what it was."""


def _recent_stamp(folder: Path) -> Stamp:
    now, (at, stamp) = time.monotonic(), _looks.get(folder, (-math.inf, ()))
    if now - at >= settings.KEPT_PAGES_SECONDS:
        stamp = stamp_of(folder)
        _looks[folder] = now, stamp
    return stamp


def _folders(folder: os.PathLike[str] | os.DirEntry[str]) -> Iterator[os.DirEntry[str]]:
    return (one for one in os.scandir(folder) if one.is_dir())


@lru_cache(maxsize=8)
def _read(folder: Path, _: Stamp) -> Rulebook:
    return load_rulebook(folder)

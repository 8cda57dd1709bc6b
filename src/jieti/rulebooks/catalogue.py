"""Where rulebooks come from: the folder that is in force, and the kept copies of those that decided something."""

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings

from jieti.accounts.models import Jurisdiction
from jieti.domain.deadlines import Limit, limits_of
from jieti.rulebooks.models import RulebookVersion
from rulecore.model import Rulebook
from rulecore.source import lineage, load_rulebook

Stamp = tuple[tuple[str, int, int], ...]
SCHEMA = "schema"


def current_rulebook(jurisdiction: Jurisdiction | None = None) -> Rulebook:
    """The rulebook of a jurisdiction, by default the site's own, as its files now are.

    Raises RulebookError when they contradict themselves.
    """
    folder = current_folder(jurisdiction)
    return _load(folder, _stamp(folder))


def current_folder(jurisdiction: Jurisdiction | None = None) -> Path:
    """The folder of a jurisdiction's rulebook, by default of the site's own."""
    key, edition = (
        (jurisdiction.rulebook, jurisdiction.edition) if jurisdiction else (settings.JURISDICTION, settings.EDITION)
    )
    return Path(settings.RULEBOOKS_DIR) / key / edition


def procedure_of(jurisdiction: Jurisdiction) -> Mapping[str, Any]:
    """How the work is done there: `procedure.yaml` of the rulebook in force; empty where it has none."""
    return current_rulebook(jurisdiction).procedure


def limit_of(jurisdiction: Jurisdiction, key: str) -> Limit:
    """A time limit of that procedure by its key. Raises KeyError for one that it does not set."""
    return limits_of(procedure_of(jurisdiction))[key]


def rulebook_of(version: RulebookVersion) -> Rulebook:
    """The rulebook as it was when `version` was recorded, whatever the files are now."""
    jurisdiction = Jurisdiction.objects.filter(rulebook=version.key).first()
    current = current_rulebook(jurisdiction)
    if current.sha256 == version.sha256:
        return current
    folder = _kept_folder(version.sha256, version.key, version.edition)
    return _load(folder, _stamp(folder))


def keep_files(rulebook: Rulebook, folder: Path) -> None:
    """Copies a rulebook's files, those it extends, and the language's schema, once for each content."""
    target = _kept_folder(rulebook.sha256, rulebook.key, rulebook.edition)
    root = target.parents[1]
    if root.exists():
        return
    root.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=root.parent) as work:
        copy = Path(work) / "copy"
        for one in lineage(folder):
            shutil.copytree(one, copy / one.parent.name / one.name)
        shutil.copytree(Path(settings.RULEBOOKS_DIR) / SCHEMA, copy / SCHEMA)
        _move(copy, root)


def _move(copy: Path, root: Path) -> None:
    try:
        copy.rename(root)
    except OSError:
        # Another process kept the same files a moment ago.
        if not root.exists():
            raise


def _kept_folder(sha256: str, key: str, edition: str) -> Path:
    return Path(settings.DATA_DIR) / "rulebooks" / sha256 / key / edition


def _stamp(folder: Path) -> Stamp:
    """Changes whenever a file of the folder, or of a rulebook beside it that it may extend, does: size and time."""
    editions = (edition for place in _folders(folder.parents[1]) for edition in _folders(place))
    files = (file for edition in editions for file in os.scandir(edition) if file.name.endswith(".yaml"))
    return tuple(sorted((file.path, file.stat().st_mtime_ns, file.stat().st_size) for file in files))


def _folders(folder: os.PathLike[str]) -> Iterator[os.DirEntry[str]]:
    return (one for one in os.scandir(folder) if one.is_dir())


@lru_cache(maxsize=8)
def _load(folder: Path, _: Stamp) -> Rulebook:
    return load_rulebook(folder)

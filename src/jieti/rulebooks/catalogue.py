"""Where rulebooks come from: the folder that is in force, and the kept copies of those that decided something."""

import shutil
import tempfile
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from jieti.rulebooks.models import RulebookVersion
from rulecore.model import Rulebook
from rulecore.source import lineage, load_rulebook

Stamp = tuple[tuple[str, int, int], ...]
SCHEMA = "schema"


def current_rulebook() -> Rulebook:
    """The jurisdiction's rulebook as its files now are. Raises RulebookError when they contradict themselves."""
    folder = current_folder()
    return _load(folder, _stamp(folder))


def current_folder() -> Path:
    """The folder of the jurisdiction's rulebook."""
    return Path(settings.RULEBOOKS_DIR) / settings.JURISDICTION / settings.EDITION


def rulebook_of(version: RulebookVersion) -> Rulebook:
    """The rulebook as it was when `version` was recorded, whatever the files are now."""
    current = current_rulebook()
    if current.sha256 == version.sha256:
        return current
    folder = _kept_folder(version.sha256, version.key, version.edition)
    return _load(folder, _stamp(folder))


def keep_files(rulebook: Rulebook) -> None:
    """Copies the current rulebook's files, those it extends, and the language's schema, once for each content."""
    target = _kept_folder(rulebook.sha256, rulebook.key, rulebook.edition)
    root = target.parents[1]
    if root.exists():
        return
    root.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=root.parent) as work:
        copy = Path(work) / "copy"
        for folder in lineage(current_folder()):
            shutil.copytree(folder, copy / folder.parent.name / folder.name)
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
    return tuple(
        (str(path), status.st_mtime_ns, status.st_size)
        for path in sorted(folder.parents[1].glob("*/*/*.yaml"))
        for status in (path.stat(),)
    )


@lru_cache(maxsize=8)
def _load(folder: Path, _: Stamp) -> Rulebook:
    return load_rulebook(folder)

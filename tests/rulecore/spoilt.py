"""The rulebooks of the tree in a folder of their own, to be spoilt by edits of their text."""

import shutil
from pathlib import Path

from tests.rulecore.law import HUAIROU, RULEBOOKS, edit


def copied(folder: Path) -> Path:
    """All rulebooks with their schemas; the folder of Huairou's."""
    shutil.copytree(RULEBOOKS, folder / "rulebooks")
    return folder / "rulebooks" / HUAIROU.relative_to(RULEBOOKS)


def spoil(huairou: Path, old: str, new: str) -> int:
    """Replace the only occurrence of `old`, in Huairou's files or in those that it extends; its line."""
    folders = [huairou, huairou.parents[1] / "cn-110000-beijing" / huairou.name]
    paths = [path for folder in folders for path in folder.glob("*.yaml")]
    (path,) = [path for path in paths if old in path.read_text(encoding="utf-8")]
    return edit(path, old, new)

"""Where rulebooks come from: the folder that is in force, and the kept copies of those that decided something."""

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.conf import settings

from jieti.accounts.models import Jurisdiction
from jieti.accounts.rulebook_files import folder_of, recent_rulebook_in, rulebook_in
from jieti.domain.deadlines import Limit, limits_of
from jieti.kit.advance import no_limit
from jieti.rulebooks.models import RulebookVersion
from rulecore.model import Rulebook
from rulecore.source import lineage

SCHEMA = "schema"


def current_rulebook(jurisdiction: Jurisdiction | None = None) -> Rulebook:
    """The rulebook of a jurisdiction, by default the site's own, as its files now are.

    Raises RulebookError when they contradict themselves.
    """
    return rulebook_in(folder_of(jurisdiction))


def recent_rulebook() -> Rulebook:
    """The site's own, as its files were up to `settings.KEPT_PAGES_SECONDS` ago: for what every page says of the site,
    never for anything that is decided or recorded."""
    return recent_rulebook_in(folder_of())


def procedure_of(jurisdiction: Jurisdiction) -> Mapping[str, Any]:
    """How the work is done there: `procedure.yaml` of the rulebook in force; empty where it has none."""
    return current_rulebook(jurisdiction).procedure


def limit_of(jurisdiction: Jurisdiction, key: str) -> Limit:
    """A time limit of that procedure by its key. Raises Refusal for one that it does not set."""
    limits = limits_of(procedure_of(jurisdiction))
    if key not in limits:
        raise no_limit(key)
    return limits[key]


def rulebook_of(version: RulebookVersion) -> Rulebook:
    """The rulebook as it was when `version` was recorded, whatever the files are now."""
    jurisdiction = Jurisdiction.objects.filter(rulebook=version.key).first()
    current = current_rulebook(jurisdiction)
    if current.sha256 == version.sha256:
        return current
    folder = _kept_folder(version.sha256, version.key, version.edition)
    return rulebook_in(folder)


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

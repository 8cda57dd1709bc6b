"""The tables that departments deliver, as the rulebook in force describes them."""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from jieti.accounts.models import Jurisdiction
from jieti.kit.errors import Refusal
from rulecore.model import Source
from rulecore.source import load_rulebook

BUSINESS = "business"
"""`Source.rows` of the register itself: one row a business."""


def rulebook_folder(jurisdiction: Jurisdiction | None = None) -> Path:
    """The folder of a jurisdiction's rulebook, by default of the site's own."""
    key, edition = (
        (jurisdiction.rulebook, jurisdiction.edition) if jurisdiction else (settings.JURISDICTION, settings.EDITION)
    )
    return Path(settings.RULEBOOKS_DIR) / key / edition


def all_sources(jurisdiction: Jurisdiction | None = None) -> Mapping[str, Source]:
    """Every source of a jurisdiction by key, in the rulebook's order; by default of the site's own."""
    return _sources_in(rulebook_folder(jurisdiction))


def source_of(key: str, jurisdiction: Jurisdiction | None = None) -> Source:
    """The source with this key. Raises Refusal when there is none."""
    sources = all_sources(jurisdiction)
    if key not in sources:
        titles = "、".join(source.title for source in sources.values())
        raise Refusal(f"没有“{key}”这个来源。", what_to_do=f"可送的有：{titles}。")
    return sources[key]


def register_source(jurisdiction: Jurisdiction | None = None) -> Source:
    """The source that is the register 名册."""
    return next(source for source in all_sources(jurisdiction).values() if source.rows == BUSINESS)


@lru_cache(maxsize=8)
def _sources_in(directory: Path) -> Mapping[str, Source]:
    return load_rulebook(directory).sources

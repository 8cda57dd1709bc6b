"""The tables that departments deliver, as the rulebook in force describes them."""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from jieti.kit.errors import Refusal
from rulecore.model import Source
from rulecore.source import load_rulebook

BUSINESS = "business"
"""`Source.rows` of the register itself: one row a business."""


def all_sources() -> Mapping[str, Source]:
    """Every source by key, in the rulebook's order."""
    return _sources_in(Path(settings.RULEBOOKS_DIR) / settings.JURISDICTION / settings.EDITION)


def source_of(key: str) -> Source:
    """The source with this key. Raises Refusal when there is none."""
    sources = all_sources()
    if key not in sources:
        titles = "、".join(source.title for source in sources.values())
        raise Refusal(f"没有“{key}”这个来源。", what_to_do=f"可送的有：{titles}。")
    return sources[key]


def register_source() -> Source:
    """The source that is the register 名册."""
    return next(source for source in all_sources().values() if source.rows == BUSINESS)


@lru_cache(maxsize=4)
def _sources_in(directory: Path) -> Mapping[str, Source]:
    return load_rulebook(directory).sources

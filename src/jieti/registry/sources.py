"""The tables that departments deliver, as the rulebook in force describes them."""

from collections.abc import Mapping

from jieti.accounts.models import Jurisdiction
from jieti.accounts.rulebook_files import folder_of, rulebook_in
from jieti.kit.errors import Refusal
from rulecore.model import Source

BUSINESS = "business"
"""`Source.rows` of the register itself: one row a business."""


def all_sources(jurisdiction: Jurisdiction | None = None) -> Mapping[str, Source]:
    """Every source of a jurisdiction by key, in the rulebook's order; by default of the site's own."""
    return rulebook_in(folder_of(jurisdiction)).sources


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

"""The register of feeds 数据归集目录: who delivers which table how often, and whether it is fresh."""

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.db import transaction
from django.utils import timezone

from jieti.accounts.models import Jurisdiction, Organisation, User
from jieti.accounts.rulebook_files import folder_of
from jieti.accounts.scope import regulator_of
from jieti.audit.actions import record
from jieti.kit import clock
from jieti.registry.models import Delivery, Feed
from jieti.registry.sources import all_sources
from rulecore.model import Source
from rulecore.source import read_yaml

FILE = "feeds.yaml"
AHEAD = datetime.timedelta(days=14)
"""How much before its due day a delivery may come and still be the one that was due."""


class Freshness(StrEnum):
    """How recent the data of a feed are."""

    FRESH = "fresh"
    LATE = "late"
    NEVER = "never"

    @property
    def label(self) -> str:
        return {Freshness.FRESH: "正常", Freshness.LATE: "已过期", Freshness.NEVER: "从未送达"}[self]


@dataclass(frozen=True)
class Standing:
    """A feed with its source and what last counted of it; `why` says in Chinese what is late, empty when nothing is."""

    feed: Feed
    source: Source
    latest: Delivery | None
    state: Freshness
    why: str

    @property
    def age(self) -> int | None:
        """Days from the data's date to today; None where there are none."""
        return (clock.today() - self.latest.as_of).days if self.latest else None

    @property
    def due_text(self) -> str:
        """The days of the year by which it is due, as people write them."""
        return "、".join(f"{int(day[:2])}月{int(day[3:])}日" for day in self.feed.due)


@transaction.atomic
def load_feeds(*, by: User | None, jurisdiction: Jurisdiction) -> int:
    """Writes the feeds of a jurisdiction's rulebook; returns how many were new or changed.

    Whom to call is kept: that is edited here, not in the rulebook. A rulebook without the file has no feeds. A feed
    that the rulebook no longer has is switched off. Raises ValueError for a source or a body that does not exist.
    """
    listed, sources = _listed(jurisdiction), all_sources(jurisdiction)
    if unknown := sorted(listed.keys() - sources.keys()):
        raise ValueError(f"{jurisdiction} {FILE}: no such source: {', '.join(unknown)}")
    changed = [key for key, entry in listed.items() if _load(jurisdiction, sources[key], entry)]
    gone = Feed.objects.filter(jurisdiction=jurisdiction).active().exclude(source_key__in=listed.keys())
    changed += [*gone.values_list("source_key", flat=True)]
    gone.update(is_active=False)
    if changed:
        subject = f"jurisdiction:{jurisdiction.code}"
        record(by=by, verb="registry.load_feeds", subject=subject, detail={"keys": changed})
    return len(changed)


@transaction.atomic
def set_contact(*, by: User, feed: Feed, contact: str) -> Feed:
    """Writes down whom to call about a feed. Empty takes the entry away."""
    feed = Feed.objects.select_for_update().get(pk=feed.pk)
    feed.contact = contact.strip()
    feed.save(update_fields=["contact"])
    subject = f"feed:{feed.jurisdiction_id}:{feed.source_key}"
    record(by=by, verb="registry.set_feed_contact", subject=subject, jurisdiction=feed.jurisdiction_id)
    return feed


def comparisons(jurisdiction: Jurisdiction) -> dict[str, Mapping[str, str]]:
    """Which column of a source says the same as which column of the register, by source."""
    return {key: entry["same_as"] for key, entry in _listed(jurisdiction).items() if "same_as" in entry}


def supplier_of(jurisdiction: Jurisdiction, source_key: str) -> Organisation:
    """Who delivers a source: as its feed says, and the district regulator where there is no feed."""
    feed = Feed.objects.filter(jurisdiction=jurisdiction, source_key=source_key).select_related("supplier").first()
    if feed:
        return feed.supplier
    return regulator_of(jurisdiction)


def suppliers_of(jurisdiction: Jurisdiction, source_keys: Iterable[str]) -> dict[str, Organisation]:
    """Who delivers each of these sources; without those that are switched off."""
    feeds = {
        feed.source_key: feed for feed in Feed.objects.filter(jurisdiction=jurisdiction).select_related("supplier")
    }
    regulator = regulator_of(jurisdiction)
    found = {key: feeds[key].supplier if key in feeds else regulator for key in source_keys}
    return {key: supplier for key, supplier in found.items() if key not in feeds or feeds[key].is_active}


def standings(jurisdiction: Jurisdiction, feeds: Sequence[Feed]) -> list[Standing]:
    """How each of these feeds of the jurisdiction stands today, in the rulebook's order."""
    sources = all_sources(jurisdiction)
    latest = Delivery.objects.of(jurisdiction).accepted().latest_by_source()
    order = {key: number for number, key in enumerate(sources)}
    known = sorted((feed for feed in feeds if feed.source_key in order), key=lambda feed: order[feed.source_key])
    return [_standing(feed, sources[feed.source_key], latest.get(feed.source_key)) for feed in known]


def last_due(feed: Feed, today: datetime.date) -> datetime.date | None:
    """The last day on or before `today` by which a delivery was due; None where no days are set."""
    days = [_day(year, text) for year in (today.year - 1, today.year) for text in feed.due]
    return max((day for day in days if day <= today), default=None)


def _listed(jurisdiction: Jurisdiction) -> Mapping[str, Any]:
    path = folder_of(jurisdiction) / FILE
    if not path.exists():
        return {}
    listed: Mapping[str, Any] = read_yaml(path).data["feeds"]
    return listed


def _day(year: int, text: str) -> datetime.date:
    month, day = int(text[:2]), int(text[3:])
    # 29 February of a common year is the last day of its month.
    return datetime.date(year, month, 28 if (month, day) == (2, 29) and year % 4 else day)


def _standing(feed: Feed, source: Source, latest: Delivery | None) -> Standing:
    if latest is None:
        return Standing(feed, source, None, Freshness.NEVER, "还没有生效的数据")
    reasons = []
    today = clock.today()
    age = (today - latest.as_of).days
    if feed.fresh_days is not None and age > feed.fresh_days:
        reasons.append(f"数据已有{age}天，时效是{feed.fresh_days}天")
    due = last_due(feed, today)
    if due and latest.known_at and latest.known_at < _earliest(due):
        reasons.append(f"{due.month}月{due.day}日应送的还没有送来")
    return Standing(feed, source, latest, Freshness.LATE if reasons else Freshness.FRESH, "；".join(reasons))


def _earliest(due: datetime.date) -> datetime.datetime:
    """The moment from which on a delivery counts as the one that was due."""
    return datetime.datetime.combine(due - AHEAD, datetime.time.min, tzinfo=timezone.get_current_timezone())


def _load(jurisdiction: Jurisdiction, source: Source, entry: Mapping[str, Any]) -> bool:
    wanted = {
        "supplier": _supplier(jurisdiction, entry.get("collected_by", source.supplier)),
        "schedule": entry["schedule"],
        "due": entry.get("due", []),
        "fresh_days": entry.get("fresh_days"),
        "stability": entry["stability"],
        "is_active": True,
    }
    if Feed.objects.filter(jurisdiction=jurisdiction, source_key=source.key, **wanted).exists():
        return False
    Feed.objects.update_or_create(jurisdiction=jurisdiction, source_key=source.key, defaults=wanted)
    return True


def _supplier(jurisdiction: Jurisdiction, key: str) -> Organisation:
    for home in (jurisdiction, jurisdiction.parent):
        found = Organisation.objects.filter(jurisdiction=home, key=key).first()
        if found:
            return found
    raise ValueError(f"{jurisdiction}: no organisation {key} to deliver; say collected_by in {FILE}")

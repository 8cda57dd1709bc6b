"""Deliveries handed in, read and confirmed, as a clerk, the worker and a second officer would."""

import datetime
from typing import IO

from jieti.accounts.models import DISTRICT_REGULATOR, Jurisdiction, Organisation, Role, User
from jieti.kit import clock
from jieti.registry.actions import confirm_delivery, receive_delivery
from jieti.registry.feeds import load_feeds
from jieti.registry.models import Delivery, Feed
from jieti.registry.reading import read_delivery
from jieti.rulebooks.actions import load_site
from tests.factories.accounts import make_district, make_jurisdiction, make_officer

SECOND = "second"
"""The reviewer who confirms what others deliver."""


def checked(
    *,
    by: User,
    source: str,
    file: IO[bytes],
    file_name: str,
    as_of: datetime.date | None = None,
    mode: str = "full",
    jurisdiction: Jurisdiction | None = None,
) -> Delivery:
    """Handed in and read: checked, held or refused; or the earlier delivery of the same file."""
    received = receive_delivery(
        by=by,
        source_key=source,
        file=file,
        file_name=file_name,
        as_of=as_of or clock.today(),
        mode=mode,
        jurisdiction=jurisdiction,
    )
    return received if received.already_received else read_delivery(received)


def confirmed(delivery: Delivery, *, reason: str = "") -> Delivery:
    """Confirmed by a second officer of the same regulator; a refused or accepted delivery stays as it is."""
    if not delivery.is_waiting:
        return delivery
    return confirm_delivery(by=second_officer(delivery.jurisdiction), delivery=delivery, reason=reason)


def delivered(
    *,
    by: User,
    source: str,
    file: IO[bytes],
    file_name: str,
    as_of: datetime.date | None = None,
    mode: str = "full",
    jurisdiction: Jurisdiction | None = None,
    reason: str = "",
) -> Delivery:
    """Handed in, read, and confirmed by a second officer; refused where the file cannot be used."""
    found = checked(
        by=by, source=source, file=file, file_name=file_name, as_of=as_of, mode=mode, jurisdiction=jurisdiction
    )
    return confirmed(found, reason=reason)


def second_officer(jurisdiction: Jurisdiction | None = None) -> User:
    """The reviewer who confirms what others deliver, one for each district."""
    home = jurisdiction or make_jurisdiction()
    name = f"{SECOND}-{home.code}"
    return User.objects.filter(username=name).first() or make_officer(make_district(home), Role.REVIEWER, username=name)


def make_feeds() -> dict[str, Feed]:
    """The site's feeds as its rulebook has them, with all its organisations."""
    site = load_site(by=None)
    load_feeds(by=None, jurisdiction=site)
    return {feed.source_key: feed for feed in Feed.objects.filter(jurisdiction=site)}


def organisation(key: str = DISTRICT_REGULATOR) -> Organisation:
    """A body of the site's district that `make_feeds` has loaded."""
    return Organisation.objects.get(jurisdiction=Jurisdiction.objects.site(), key=key)

"""Events as a calendar that telephones and mail programs subscribe to: iCalendar, RFC 5545."""

from collections.abc import Iterable

from icalendar import Calendar, Event

from jieti.engagement.models import Gathering

CONTENT_TYPE = "text/calendar; charset=utf-8"
PRODUCT = "-//Jieti//zh-CN//"


def calendar_of(gatherings: Iterable[Gathering], *, name: str, host: str) -> bytes:
    """The announced events; a cancelled one stays in it as cancelled, so that subscribers see that it is off.

    `host` makes the events' identifiers the site's own.
    """
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", name)
    for one in gatherings:
        calendar.add_component(_event(one, host))
    text: bytes = calendar.to_ical()
    return text


def _event(gathering: Gathering, host: str) -> Event:
    event = Event()
    event.add("uid", f"gathering-{gathering.pk}@{host}")
    event.add("dtstamp", gathering.cancelled_at or gathering.published_at or gathering.created_at)
    event.add("dtstart", gathering.starts_at)
    event.add("dtend", gathering.ends_at)
    event.add("summary", gathering.title)
    event.add("location", gathering.place)
    event.add("description", f"{gathering.gist}\n主办：{gathering.organiser.name}\n咨询：{gathering.contact}")
    event.add("categories", [gathering.get_kind_display()])
    event.add("status", "CANCELLED" if gathering.cancelled_at else "CONFIRMED")
    return event

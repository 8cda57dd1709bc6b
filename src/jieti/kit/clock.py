"""The only place that asks what day or time it is."""

import datetime

from django.utils import timezone


def now() -> datetime.datetime:
    """This moment, aware."""
    return timezone.now()


def today() -> datetime.date:
    """The calendar day in the site's time zone (settings.TIME_ZONE)."""
    return timezone.localdate(now())

"""The only place that asks what day or time it is.

Where `settings.SIMULATED_CLOCK` is on (training, rehearsal, tests; never a site in real use) the day can be chosen:
for a block of code with `at`, or for every process of the site with `set_today`, which writes the day into
`settings.CLOCK_FILE`. Where it is off both refuse, and neither file nor block has any effect. A page that shows
`simulated_day` (`context` puts it into every template) tells its reader that the date is not today's.
"""

import contextlib
import datetime
from collections.abc import Iterator
from contextvars import ContextVar
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest
from django.utils import timezone

_chosen: ContextVar[datetime.datetime | None] = ContextVar("chosen_moment", default=None)


def now() -> datetime.datetime:
    """This moment, aware; on a chosen day at the present time of day."""
    if not _may_simulate():
        return timezone.now()
    chosen = _chosen.get()
    if chosen is not None:
        return chosen
    day = _day_on_file()
    return timezone.now() if day is None else _on(day, timezone.localtime())


def today() -> datetime.date:
    """The calendar day in the site's time zone (settings.TIME_ZONE)."""
    return day_of(now())


def day_of(moment: datetime.datetime) -> datetime.date:
    """The calendar day of an aware moment in the site's time zone."""
    return timezone.localdate(moment)


def simulated_day() -> datetime.date | None:
    """The chosen day while time is simulated, else None."""
    if not _may_simulate() or (_chosen.get() is None and _day_on_file() is None):
        return None
    return today()


@contextlib.contextmanager
def at(moment: datetime.datetime | datetime.date) -> Iterator[None]:
    """Within the block it is this moment, aware and standing still; of a day, noon in the site's time zone.

    Holds for the thread or task that enters it. Raises ``ImproperlyConfigured`` unless settings.SIMULATED_CLOCK is on,
    ``ValueError`` for a moment without a time zone.
    """
    _demand_simulation()
    token = _chosen.set(_moment(moment))
    try:
        yield
    finally:
        _chosen.reset(token)


def set_today(day: datetime.date | None) -> None:
    """From now on it is this day on the whole site, for every process; None goes back to the real one.

    Raises ``ImproperlyConfigured`` unless settings.SIMULATED_CLOCK is on and settings.CLOCK_FILE names a file.
    """
    _demand_simulation()
    file = _file()
    if file is None:
        raise ImproperlyConfigured("no settings.CLOCK_FILE to keep the day in")
    if day is None:
        file.unlink(missing_ok=True)
        return
    written = file.with_suffix(".new")
    written.write_text(f"{day.isoformat()}\n", encoding="utf-8")
    written.replace(file)


def context(request: HttpRequest) -> dict[str, datetime.date | None]:  # noqa: ARG001 - Django's way to call it
    """Context processor: `simulated_day` in every template, for the banner that says so."""
    return {"simulated_day": simulated_day()}


def _may_simulate() -> bool:
    return bool(getattr(settings, "SIMULATED_CLOCK", False))


def _demand_simulation() -> None:
    if not _may_simulate():
        raise ImproperlyConfigured("the clock of a site in use cannot be set: settings.SIMULATED_CLOCK is off")


def _file() -> Path | None:
    named = getattr(settings, "CLOCK_FILE", None)
    return Path(named) if named else None


def _day_on_file() -> datetime.date | None:
    file = _file()
    try:
        text = file.read_text(encoding="utf-8").strip() if file else ""
    except FileNotFoundError:
        return None
    return datetime.date.fromisoformat(text) if text else None


def _moment(moment: datetime.datetime | datetime.date) -> datetime.datetime:
    if not isinstance(moment, datetime.datetime):
        return _on(moment, datetime.datetime.combine(moment, datetime.time(12), timezone.get_default_timezone()))
    if timezone.is_naive(moment):
        raise ValueError(f"a moment without a time zone: {moment}")
    return moment


def _on(day: datetime.date, time_of: datetime.datetime) -> datetime.datetime:
    return datetime.datetime.combine(day, time_of.timetz().replace(tzinfo=None), timezone.get_default_timezone())

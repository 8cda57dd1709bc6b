"""Counting of whole-calendar periods as the Civil Code (民法典) does: no days/365, no clock.

201: the first day is not counted. 202: a period in years or months ends on the corresponding day, or
on the month's last day where it lacks one. 1259: 以上, 以内, 届满 include the number; 超过 excludes it.
Moving a last day off a holiday (203) matters to filing deadlines only: `jieti.domain.working_days` does it.
"""

from calendar import monthrange
from datetime import date, timedelta


def add_months(day: date, months: int) -> date:
    """The corresponding day ``months`` later (earlier if negative), at most the month's last day (民法典 202).

    Raises ``ValueError`` outside the years 1 to 9999.
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if not 1 <= year <= 9999:
        raise ValueError(f"{months} months from {day} is outside the calendar")
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def add_years(day: date, years: int) -> date:
    """The corresponding day ``years`` later (earlier if negative); 29 February becomes 28 February (民法典 202)."""
    return add_months(day, 12 * years)


def last_day_of_period(start: date, *, years: int) -> date:
    """Last day of a period of ``years`` that runs from ``start``, which itself is not counted (民法典 201, 202).

    Recognised on 2024-11-25 for 3 years: the last day is 2027-11-25.
    """
    return add_years(start, years)


def is_within(day: date, *, start: date, years: int) -> bool:
    """Whether ``day`` lies from ``start`` to the last day of the period, both included (民法典 1259)."""
    return start <= day <= last_day_of_period(start, years=years)


def has_lasted(start: date, *, years: int, on: date) -> bool:
    """满, 以上: on the day ``on`` at least ``years`` have passed since ``start`` (附件一(三)2, AMB-1).

    Counted back from ``on``, so that something founded on 29 February has lasted two years on 1 March, not before.
    """
    return start <= add_years(on, -years)


def has_exceeded(start: date, *, years: int, on: date) -> bool:
    """超过: on the day ``on`` more than ``years`` have passed since ``start`` (附件三(三)2(3)A, AMB-12)."""
    return last_day_of_period(start, years=years) < on


def last_day_of_validity(start: date, *, years: int, period: str = "statutory") -> date:
    """Last day on which something granted on ``start`` for ``years`` is in force (附件三(五), AMB-11).

    ``statutory`` counts as 民法典 201–202 do, ``certificate`` ends the day before, as certificates are often printed.
    Raises ``ValueError`` for any other period.
    """
    if period not in {"statutory", "certificate"}:
        raise ValueError(f"no such way to count a validity: {period}")
    last = last_day_of_period(start, years=years)
    return last if period == "statutory" else last - timedelta(days=1)


def prolonged(start: date, *, years: int, by: int, period: str = "statutory") -> date:
    """Last day after an extension of ``by`` years: counted from ``start``, so that 29 February is never worn away.

    Extensions add up: ``by`` is the sum of all of them (附件三(五), AMB-11).
    """
    return last_day_of_validity(start, years=years + by, period=period)


def last_day_of_days(start: date, days: int) -> date:
    """Last day of a period of ``days``; ``start`` itself is not counted (民法典 201)."""
    return start + timedelta(days=days)


def last_day_of_months(start: date, months: int) -> date:
    """Last day of a period of ``months``; ``start`` itself is not counted (民法典 201, 202)."""
    return add_months(start, months)


def window_before(day: date, *, years: int) -> tuple[date, date]:
    """The ``years`` up to ``day``, both ends included (民法典 1259): 近2年内 before 2024-09-01 begins on 2022-09-01."""
    return add_years(day, -years), day


def days_left(last: date, *, on: date) -> int:
    """Calendar days from ``on`` to the last day: 0 on the last day itself, negative once it is over."""
    return (last - on).days


def first_day_of_year(day: date) -> date:
    """1 January of the year of ``day``."""
    return date(day.year, 1, 1)


def last_day_of_year(day: date) -> date:
    """31 December of the year of ``day``."""
    return date(day.year, 12, 31)


def first_day_of_month(day: date) -> date:
    """The day by which a month is stored."""
    return day.replace(day=1)

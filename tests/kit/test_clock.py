import datetime

import pytest

from jieti.kit import clock


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        (datetime.datetime(2026, 6, 30, 15, 59, 59, tzinfo=datetime.UTC), datetime.date(2026, 6, 30)),
        (datetime.datetime(2026, 6, 30, 16, 0, tzinfo=datetime.UTC), datetime.date(2026, 7, 1)),
    ],
)
def test_the_day_changes_at_midnight_in_shanghai(
    moment: datetime.datetime, day: datetime.date, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: moment)
    assert clock.today() == day

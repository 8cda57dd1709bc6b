import datetime
import threading
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import RequestFactory
from pytest_django import Settings

from jieti.kit import clock

SHANGHAI = ZoneInfo("Asia/Shanghai")
DAY = datetime.date(2027, 7, 1)


@pytest.fixture
def simulation(settings: Settings, tmp_path: Path) -> Path:
    """A site for training: the file that holds its day."""
    settings.SIMULATED_CLOCK = True
    settings.CLOCK_FILE = tmp_path / "day"
    return tmp_path / "day"


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


def test_within_the_block_time_stands_still(simulation: Path) -> None:
    moment = datetime.datetime(2027, 7, 1, 9, 30, tzinfo=SHANGHAI)
    with clock.at(moment):
        assert clock.now() == clock.now() == moment
        assert clock.today() == clock.simulated_day() == DAY
    assert clock.simulated_day() is None


def test_a_day_is_its_noon(simulation: Path) -> None:
    with clock.at(DAY):
        assert clock.now() == datetime.datetime(2027, 7, 1, 12, tzinfo=SHANGHAI)


def test_blocks_nest_and_end_even_after_an_error(simulation: Path) -> None:
    def fail() -> None:
        with clock.at(datetime.date(2028, 2, 29)):
            assert clock.today() == datetime.date(2028, 2, 29)
            raise RuntimeError

    with clock.at(DAY):
        with pytest.raises(RuntimeError):
            fail()
        assert clock.today() == DAY


def test_another_thread_keeps_its_own_time(simulation: Path) -> None:
    seen: list[datetime.date | None] = []
    with clock.at(DAY):
        thread = threading.Thread(target=lambda: seen.append(clock.simulated_day()))
        thread.start()
        thread.join()
    assert seen == [None]


def test_a_whole_year_can_be_run(simulation: Path) -> None:
    day, seen = datetime.date(2027, 1, 1), 0
    while day.year == 2027:
        with clock.at(day):
            seen += clock.today() == day
        day += datetime.timedelta(days=1)
    assert seen == 365


def test_the_day_on_file_is_the_sites_until_it_is_taken_away(simulation: Path) -> None:
    clock.set_today(DAY)
    assert simulation.read_text() == "2027-07-01\n"
    assert clock.today() == clock.simulated_day() == DAY
    assert clock.now().utcoffset() == datetime.timedelta(hours=8)
    with clock.at(datetime.date(2027, 8, 10)):
        assert clock.today() == datetime.date(2027, 8, 10)
    clock.set_today(None)
    clock.set_today(None)
    assert clock.simulated_day() is None


def test_the_day_on_file_keeps_the_time_of_day(simulation: Path) -> None:
    clock.set_today(DAY)
    first, second = clock.now(), clock.now()
    assert first <= second
    assert second - first < datetime.timedelta(hours=1)


def test_every_page_is_told(simulation: Path) -> None:
    request = RequestFactory().get("/")
    assert clock.context(request) == {"simulated_day": None}
    clock.set_today(DAY)
    assert clock.context(request) == {"simulated_day": DAY}


def test_a_moment_without_a_zone_is_refused(simulation: Path) -> None:
    with pytest.raises(ValueError, match="time zone"), clock.at(datetime.datetime(2027, 7, 1)):  # noqa: DTZ001 - the fault
        pytest.fail("entered")


def test_a_file_that_is_no_day_is_an_error(simulation: Path) -> None:
    simulation.write_text("soon")
    with pytest.raises(ValueError, match="soon"):
        clock.today()


def test_a_site_in_use_cannot_be_moved_in_time(settings: Settings, tmp_path: Path) -> None:
    settings.SIMULATED_CLOCK = False
    settings.CLOCK_FILE = tmp_path / "day"
    (tmp_path / "day").write_text("2027-07-01")
    assert clock.simulated_day() is None
    assert clock.today() != DAY
    with pytest.raises(ImproperlyConfigured), clock.at(DAY):
        pytest.fail("entered")
    with pytest.raises(ImproperlyConfigured):
        clock.set_today(DAY)


def test_a_block_has_no_effect_where_simulation_is_switched_off_inside(simulation: Path, settings: Settings) -> None:
    with clock.at(DAY):
        settings.SIMULATED_CLOCK = False
        assert clock.today() != DAY


def test_without_a_file_the_day_of_the_site_cannot_be_kept(simulation: Path, settings: Settings) -> None:
    settings.CLOCK_FILE = None
    with pytest.raises(ImproperlyConfigured, match="CLOCK_FILE"):
        clock.set_today(DAY)
    assert clock.simulated_day() is None

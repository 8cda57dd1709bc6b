"""The rows that other tests start from satisfy the database."""

from datetime import date

import pytest

from jieti.kit import clock
from tests.factories.recognitions import make_application, make_nomination, make_recognition


@pytest.mark.django_db
def test_rows_stand() -> None:
    one = make_application(path="nomination")
    assert one.nomination is not None
    assert one.campaign.ceiling == 51
    assert make_nomination(state="drafted").is_open
    title = make_recognition(recognised_on=date(2024, 11, 25))
    assert title.last_day == date(2027, 11, 25)
    assert title.is_live(date(2027, 11, 25))
    assert make_recognition().recognised_on == clock.today()

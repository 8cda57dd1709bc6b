"""A page that was put together at the marks of its frame is the page that its template makes."""

import datetime

import pytest
from django.core.cache import caches
from django.test import Client
from pytest_django import Settings

from jieti.determinations.models import Run
from jieti.kit import clock
from jieti.web import framing


@pytest.mark.parametrize("display", ["normal", "large"])
@pytest.mark.parametrize("path", ["/", "/?q=老王", "/?q=<b>'\"&x=%00main%00", "/?q=&tier=growth&page=2"])
def test_a_framed_page_is_the_whole_page(
    client: Client, run: Run, monkeypatch: pytest.MonkeyPatch, path: str, display: str
) -> None:
    client.cookies["display"] = display
    made = client.get(path).content.decode()
    with monkeypatch.context() as patch:
        patch.setattr(framing, "is_personal", lambda _request: True)
        caches["pages"].clear()
        assert client.get(path).content.decode() == made
    assert "\x00" not in made


def test_a_frame_says_the_day_of_a_rehearsal(client: Client, run: Run, settings: Settings) -> None:
    assert "演练环境" not in client.get("/?q=老王").content.decode()
    settings.SIMULATED_CLOCK = True
    with clock.at(datetime.date(2027, 3, 2)):
        assert "系统日期设为2027年3月2日" in client.get("/?q=老王").content.decode()


def test_each_search_has_its_own_title_and_way_back(client: Client, run: Run) -> None:
    for word in ("老王", "老李"):
        text = client.get("/", {"q": word}).content.decode()
        assert f"<title>“{word}”的查询结果 - " in text
        assert "next=/%3Fq%3D%25E8%2580%2581" in text

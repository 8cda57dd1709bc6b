"""A second officer confirms a large register: the page shows that it is being loaded, and counts each number once."""

import pytest

from jieti.registry import actions
from jieti.registry.actions import load_confirmed
from jieti.registry.models import Business, Delivery
from jieti.registry.reading import read_delivery
from tests.web import district
from tests.web.conftest import LogIn
from tests.web.test_officer import upload


@pytest.fixture
def delivery(people: district.People, log_in: LogIn) -> Delivery:
    """Read, with one row gone back, waiting for its second officer."""
    broken = district.REGISTRATION + "123,坏代码店,登记在册,2020-01-01,张三,某处,雁栖镇,6210,否\n"
    upload(log_in(people.clerk), broken)
    return read_delivery(Delivery.objects.latest("pk"))


def test_it_is_loaded_behind_the_page(
    delivery: Delivery, people: district.People, log_in: LogIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actions, "AT_ONCE", 0)
    client, page = log_in(people.reviewer), f"/officer/deliveries/{delivery.pk}/"
    text = client.post(f"{page}confirm/", follow=True).content.decode()
    assert "正在载入6行" in text
    assert "<progress" in text
    assert not Business.objects.exists()
    assert "<progress" in client.get(f"{page}progress/").content.decode()
    assert client.post(f"{page}confirm/").status_code in {403, 409}
    load_confirmed(delivery=delivery)
    assert client.get(f"{page}progress/").headers["HX-Refresh"] == "true"
    assert "已生效" in client.get(page).content.decode()
    assert Business.objects.count() == 6


def test_a_small_one_counts_at_once(delivery: Delivery, people: district.People, log_in: LogIn) -> None:
    client = log_in(people.reviewer)
    assert "已生效" in client.post(f"/officer/deliveries/{delivery.pk}/confirm/", follow=True).content.decode()


def test_the_counts_stand_on_the_page_once(delivery: Delivery, people: district.People, log_in: LogIn) -> None:
    text = log_in(people.reviewer).get(f"/officer/deliveries/{delivery.pk}/").content.decode()
    assert text.count("读入6") == 1


def test_values_are_for_those_who_mend_them(delivery: Delivery, people: district.People, log_in: LogIn) -> None:
    page = f"/officer/deliveries/{delivery.pk}/"
    assert "不予显示" not in log_in(people.reviewer).get(page).content.decode()
    other = log_in(people.approver).get(page).content.decode()
    assert "第8行" in other
    assert "不予显示" in other

"""What proprietors and their agents do themselves: doubt a value, entrust the business, and read the answers."""

from datetime import timedelta

import pytest
from django.test import Client

from jieti.accounts.models import Organisation, Role, User
from jieti.kit import clock
from jieti.registry.corrections import uphold
from jieti.registry.models import CorrectionRequest, Mandate, Proprietorship
from tests.factories.accounts import make_officer, make_user
from tests.factories.tables import code
from tests.registry.register import accept, accepted, row
from tests.registry.test_timeline import PAID, TAX
from tests.web.conftest import LogIn

OWN, OTHER = code(1), code(2)
DAY = timedelta(days=1)
PAGES = (f"/my/{OWN}/", f"/my/{OWN}/corrections/", f"/my/{OWN}/corrections/new/?source=registration&item=name")
OWNERS_ALONE = (f"/my/{OWN}/mandates/",)


@pytest.fixture
def owner(district: Organisation) -> User:
    clerk = make_officer(district, Role.INTAKE_CLERK)
    accept([row(OWN), row(OTHER)], by=clerk, as_of=clock.today())
    accepted([PAID], TAX, "tax", clerk, clock.today())
    user = make_user("owner", display_name="王建国")
    Proprietorship.objects.create(user=user, business_id=OWN)
    return user


@pytest.fixture
def agent(owner: User) -> User:
    return make_user("helper", display_name="李四")


@pytest.fixture
def browser(owner: User, log_in: LogIn) -> Client:
    return log_in(owner)


def mandate(owner: User, agent: User, first: int, last: int) -> Mandate:
    today = clock.today()
    return Mandate.objects.create(
        business_id=OWN, agent=agent, granted_by=owner, starts_on=today + first * DAY, ends_on=today + last * DAY
    )


def shown(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200, path
    return response.content.decode()


@pytest.mark.parametrize("path", [*PAGES, *OWNERS_ALONE])
def test_strangers_do_not_find_it(owner: User, outsider: User, reviewer: User, log_in: LogIn, path: str) -> None:
    assert log_in(None).get(path).status_code == 302
    assert log_in(owner).get(path).status_code == 200
    for who in (outsider, reviewer):
        assert log_in(who).get(path).status_code == 404
        assert log_in(who).post(path, {"claim": "x"}).status_code in {404, 405}
    assert not CorrectionRequest.objects.exists()


def test_every_value_has_its_source_its_day_and_its_button(browser: Client) -> None:
    text = shown(browser, f"/my/{OWN}/")
    for part in ("南大街1号", "4,321.09元", "税务信息", "数据截至", "信息有误", "source=registration&amp;item=address"):
        assert part in text
    assert "<input" not in text.split("<main")[1].split("</main")[0].replace('type="hidden"', "")


def test_a_value_is_doubted_and_the_answer_read(browser: Client, owner: User, reviewer: User) -> None:
    path = f"/my/{OWN}/corrections/new/?source=registration&item=address"
    form = shown(browser, path)
    assert "南大街1号" in form
    assert "区市场监管局" in form
    assert browser.post(path, {"claim": ""}).status_code == 422
    assert browser.post(path, {"claim": "搬到南大街3号"}).headers["Location"] == f"/my/{OWN}/corrections/"
    assert browser.post(path, {"claim": "再来一次"}).status_code == 409
    assert "更正请求核实中" in shown(browser, f"/my/{OWN}/")
    asked = CorrectionRequest.objects.get()
    assert (asked.shown_value, asked.raised_by) == ("南大街1号", owner)
    uphold(by=reviewer, request=asked, reasons="营业执照记载为南大街1号")
    text = shown(browser, f"/my/{OWN}/corrections/")
    assert "营业执照记载为南大街1号" in text
    assert "核实无误" in text


def test_a_request_is_taken_back_by_whoever_made_it(browser: Client, agent: User, owner: User, log_in: LogIn) -> None:
    browser.post(f"/my/{OWN}/corrections/new/?source=registration&item=name", {"claim": "店名不对"})
    asked = CorrectionRequest.objects.get()
    path = f"/my/{OWN}/corrections/{asked.pk}/withdraw/"
    mandate(owner, agent, 0, 0)
    assert browser.get(path).status_code == 405
    assert log_in(agent).post(path).status_code == 404
    assert browser.post(path).status_code == 302
    assert browser.post(path).status_code == 409
    asked.refresh_from_db()
    assert asked.status == "withdrawn"


@pytest.mark.parametrize(
    "query",
    ["", "source=tax", "source=tax&item=paid", "source=nowhere&item=x", "source=registration&item=proprietor_id"],
)
def test_a_value_that_is_not_there_is_not_found(browser: Client, query: str) -> None:
    assert browser.get(f"/my/{OWN}/corrections/new/?{query}").status_code == 404


def test_an_agent_has_the_business_on_the_days_and_no_others(owner: User, agent: User, log_in: LogIn) -> None:
    client = log_in(agent)
    for first, last, status in ((1, 2, 404), (-2, -1, 404), (0, 0, 200)):
        standing = mandate(owner, agent, first, last)
        assert client.get(f"/my/{OWN}/").status_code == status
        assert ("受托" in shown(client, "/my/")) is (status == 200)
        standing.delete()


def test_an_agent_reads_and_doubts_but_does_not_entrust(owner: User, agent: User, log_in: LogIn) -> None:
    mandate(owner, agent, 0, 5)
    client = log_in(agent)
    text = shown(client, f"/my/{OWN}/")
    assert "4,321.09元" in text
    assert "/mandates/" not in text
    assert client.get(f"/my/{OWN}/mandates/").status_code == 404
    path = f"/my/{OWN}/corrections/new/?source=registration&item=town"
    assert client.post(path, {"claim": "镇街不对"}).status_code == 302
    assert CorrectionRequest.objects.get().raised_by == agent


def test_entrusting_and_taking_it_back(browser: Client, agent: User, log_in: LogIn) -> None:
    path, today = f"/my/{OWN}/mandates/", clock.today()
    sent = {"agent_username": "helper", "agent_name": "李四", "starts_on": str(today), "ends_on": str(today + 5 * DAY)}
    assert browser.post(path, {}).status_code == 422
    assert "没有找到" in browser.post(path, sent | {"agent_name": "李五"}).content.decode()
    assert browser.post(path, sent | {"ends_on": str(today + 400 * DAY)}).status_code == 409
    assert browser.post(path, sent).status_code == 302
    text = shown(browser, path)
    assert "李四" in text
    assert "有效" in text
    assert log_in(agent).get(f"/my/{OWN}/").status_code == 200
    revoke = f"{path}{Mandate.objects.get().pk}/revoke/"
    assert log_in(agent).post(revoke).status_code == 404
    assert browser.get(revoke).status_code == 405
    assert browser.post(revoke).status_code == 302
    assert log_in(agent).get(f"/my/{OWN}/").status_code == 404
    assert "已撤销" in shown(browser, path)

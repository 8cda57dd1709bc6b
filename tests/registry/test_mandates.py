"""An agent acts on the days that the proprietor said, and on no other."""

from datetime import date, timedelta

import pytest

from jieti.accounts.models import User
from jieti.audit.models import Event
from jieti.kit import clock
from jieti.kit.errors import Refusal
from jieti.registry.mandates import grant_mandate, longest_end, revoke_mandate
from jieti.registry.models import Business, Mandate, Proprietorship
from tests.factories.accounts import make_user
from tests.factories.tables import code
from tests.registry.register import accept, row

DAY = timedelta(days=1)


@pytest.fixture
def owner(intake_clerk: User) -> User:
    accept([row(code(1)), row(code(2))], by=intake_clerk, as_of=clock.today())
    user = make_user("owner", display_name="王建国")
    Proprietorship.objects.create(user=user, business_id=code(1))
    return user


@pytest.fixture
def agent(owner: User) -> User:
    return make_user("helper", display_name="李四")


def grant(owner: User, *, starts: date | None = None, ends: date | None = None, **changes: object) -> Mandate:
    today = clock.today()
    given: dict[str, object] = {
        "by": owner,
        "business": Business.objects.get(pk=code(1)),
        "agent_username": "helper",
        "agent_name": "李四",
        "starts_on": starts or today,
        "ends_on": ends or today + 10 * DAY,
    }
    return grant_mandate(**(given | changes))  # type: ignore[arg-type]


def handled(agent: User, day: date) -> list[str]:
    return [one.pk for one in Business.objects.handled_by(agent, on=day)]


def test_the_agent_has_the_first_day_and_the_last(owner: User, agent: User) -> None:
    mandate = grant(owner, starts=clock.today() + DAY, ends=clock.today() + 3 * DAY)
    assert handled(agent, mandate.starts_on - DAY) == []
    assert handled(agent, mandate.starts_on) == [code(1)]
    assert handled(agent, mandate.ends_on) == [code(1)]
    assert handled(agent, mandate.ends_on + DAY) == []


def test_revoked_is_gone_at_once(owner: User, agent: User) -> None:
    mandate = grant(owner)
    revoke_mandate(by=owner, mandate=mandate)
    revoke_mandate(by=owner, mandate=mandate)
    assert handled(agent, clock.today()) == []
    assert Event.objects.filter(verb="registry.revoke_mandate").count() == 1


def test_a_year_and_not_a_day_longer(owner: User, agent: User) -> None:
    last = longest_end(clock.today())
    assert longest_end(date(2024, 2, 29)) == date(2025, 2, 27)
    assert longest_end(date(2026, 1, 1)) == date(2026, 12, 31)
    with pytest.raises(Refusal, match="最长1年"):
        grant(owner, ends=last + DAY)
    assert grant(owner, ends=last).ends_on == last


@pytest.mark.parametrize(("starts", "ends"), [(-1, 5), (5, 4)])
def test_dates_that_cannot_be(owner: User, agent: User, starts: int, ends: int) -> None:
    with pytest.raises(Refusal):
        grant(owner, starts=clock.today() + starts * DAY, ends=clock.today() + ends * DAY)


def test_one_day_is_long_enough(owner: User, agent: User) -> None:
    assert grant(owner, ends=clock.today()).ends_on == clock.today()


def test_name_and_user_name_must_fit_and_nothing_more_is_said(owner: User, agent: User) -> None:
    said = set()
    for username, name in (("helper", "李五"), ("nobody", "李四"), ("helper", "")):
        with pytest.raises(Refusal) as refused:
            grant(owner, agent_username=username, agent_name=name)
        said.add(str(refused.value))
    assert len(said) == 1


def test_an_account_without_a_real_name_is_no_agent(owner: User, agent: User) -> None:
    agent.display_name = ""
    agent.save()
    with pytest.raises(Refusal):
        grant(owner, agent_name="")


def test_only_the_proprietor_grants_and_revokes(owner: User, agent: User) -> None:
    mandate = grant(owner)
    with pytest.raises(Refusal, match="经营者本人"):
        grant(agent, agent_username="owner", agent_name="王建国")
    with pytest.raises(Refusal, match="经营者本人"):
        revoke_mandate(by=agent, mandate=mandate)
    with pytest.raises(Refusal, match="经营者本人"):
        grant(owner, business=Business.objects.get(pk=code(2)))


def test_nobody_mandates_themselves(owner: User) -> None:
    with pytest.raises(Refusal, match="自己"):
        grant(owner, agent_username="owner", agent_name="王建国")


def test_two_mandates_of_one_agent_do_not_overlap(owner: User, agent: User) -> None:
    first = grant(owner)
    with pytest.raises(Refusal, match="已经委托"):
        grant(owner, starts=first.ends_on, ends=first.ends_on)
    grant(owner, starts=first.ends_on + DAY, ends=first.ends_on + DAY)
    revoke_mandate(by=owner, mandate=first)
    grant(owner)
    assert Mandate.objects.count() == 3


def test_a_business_of_both_comes_once(owner: User, agent: User) -> None:
    grant(owner)
    Proprietorship.objects.create(user=agent, business_id=code(1))
    assert handled(agent, clock.today()) == [code(1)]

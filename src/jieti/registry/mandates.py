"""委托: a proprietor lets another look after a business for a limited time, and takes it back. 民法典 161–173."""

import datetime

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.db.models import Q

from jieti.accounts.models import User
from jieti.audit.actions import record
from jieti.domain.periods import last_day_of_validity
from jieti.kit import clock
from jieti.kit.errors import Refusal
from jieti.registry.models import Business, Mandate, Proprietorship
from jieti.registry.persons import normal_name

LONGEST_YEARS = 1
"""A mandate lasts at most so many years; a longer one is granted anew."""


@transaction.atomic
def grant_mandate(
    *,
    by: User,
    business: Business,
    agent_username: str,
    agent_name: str,
    starts_on: datetime.date,
    ends_on: datetime.date,
) -> Mandate:
    """Lets the person with this user name and this real name act for the business on the days from … to, included.

    Only the proprietor grants. Raises Refusal for dates that are past, reversed or too far apart, for an account that
    does not fit the name (whether it exists is not said), and where the agent already holds one for these days.
    """
    _only_proprietor(by, business)
    _check_dates(starts_on, ends_on)
    agent = _agent(by, agent_username, agent_name)
    standing = Mandate.objects.select_for_update().filter(business=business, agent=agent, revoked_at__isnull=True)
    if standing.filter(starts_on__lte=ends_on, ends_on__gte=starts_on).exists():
        raise Refusal("这段时间内已经委托了此人。", what_to_do="需要改变期限的，请先撤销原来的委托。")
    mandate = Mandate.objects.create(
        business=business, agent=agent, granted_by=by, starts_on=starts_on, ends_on=ends_on
    )
    _record(by, "registry.grant_mandate", mandate)
    return mandate


@transaction.atomic
def revoke_mandate(*, by: User, mandate: Mandate) -> Mandate:
    """Ends the mandate at once. Only the proprietor revokes, at any time (民法典 173); twice is as good as once."""
    mandate = Mandate.objects.select_for_update().get(pk=mandate.pk)
    _only_proprietor(by, mandate.business)
    if mandate.revoked_at is None:
        mandate.revoked_at = clock.now()
        mandate.save(update_fields=["revoked_at"])
        _record(by, "registry.revoke_mandate", mandate)
    return mandate


def longest_end(starts_on: datetime.date) -> datetime.date:
    """The last day that a mandate from this day may have."""
    return last_day_of_validity(starts_on, years=LONGEST_YEARS, period="certificate")


def is_proprietor(user: AbstractBaseUser, business: Business) -> bool:
    """Whether the business is the user's own; an agent's is not."""
    return Proprietorship.objects.filter(user_id=user.pk, business=business).exists()


def acts_for(user: AbstractBaseUser, business: Business) -> bool:
    """The business's proprietor, and an agent whose mandate is in force today."""
    return Business.objects.handled_by(user, on=clock.today()).filter(pk=business.pk).exists()


def on_behalf(by: AbstractBaseUser, business: Business) -> str:
    """For whom somebody acts who is not the proprietor; empty for the proprietor."""
    return "" if is_proprietor(by, business) else f"business:{business.pk}"


def proprietors_of(business: Business) -> list[User]:
    """The accounts that are known to be the proprietor's."""
    return list(User.objects.filter(proprietorships__business=business).order_by("pk"))


def speakers_of(business: Business) -> list[User]:
    """Everybody who may act for the business today: whom a notice about it goes to."""
    entrusted = Mandate.objects.in_force(clock.today()).filter(business=business)
    speaking = Q(proprietorships__business=business) | Q(mandates__in=entrusted)
    return list(User.objects.filter(speaking).distinct().order_by("pk"))


def _only_proprietor(by: User, business: Business) -> None:
    if not is_proprietor(by, business):
        raise Refusal("只有经营者本人可以委托或者撤销委托。", what_to_do="请由经营者本人登录后办理。")


def _check_dates(starts_on: datetime.date, ends_on: datetime.date) -> None:
    if starts_on < clock.today():
        raise Refusal("委托不能从今天以前开始。", what_to_do="请填写今天或者以后的日期。")
    if ends_on < starts_on:
        raise Refusal("结束日期早于开始日期。", what_to_do="请核对两个日期。")
    if ends_on > longest_end(starts_on):
        last = longest_end(starts_on)
        raise Refusal(
            f"一次委托最长{LONGEST_YEARS}年。",
            what_to_do=f"从{starts_on:%Y-%m-%d}开始的，最晚到{last:%Y-%m-%d}；期满可以再次委托。",
        )


def _agent(by: User, username: str, name: str) -> User:
    agent = User.objects.filter(username=username.strip(), is_active=True).first()
    if agent is None or not agent.display_name or normal_name(agent.display_name) != normal_name(name):
        raise Refusal("没有找到用户名和姓名都一致的账号。", what_to_do="请向受托人核对其登录本平台的用户名和实名。")
    if agent == by:
        raise Refusal("不能委托自己。", what_to_do="您是经营者，可以直接办理。")
    return agent


def _record(by: User, verb: str, mandate: Mandate) -> None:
    detail = {"agent": mandate.agent_id, "starts_on": str(mandate.starts_on), "ends_on": str(mandate.ends_on)}
    place = mandate.business.jurisdiction_id
    record(by=by, verb=verb, subject=f"business:{mandate.business_id}", detail=detail, jurisdiction=place)

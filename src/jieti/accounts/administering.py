"""An administrator's deeds: accounts of officers and their roles, within one jurisdiction, each of them recorded.

One administrator suffices, because everything is in the audit record; nobody serves themselves, and what is done to an
account that others look after as well is done by them.
"""

import secrets
from dataclasses import dataclass

from django.db import IntegrityError, transaction

from jieti.accounts import second_factor, sessions
from jieti.accounts.actions import add_member, create_user, keep_an_administrator, remove_member
from jieti.accounts.models import (
    ASSOCIATION,
    CITY_REGULATOR,
    DISTRICT_REGULATOR,
    TOWN_KINDS,
    Jurisdiction,
    Membership,
    Organisation,
    Role,
    User,
)
from jieti.accounts.perms import may_administer
from jieti.audit.actions import record
from jieti.kit.errors import Refusal

LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without those that are read for one another."""
GROUPS, GROUP = 4, 4

OFFICE = (Role.AUDITOR, Role.ADMINISTRATOR)
CASES = (Role.INTAKE_CLERK, Role.REVIEWER, Role.APPROVER)


@dataclass(frozen=True, slots=True)
class Opened:
    """An account and the temporary password, which nobody can read again."""

    user: User
    password: str


def roles_at(organisation: Organisation) -> tuple[Role, ...]:
    """The roles that make sense in an organisation of this kind."""
    if organisation.key == DISTRICT_REGULATOR:
        return (*CASES, Role.DEPARTMENT_OFFICER, *OFFICE)
    if organisation.key == CITY_REGULATOR:
        return (Role.CITY_OFFICER, *OFFICE)
    if organisation.key == ASSOCIATION:
        return (Role.ASSOCIATION_WORKER,)
    return (Role.TOWN_OFFICER,) if organisation.kind in TOWN_KINDS else (Role.DEPARTMENT_OFFICER,)


@transaction.atomic
def open_account(*, by: User, username: str, display_name: str, organisation: Organisation, role: Role) -> Opened:
    """A new account with its first role and a temporary password, to be changed at the first sign-in.

    Raises Refusal when the name is taken or the role does not belong into the organisation.
    """
    _check(by, organisation, role)
    password = _temporary_password()
    try:
        with transaction.atomic():
            user = create_user(by=by, username=username, display_name=display_name, password=password)
    except IntegrityError as error:
        raise Refusal(f"用户名“{username}”已经有人使用。", what_to_do="请换一个用户名。") from error
    _make_temporary(user)
    add_member(by=by, user=user, organisation=organisation, role=role)
    return Opened(user, password)


@transaction.atomic
def give_role(*, by: User, user: User, organisation: Organisation, role: Role) -> Membership:
    """One more role. Raises Refusal for one's own account and for a role that does not belong into the organisation."""
    _check(by, organisation, role)
    return add_member(by=by, user=user, organisation=organisation, role=role)


@transaction.atomic
def take_role(*, by: User, membership: Membership) -> None:
    """Takes a role away, but never somebody's last one: an account that is not needed any more is deactivated.

    Raises Refusal for that, and for the last administrator.
    """
    _in_own_jurisdiction(by, membership.organisation.jurisdiction)
    held = Membership.objects.filter(user=membership.user).select_for_update()
    if {one.pk for one in held} <= {membership.pk}:
        raise Refusal(
            "这是该账号的最后一个角色，不能收回。",
            what_to_do="不再需要这个账号的，请停用账号；换岗的，请先授予新的角色。",
        )
    remove_member(by=by, membership=membership)


@transaction.atomic
def deactivate_user(*, by: User, user: User) -> User:
    """The account opens nothing from its next request on.

    Raises Refusal for one's own account and for a jurisdiction's last administrator.
    """
    _in_own_hands(by, user)
    for jurisdiction in Jurisdiction.objects.filter(
        organisations__memberships__user=user, organisations__memberships__role=Role.ADMINISTRATOR
    ).distinct():
        keep_an_administrator(user, jurisdiction)
    _set_active(by, user, active=False)
    sessions.end_all(by=by, user=user)
    return user


@transaction.atomic
def reactivate_user(*, by: User, user: User) -> User:
    """The account opens again what its roles say, with the password it had."""
    _in_own_hands(by, user)
    _set_active(by, user, active=True)
    return user


@transaction.atomic
def issue_password(*, by: User, user: User) -> Opened:
    """A new temporary password for somebody who has forgotten theirs; ends their sessions."""
    _in_own_hands(by, user)
    password = _temporary_password()
    user.set_password(password)
    _make_temporary(user)
    record(by=by, verb="accounts.issue_password", subject=f"user:{user.pk}")
    sessions.end_all(by=by, user=user)
    return Opened(user, password)


@transaction.atomic
def reset_second_factor(*, by: User, user: User) -> None:
    """For somebody who has lost their second factor, whom the administrator knows."""
    _in_own_hands(by, user)
    second_factor.reset(by=by, user=user)


def _check(by: User, organisation: Organisation, role: Role) -> None:
    _in_own_jurisdiction(by, organisation.jurisdiction)
    if role not in roles_at(organisation):
        raise Refusal(f"{organisation}没有“{role.label}”这个角色。", what_to_do="请重新选择单位和角色。")


def _in_own_jurisdiction(by: User, jurisdiction: Jurisdiction) -> None:
    if not may_administer(by, jurisdiction):
        raise Refusal(f"{jurisdiction}的账号和角色不归您管理。", what_to_do="请由该辖区的管理员办理。")


def _in_own_hands(by: User, user: User) -> None:
    """The whole account, not one of its roles: only where no other administrator answers for it as well."""
    if by.pk == user.pk:
        raise Refusal("不能对自己的账号这样做。", what_to_do="请由另一位管理员办理。")
    if user.is_staff or user.is_superuser:
        raise Refusal("这是系统运行维护账号，不能在这里变更。", what_to_do="请由系统运行维护人员办理。")
    homes = Jurisdiction.objects.filter(organisations__memberships__user=user).distinct()
    for home in homes:
        if not may_administer(by, home):
            raise Refusal(
                f"{user}在{home}也有任职，不能变更整个账号。",
                what_to_do=f"可以收回其在本辖区的角色；变更账号请由{home}的管理员办理。",
            )


def _set_active(by: User, user: User, *, active: bool) -> None:
    locked = User.objects.select_for_update().get(pk=user.pk)
    if locked.is_active != active:
        record(
            by=by,
            verb="accounts.reactivate_user" if active else "accounts.deactivate_user",
            subject=f"user:{user.pk}",
            before={"is_active": locked.is_active},
            after={"is_active": active},
        )
    user.is_active = active
    user.save(update_fields=["is_active"])


def _make_temporary(user: User) -> None:
    user.password_is_temporary = True
    user.save(update_fields=["password", "password_is_temporary"])


def _temporary_password() -> str:
    """About 79 random bits, in groups that can be read out."""
    return "-".join("".join(secrets.choice(LETTERS) for _ in range(GROUP)) for _ in range(GROUPS))

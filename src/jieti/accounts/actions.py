"""Opening accounts and giving roles."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction

from jieti.accounts.models import Jurisdiction, Membership, Organisation, OrganisationKind, Role, User
from jieti.audit.actions import record
from jieti.kit.errors import Refusal

COLLECTIVE = "collective"


@transaction.atomic
def create_user(*, by: User | None, username: str, display_name: str, password: str) -> User:
    """A new account without any role. Raises IntegrityError when the name is taken."""
    user = User.objects.create_user(username=username, password=password, display_name=display_name)
    record(by=by, verb="accounts.create_user", subject=f"user:{user.pk}")
    return user


@transaction.atomic
def add_member(*, by: User | None, user: User, organisation: Organisation, role: Role) -> Membership:
    """Gives `user` the role; giving it twice changes nothing and is recorded once.

    Raises Refusal when somebody gives a role to themselves.
    """
    if by is not None and by.pk == user.pk:
        raise Refusal("不能给自己授予角色。", what_to_do="请由另一位管理员办理。")
    membership, created = Membership.objects.get_or_create(user=user, organisation=organisation, role=role)
    if created:
        _record(by, "accounts.add_member", membership)
    return membership


@transaction.atomic
def remove_member(*, by: User | None, membership: Membership) -> None:
    """Takes the role away at once; the record of having held it stays in the audit.

    Raises Refusal for the role of a jurisdiction's last active administrator.
    """
    if membership.role == Role.ADMINISTRATOR:
        keep_an_administrator(membership.user, membership.organisation.jurisdiction)
    _record(by, "accounts.remove_member", membership)
    membership.delete()


def keep_an_administrator(leaving: User, jurisdiction: Jurisdiction) -> None:
    """Raises Refusal when nobody active would administer the jurisdiction without this user.

    Takes the roles' locks, so that two administrators cannot leave at the same time.
    """
    held = Membership.objects.filter(
        role=Role.ADMINISTRATOR, organisation__jurisdiction=jurisdiction, user__is_active=True
    )
    users = set(held.select_for_update(of=("self",)).order_by("pk").values_list("user_id", flat=True))
    if users == {leaving.pk}:
        raise Refusal(
            f"{leaving}是{jurisdiction}唯一的管理员，不能收回角色或者停用。", what_to_do="请先授予另一人管理员角色。"
        )


@transaction.atomic
def load_jurisdiction(
    *,
    by: User | None,
    code: str,
    name: str,
    level: Jurisdiction.Level,
    rulebook: str,
    edition: str,
    parent: Jurisdiction | None = None,
) -> Jurisdiction:
    """Writes a jurisdiction as its rulebook names it; loading it again changes only what differs."""
    wanted = {"name": name, "level": level.value, "rulebook": rulebook, "edition": edition, "parent": parent}
    known = Jurisdiction.objects.filter(code=code, **wanted).first()
    if known:
        return known
    jurisdiction, _ = Jurisdiction.objects.update_or_create(code=code, defaults=wanted)
    subject = f"jurisdiction:{code}"
    record(by=by, verb="accounts.load_jurisdiction", subject=subject, detail={"rulebook": rulebook}, jurisdiction=code)
    return jurisdiction


@transaction.atomic
def load_organisations(
    *, by: User | None, jurisdiction: Jurisdiction, organisations: Iterable[Mapping[str, Any]]
) -> int:
    """Writes the organisations of a jurisdiction's rulebook; returns how many were new or changed.

    What the document names only as a group (`collective`) has no members and is left out; bodies of the city belong
    to the city above, where there is one. Raises ValueError for a kind that is none of OrganisationKind.
    """
    changed = [entry["key"] for entry in organisations if entry["kind"] != COLLECTIVE and _load(jurisdiction, entry)]
    if changed:
        subject = f"jurisdiction:{jurisdiction.code}"
        record(
            by=by,
            verb="accounts.load_organisations",
            subject=subject,
            detail={"keys": changed},
            jurisdiction=jurisdiction.code,
        )
    return len(changed)


def _load(jurisdiction: Jurisdiction, entry: Mapping[str, Any]) -> bool:
    kind = OrganisationKind(entry["kind"])
    home = jurisdiction.parent or jurisdiction if kind is OrganisationKind.CITY_DEPARTMENT else jurisdiction
    wanted = {
        "name": entry["name"],
        "short": entry.get("short", ""),
        "kind": kind.value,
        "issuer_order": entry.get("issuer_order"),
        "area_code": entry.get("code", ""),
    }
    known = Organisation.objects.filter(jurisdiction=home, key=entry["key"])
    # A district's rulebook names bodies of its city; what they are is the city's rulebook's to say.
    if known.filter(**wanted).exists() or (home != jurisdiction and known.exists()):
        return False
    Organisation.objects.update_or_create(jurisdiction=home, key=entry["key"], defaults=wanted)
    return True


def _record(by: User | None, verb: str, membership: Membership) -> None:
    record(
        by=by,
        verb=verb,
        subject=f"user:{membership.user_id}",
        detail=_describe(membership),
        jurisdiction=membership.organisation.jurisdiction_id,
    )


def _describe(membership: Membership) -> dict[str, str]:
    return {"organisation": membership.organisation.key, "role": membership.role}

"""Opening accounts and giving roles."""

from collections.abc import Iterable, Mapping

from django.db import transaction

from jieti.accounts.models import Membership, Organisation, OrganisationKind, Role, User
from jieti.audit.actions import record

COLLECTIVE = "collective"


@transaction.atomic
def create_user(*, by: User | None, username: str, display_name: str, password: str) -> User:
    """A new account without any role. Raises IntegrityError when the name is taken."""
    user = User.objects.create_user(username=username, password=password, display_name=display_name)
    record(by=by, verb="accounts.create_user", subject=f"user:{user.pk}")
    return user


@transaction.atomic
def add_member(*, by: User | None, user: User, organisation: Organisation, role: Role) -> Membership:
    """Gives `user` the role; giving it twice changes nothing and is recorded once."""
    membership, created = Membership.objects.get_or_create(user=user, organisation=organisation, role=role)
    if created:
        record(by=by, verb="accounts.add_member", subject=f"user:{user.pk}", detail=_describe(membership))
    return membership


@transaction.atomic
def remove_member(*, by: User | None, membership: Membership) -> None:
    """Takes the role away at once; the record of having held it stays in the audit."""
    record(by=by, verb="accounts.remove_member", subject=f"user:{membership.user_id}", detail=_describe(membership))
    membership.delete()


@transaction.atomic
def load_organisations(*, by: User | None, organisations: Iterable[Mapping[str, str]]) -> int:
    """Writes the rulebook's organisations (`key`, `name`, `kind`); returns how many were new or changed.

    What the document names only as a group (`collective`) has no members and is left out.
    Raises ValueError for a kind that is none of OrganisationKind.
    """
    changed = [entry["key"] for entry in organisations if entry["kind"] != COLLECTIVE and _load(entry)]
    if changed:
        record(by=by, verb="accounts.load_organisations", subject="organisations", detail={"keys": changed})
    return len(changed)


def _load(entry: Mapping[str, str]) -> bool:
    wanted = {"name": entry["name"], "kind": OrganisationKind(entry["kind"]).value}
    if Organisation.objects.filter(key=entry["key"], **wanted).exists():
        return False
    Organisation.objects.update_or_create(key=entry["key"], defaults=wanted)
    return True


def _describe(membership: Membership) -> dict[str, str]:
    return {"organisation": membership.organisation.key, "role": membership.role}

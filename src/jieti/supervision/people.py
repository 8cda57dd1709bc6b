"""Who a rulebook's `owner` and `alarm` name: the bodies, their roles here, and the people who hold them."""

from collections.abc import Iterable
from dataclasses import dataclass

from jieti.accounts.models import DISTRICT_REGULATOR, Jurisdiction, Membership, Organisation, Role


@dataclass(frozen=True, slots=True)
class Addressee:
    """A body, or those of its members who hold one role."""

    organisation: Organisation
    role: str = ""

    @property
    def label(self) -> str:
        """As people write it: the body, and the role if it is one."""
        name = self.organisation.short or self.organisation.name
        return f"{name}{Role(self.role).label}" if self.role else name

    def people(self) -> list[str]:
        """The names of those who are told."""
        held = Membership.objects.filter(organisation=self.organisation, user__is_active=True).select_related("user")
        if self.role:
            held = held.filter(role=self.role)
        return sorted({str(one.user) for one in held})


class Bodies:
    """The bodies of a jurisdiction and of the city above it by their keys; of two with one key the one with members."""

    def __init__(self, jurisdiction: Jurisdiction) -> None:
        homes = [one for one in (jurisdiction, jurisdiction.parent) if one is not None]
        members = Membership.objects.filter(organisation__jurisdiction__in=homes, user__is_active=True)
        staffed = set(members.values_list("organisation_id", flat=True))
        found = list(Organisation.objects.filter(jurisdiction__in=homes))
        found.sort(key=lambda one: (one.pk in staffed, one.jurisdiction_id == jurisdiction.pk))
        self._by_key = {one.key: one for one in found}

    def named(self, key: str) -> Addressee | None:
        """Whom a key names: a role at the district regulator, or a body. None where nobody has loaded the body."""
        role = key if key in Role.values else ""
        found = self._by_key.get(DISTRICT_REGULATOR if role else key)
        return Addressee(found, role) if found else None

    def all_named(self, keys: Iterable[str]) -> tuple[Addressee, ...]:
        """Those of several keys, each once, in their order."""
        return tuple(dict.fromkeys(found for key in keys if (found := self.named(key)) is not None))

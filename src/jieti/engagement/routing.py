"""Who deals with what: the bodies that the rulebook names for grievances and needs (`procedure.yaml`: services)."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Q

from jieti.accounts.models import TOWN_KINDS, Jurisdiction, Organisation
from jieti.engagement.models import Grievance
from jieti.kit.errors import Refusal
from jieti.registry.models import Business
from jieti.rulebooks.catalogue import procedure_of

OWN_TOWN = "own_town"


def taker_of(jurisdiction: Jurisdiction, kind: str, accused: Organisation | None) -> Organisation:
    """Who takes in a grievance: for fees, levies and conduct discipline, never the body complained of.

    Raises Refusal where the rulebook names nobody who is here.
    """
    list_of = "discipline" if kind in Grievance.CONFIDENTIAL else "grievances"
    named = _services(jurisdiction).get(list_of, ())
    return _first(jurisdiction, named, but=accused)


def confidants_of(jurisdiction: Jurisdiction) -> list[Organisation]:
    """The bodies that may handle a grievance told in confidence."""
    named = _services(jurisdiction).get("discipline", ())
    return [one for key in named if (one := organisation_of(jurisdiction, key))]


def handler_of_need(business: Business, kind: str) -> Organisation:
    """Who deals with a need of a business; without a town of its own here, whoever takes in grievances.

    Raises Refusal where the rulebook names nobody who is here.
    """
    services = _services(business.jurisdiction)
    key = services.get("needs", {}).get(kind, "")
    found = town_of(business) if key == OWN_TOWN else organisation_of(business.jurisdiction, key)
    return found or _first(business.jurisdiction, services.get("grievances", ()))


def adviser_on_conversion(jurisdiction: Jurisdiction) -> Organisation | None:
    """Who tells converted businesses about 专精特新; None where the rulebook names nobody who is here."""
    return organisation_of(jurisdiction, _services(jurisdiction).get("conversions", ""))


def town_of(business: Business) -> Organisation | None:
    """The body of the town where the business is, by the name that the register gives."""
    named = Q(short=business.town) | Q(name=business.town)
    towns = Organisation.objects.filter(named, jurisdiction=business.jurisdiction_id, kind__in=TOWN_KINDS)
    return towns.first() if business.town else None


def organisation_of(jurisdiction: Jurisdiction, key: str) -> Organisation | None:
    """A body of the jurisdiction, else of the city above it: both may have one of the same key."""
    homes = (jurisdiction.pk, jurisdiction.parent_id)
    found = {one.jurisdiction_id: one for one in Organisation.objects.filter(jurisdiction__in=homes, key=key)}
    return next((found[home] for home in homes if home in found), None)


def _services(jurisdiction: Jurisdiction) -> Mapping[str, Any]:
    services: Mapping[str, Any] = procedure_of(jurisdiction).get("services", {})
    return services


def _first(jurisdiction: Jurisdiction, named: Iterable[str], *, but: Organisation | None = None) -> Organisation:
    for key in named:
        found = organisation_of(jurisdiction, key)
        if found is not None and found != but:
            return found
    raise Refusal(
        "本区规则没有写明这类事项由谁办理。", what_to_do="请管理员在规则的 procedure.yaml 中补上 services，并载入单位。"
    )

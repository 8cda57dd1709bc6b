"""Whose matters a user may look at: nobody sees another district's cases."""

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser

from jieti.accounts.models import CITY_REGULATOR, DISTRICT_REGULATOR, Jurisdiction, Organisation

Visitor = AbstractBaseUser | AnonymousUser


def jurisdictions_of(user: Visitor) -> tuple[Jurisdiction, ...]:
    """The jurisdictions in the user's scope, by code; a city officer's hold the districts of the city."""
    if not user.is_authenticated or not user.is_active:
        return ()
    return tuple(Jurisdiction.objects.seen_by(user).order_by("code"))


def jurisdiction_of(user: Visitor, chosen: str = "") -> Jurisdiction | None:
    """Where the user works: the division code chosen if in scope, else the site's, else the first in scope."""
    found = {one.code: one for one in jurisdictions_of(user)}
    own = next((one for one in found.values() if one.rulebook == settings.JURISDICTION), None)
    return found.get(chosen) or own or next(iter(found.values()), None)


def in_scope(user: Visitor, jurisdiction: Jurisdiction) -> bool:
    """Officers of the jurisdiction, and officers of the city above it."""
    return jurisdiction in jurisdictions_of(user)


def regulator_of(jurisdiction: Jurisdiction) -> Organisation:
    """The regulator that handles a jurisdiction's cases: the district's, in a city the city's."""
    keys = (DISTRICT_REGULATOR, CITY_REGULATOR)
    found = {one.key: one for one in Organisation.objects.filter(jurisdiction=jurisdiction, key__in=keys)}
    return found.get(DISTRICT_REGULATOR) or found[CITY_REGULATOR]

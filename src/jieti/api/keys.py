"""Who calls: a key, by it an officer and the organisation that they act for."""

from typing import cast

from django.http import HttpRequest
from ninja.security import HttpBearer

from jieti.accounts.models import ApiKey, Jurisdiction, Organisation, User
from jieti.kit import clock


class KeyRequest(HttpRequest):
    """A request with a key in force."""

    auth: ApiKey
    user: User
    organisation: Organisation
    jurisdiction: Jurisdiction


class KeyAuth(HttpBearer):
    """`Authorization: Bearer <secret>` with a key that is in force, whose officer still works for its organisation."""

    def authenticate(self, request: HttpRequest, token: str) -> ApiKey | None:
        """The key, or None, which answers 401."""
        keys = ApiKey.objects.in_force(clock.today()).of_secret(token)
        key = keys.select_related("user", "organisation__jurisdiction").first()
        if key is None or not key.user.is_active:
            return None
        if not key.organisation.memberships.filter(user=key.user).exists():
            return None
        request.user, caller = key.user, cast("KeyRequest", request)
        caller.organisation, caller.jurisdiction = key.organisation, key.organisation.jurisdiction
        return key


key_auth = KeyAuth()

"""The businesses that whoever has logged in may look after: their own, and those entrusted to them today."""

from django.shortcuts import get_object_or_404

from jieti.accounts.disclosure import Reader, reader_of
from jieti.kit import clock
from jieti.registry.mandates import is_proprietor
from jieti.registry.models import Business
from jieti.web.access import MemberRequest


def handled(request: MemberRequest, uscc: str) -> Business:
    """A business of the user's, or of which they hold a mandate; anybody else's is not found."""
    mine = Business.objects.handled_by(request.user, on=clock.today()).select_related("jurisdiction")
    return get_object_or_404(mine, pk=uscc)


def owned(request: MemberRequest, uscc: str) -> Business:
    """A business whose proprietor the user is; an agent's is not found."""
    return get_object_or_404(Business.objects.owned_by(request.user).select_related("jurisdiction"), pk=uscc)


def is_agent(request: MemberRequest, business: Business) -> bool:
    """Whether the user looks after the business for its proprietor."""
    return not is_proprietor(request.user, business)


def reader(request: MemberRequest, business: Business) -> Reader:
    """The user as a reader of the business's data."""
    return reader_of(request.user, business.jurisdiction, owns=[business.pk])

"""How often one address of the network may write something here without an account."""

from allauth.account.adapter import get_adapter
from django.core.cache import cache
from django.http import HttpRequest

from jieti.kit.protection import keyed_hash

HOUR = 60 * 60


def counted(request: HttpRequest, what: str, *, most: int) -> bool:
    """Counts one more of `what` from the reader's network address within the hour, by a hash; False: too many."""
    key = f"{what}:{keyed_hash(get_adapter().get_client_ip(request))}"
    before: int = cache.get(key, 0)
    if before >= most:
        return False
    cache.set(key, before + 1, HOUR)
    return True

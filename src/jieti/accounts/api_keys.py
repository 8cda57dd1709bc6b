"""Issuing and revoking the keys by which departments' systems act over HTTP."""

import secrets
from dataclasses import dataclass
from datetime import date

from django.db import transaction

from jieti.accounts.models import ApiKey, Organisation, User, hash_of_secret
from jieti.audit.actions import record
from jieti.domain.periods import add_years
from jieti.kit import clock
from jieti.kit.errors import Refusal

LONGEST_YEARS = 1
SECRET_BYTES = 32


@dataclass(frozen=True, slots=True)
class Issued:
    """A new key and its secret, which nobody will be shown again."""

    key: ApiKey
    secret: str


@transaction.atomic
def issue_api_key(*, by: User, organisation: Organisation, name: str, expires_on: date) -> Issued:
    """A key for `by` to act for the organisation until `expires_on`, at most a year from today.

    Raises Refusal when `by` is no member of the organisation, without a purpose, or for another end.
    """
    if not organisation.memberships.filter(user=by).exists():
        raise Refusal(f"您不是{organisation}的工作人员。", what_to_do="请由该单位的工作人员申请密钥。")
    if not name.strip():
        raise Refusal("没有填写用途。", what_to_do="请写明由哪个系统使用。")
    today = clock.today()
    if not today <= expires_on <= add_years(today, LONGEST_YEARS):
        raise Refusal("有效期应在今天到一年之内。", what_to_do="请另选日期；到期前可以换发新密钥。")
    secret = secrets.token_urlsafe(SECRET_BYTES)
    key = ApiKey.objects.create(
        organisation=organisation,
        user=by,
        name=name.strip(),
        secret_hash=hash_of_secret(secret),
        expires_on=expires_on,
    )
    _record(by, "accounts.issue_api_key", key)
    return Issued(key, secret)


@transaction.atomic
def revoke_api_key(*, by: User, key: ApiKey) -> ApiKey:
    """Ends the key at once; ending it twice changes nothing."""
    key = ApiKey.objects.select_for_update().get(pk=key.pk)
    if key.revoked_at is None:
        key.revoked_at = clock.now()
        key.save(update_fields=["revoked_at"])
        _record(by, "accounts.revoke_api_key", key)
    return key


def _record(by: User, verb: str, key: ApiKey) -> None:
    detail = {"organisation": key.organisation.key, "name": key.name, "expires_on": key.expires_on.isoformat()}
    record(by=by, verb=verb, subject=f"api_key:{key.pk}", detail=detail, on_behalf_of=key.organisation.key)

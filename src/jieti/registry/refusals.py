"""The rows that went back, as far as a reader may see them; whoever sees what the file held leaves a record of it."""

from collections.abc import Iterable

from jieti.accounts.disclosure import ROUTINE, Reader, may_see
from jieti.accounts.models import User
from jieti.accounts.perms import may_deliver_for
from jieti.audit.actions import record_read
from jieti.registry.feeds import supplier_of
from jieti.registry.models import Delivery, RefusedRow

VALUE, REASON, RAW = (f"registry.RefusedRow.{field}" for field in ("value", "reason", "raw"))
WITHHELD = "（不予显示）"
"""Stands for what the reader may not see; why a row went back may repeat what it held."""


def shown_findings(findings: Iterable[RefusedRow], *, delivery: Delivery, reader: Reader) -> list[RefusedRow]:
    """The findings, not to be saved, with their values and reasons or, for those who may not see them, without."""
    found = list(findings)
    if not found:
        return found
    if sees_rows(reader, delivery, VALUE):
        if any(one.value for one in found):
            record_reading(reader, delivery, VALUE, REASON)
        return found
    for one in found:
        one.value, one.reason = WITHHELD if one.value else "", WITHHELD
    return found


def sees_rows(reader: Reader, delivery: Delivery, item: str) -> bool:
    """Whom the declaration names for the item; and who delivers the source, of whatever jurisdiction they are."""
    if may_see(reader, item):
        return True
    supplier = supplier_of(delivery.jurisdiction, delivery.source_key)
    return may_deliver_for(reader.user, supplier, delivery.jurisdiction)


def record_reading(reader: Reader, delivery: Delivery, *items: str) -> None:
    """That the reader saw these items of a delivery's rows."""
    if not isinstance(reader.user, User):
        raise TypeError("nobody who has not logged in is shown a delivery's rows")
    record_read(
        by=reader.user,
        subject=f"delivery:{delivery.pk}",
        fields=items,
        reason=ROUTINE,
        on_behalf_of="、".join(post.text for post in reader.posts),
        jurisdiction=delivery.jurisdiction_id,
    )

"""Receiving the departments' files."""

import datetime
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import IO

from django.db import connection, transaction

from jieti.accounts.models import User
from jieti.audit.actions import record
from jieti.kit.errors import Refusal
from jieti.registry.cleaning import Cleaned, Received, clean
from jieti.registry.findings import Ledger
from jieti.registry.kinds import FileKind, tell_kind
from jieti.registry.loading import load_businesses, load_findings
from jieti.registry.models import Business, Delivery, Proprietorship
from jieti.registry.sheets import tell_encoding
from jieti.registry.sources import BUSINESS, register_source, source_of
from jieti.registry.storing import Stored, new_clean_table, store
from rulecore.model import Source

Progress = Callable[[int], None]


def receive_delivery(
    *,
    by: User,
    source_key: str,
    file: IO[bytes],
    file_name: str,
    as_of: datetime.date,
    mode: str = Delivery.Mode.FULL,
    progress: Progress | None = None,
) -> Delivery:
    """Keeps the file, reads and checks it row by row, and makes what is good the source's table.

    A full delivery replaces the source's table. A supplement goes into the latest one: in the register a code that
    comes again replaces its row, elsewhere rows are added. A file that cannot be used gives a delivery of status
    refused whose message says why. The same file once accepted is not read again: the earlier delivery comes back
    with `already_received`. `progress` is told the rows read so far. Raises Refusal for an unknown source.
    """
    source = source_of(source_key)
    stored = store(file)
    receipt = _Receipt(by, source, stored, PurePath(file_name).name[:255], as_of, Delivery.Mode(mode))
    with _one_at_a_time(source_key):
        earlier = Delivery.objects.accepted().filter(source_key=source_key, sha256=stored.sha256, mode=mode).first()
        if earlier:
            return _received_again(receipt, earlier)
        return _read(receipt, progress or _silent)


@transaction.atomic
def link_proprietor(*, by: User | None, user: User, business: Business) -> Proprietorship:
    """Lets `user` see the business as its proprietor; doing it twice changes nothing and is recorded once."""
    link, created = Proprietorship.objects.get_or_create(user=user, business=business)
    if created:
        record(by=by, verb="registry.link_proprietor", subject=f"business:{business.pk}", detail={"user": user.pk})
    return link


@dataclass(frozen=True)
class _Receipt:
    """A file handed in."""

    by: User
    source: Source
    stored: Stored
    file_name: str
    as_of: datetime.date
    mode: Delivery.Mode

    def delivery(self, **fields: object) -> Delivery:
        return Delivery(
            source_key=self.source.key,
            mode=self.mode,
            file_name=self.file_name,
            sha256=self.stored.sha256,
            stored_as=self.stored.relative,
            as_of=self.as_of,
            received_by=self.by,
            **fields,
        )


@contextmanager
def _one_at_a_time(source_key: str) -> Iterator[None]:
    """Deliveries of one source wait for each other: a supplement must go into the table that is then the latest."""
    key = f"registry.delivery:{source_key}"
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_lock(hashtextextended(%s, 0))", [key])
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("select pg_advisory_unlock(hashtextextended(%s, 0))", [key])


def _silent(_rows: int) -> None:
    """Nobody asked for progress."""


def _read(receipt: _Receipt, progress: Progress) -> Delivery:
    with tempfile.TemporaryDirectory() as work:
        reading = _Reading(receipt, Ledger(Path(work) / "findings.jsonl"))
        try:
            with new_clean_table(receipt.source.key) as place:
                cleaned = _clean(reading, place.path, progress)
                return _accept(reading, place, cleaned)
        except Refusal as refusal:
            return _refuse(reading, refusal)


@dataclass
class _Reading:
    """A receipt being read, and what was found out so far."""

    receipt: _Receipt
    ledger: Ledger
    kind: FileKind | None = None
    encoding: str = ""
    base: Delivery | None = None


def _base(receipt: _Receipt) -> Delivery | None:
    if receipt.mode is Delivery.Mode.FULL:
        return None
    base = Delivery.objects.accepted().latest_for(receipt.source.key)
    if base is None:
        raise Refusal(f"“{receipt.source.title}”还没有全量送数，没有可补充的表。", what_to_do="请改选“全量”送数。")
    return base


def _clean(reading: _Reading, out: Path, progress: Progress) -> Cleaned:
    receipt = reading.receipt
    reading.base = _base(receipt)
    kind = reading.kind = tell_kind(receipt.stored.path, receipt.file_name)
    reading.encoding = tell_encoding(receipt.stored.path) if kind is FileKind.CSV else ""
    register = Delivery.objects.accepted().latest_for(register_source().key)
    received = Received(
        path=receipt.stored.path,
        kind=kind,
        encoding=reading.encoding,
        source=receipt.source,
        base=reading.base.clean_file if reading.base else None,
        register=register.clean_file if register and receipt.source.rows != BUSINESS else None,
    )
    with reading.ledger:
        return clean(received, out, reading.ledger, progress)


@transaction.atomic
def _accept(reading: _Reading, place: Stored, cleaned: Cleaned) -> Delivery:
    delivery = reading.receipt.delivery(
        status=Delivery.Status.ACCEPTED,
        base=reading.base,
        clean_path=place.relative,
        clean_rows=cleaned.rows,
        message=" ".join([_tally(reading.ledger), *cleaned.notes]),
        **_columns(reading, reading.ledger),
    )
    delivery.save(force_insert=True)
    load_findings(delivery, reading.ledger.findings())
    if reading.receipt.source.rows == BUSINESS:
        load_businesses(delivery)
    _record(reading.receipt, delivery)
    return delivery


@transaction.atomic
def _refuse(reading: _Reading, refusal: Refusal) -> Delivery:
    """A delivery refused whole; its rows are reported only where every one of them was looked at."""
    ledger = reading.ledger
    read_to_the_end = ledger.refused > 0 and ledger.taken == 0
    columns = _columns(reading, ledger if read_to_the_end else Ledger(ledger.path))
    delivery = reading.receipt.delivery(status=Delivery.Status.REFUSED, message=str(refusal), **columns)
    delivery.save(force_insert=True)
    if read_to_the_end:
        load_findings(delivery, ledger.findings())
    _record(reading.receipt, delivery)
    return delivery


def _columns(reading: _Reading, ledger: Ledger) -> dict[str, object]:
    return {
        "kind": reading.kind or "",
        "encoding": reading.encoding,
        "rows": ledger.rows,
        "taken": ledger.taken,
        "refused": ledger.refused,
        "skipped": ledger.skipped,
        "warned": ledger.warned,
        "orphans": ledger.orphans,
        "skipped_reasons": dict(ledger.skipped_reasons),
        "headers": ledger.headers,
    }


def _tally(ledger: Ledger) -> str:
    reasons = "、".join(f"{why}{count}" for why, count in ledger.skipped_reasons.items())
    skipped = f"，略过{ledger.skipped}（{reasons}）" if ledger.skipped else ""
    orphans = f"，其中{ledger.orphans}行的代码不在名册" if ledger.orphans else ""
    return f"共{ledger.rows}行：读入{ledger.taken}{orphans}，退回{ledger.refused}{skipped}。"


def _received_again(receipt: _Receipt, earlier: Delivery) -> Delivery:
    earlier.already_received = True
    subject = f"delivery:{earlier.pk}"
    record(by=receipt.by, verb="registry.receive_again", subject=subject, detail={"file_name": receipt.file_name})
    return earlier


def _record(receipt: _Receipt, delivery: Delivery) -> None:
    counts = {key: getattr(delivery, key) for key in ("rows", "taken", "refused", "skipped", "warned", "orphans")}
    record(
        by=receipt.by,
        verb="registry.receive_delivery",
        subject=f"delivery:{delivery.pk}",
        clause=receipt.source.clause,
        detail={
            "source": receipt.source.key,
            "mode": delivery.mode,
            "file_name": delivery.file_name,
            "sha256": delivery.sha256,
            "as_of": delivery.as_of.isoformat(),
            "status": delivery.status,
            **counts,
        },
    )

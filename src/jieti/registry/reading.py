"""Reads a received delivery to its end: a clean table, a finding for every row that needs one, and whether it is like
the delivery before it. Nothing of it counts until a second officer confirms it.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from jieti.audit.actions import record
from jieti.kit.errors import Refusal
from jieti.registry import stability
from jieti.registry.cleaning import Cleaned, Received, clean
from jieti.registry.findings import Ledger
from jieti.registry.kinds import FileKind, tell_kind
from jieti.registry.loading import load_findings
from jieti.registry.models import Delivery, Feed
from jieti.registry.sheets import tell_encoding
from jieti.registry.sources import BUSINESS, register_source, source_of
from rulecore.model import Source

Progress = Callable[[int], None]
WORKPLACES = "reading"
"""The folder, below the data directory, of what is being read; nothing in it outlives its reading."""
BROKEN = "系统读入这个文件时出错，没有读入任何数据。请重新送数；再次出错的，请联系管理员。"


def read_delivery(delivery: Delivery, progress: Progress | None = None) -> Delivery:
    """Brings a received delivery to checked, held or refused; the delivery as it then is.

    Does nothing to one that has been read. One whose reader died is read again from the start, and comes out as if
    nothing had happened. Rows read so far stand in `Delivery.read`, and `progress` is told them. A fault of the
    system is raised and leaves the delivery to be read again.
    """
    with _held(delivery):
        if not _begin(delivery):
            return Delivery.objects.get(pk=delivery.pk)
        with _workplace(delivery) as work:
            reading = _Reading(Delivery.objects.get(pk=delivery.pk), work, Ledger(work / "findings.jsonl"))
            try:
                cleaned = _clean(reading, progress or _silent)
            except Refusal as refusal:
                _refuse(reading, refusal)
            else:
                _finish(reading, cleaned)
    return Delivery.objects.get(pk=delivery.pk)


@transaction.atomic
def give_up(delivery: Delivery) -> None:
    """Refuses a delivery that the system failed to read again and again; it may be sent anew."""
    going = (Delivery.Status.RECEIVED, Delivery.Status.READING)
    if Delivery.objects.filter(pk=delivery.pk, status__in=going).update(status="refused", message=BROKEN):
        _record(delivery, "registry.give_up_delivery", {"source": delivery.source_key})


def differences_of(delivery: Delivery) -> list[stability.Difference]:
    """The delivery's figures beside those of the delivery that counts now; its own where it counts itself."""
    source = source_of(delivery.source_key, delivery.jurisdiction)
    before = _counting(delivery)
    limits = _limits(delivery)
    return stability.compare(source, delivery.profile, before.profile if before and before.profile else None, limits)


def instability_of(delivery: Delivery) -> list[str]:
    """What makes a delivery differ too much from the one that counts now, in Chinese; empty when nothing does."""
    found = stability.complaints(differences_of(delivery)) if _limits(delivery) else []
    before = _counting(delivery)
    if before and before.as_of > delivery.as_of:
        found.append(f"数据截至{delivery.as_of}，比已生效的数据（截至{before.as_of}）旧")
    return found


@dataclass
class _Reading:
    """A delivery being read, where, and what was found out so far."""

    delivery: Delivery
    work: Path
    ledger: Ledger
    kind: FileKind | None = None
    encoding: str = ""
    base: Delivery | None = None

    @property
    def source(self) -> Source:
        return source_of(self.delivery.source_key, self.delivery.jurisdiction)

    @property
    def draft(self) -> Path:
        return self.work / "clean.parquet"


@contextmanager
def _held(delivery: Delivery) -> Iterator[None]:
    """The delivery is this process's alone; the hold ends with the block or with the process."""
    key = [f"registry.reading:{delivery.pk}"]
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_lock(hashtextextended(%s, 0))", key)
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("select pg_advisory_unlock(hashtextextended(%s, 0))", key)


@contextmanager
def _workplace(delivery: Delivery) -> Iterator[Path]:
    """A folder of the delivery's own, without what a reader that died has left there."""
    folder = Path(settings.DATA_DIR) / WORKPLACES / str(delivery.pk)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _begin(delivery: Delivery) -> bool:
    going = (Delivery.Status.RECEIVED, Delivery.Status.READING)
    begun = Delivery.objects.filter(pk=delivery.pk, status__in=going).update(status=Delivery.Status.READING, read=0)
    return begun == 1


def _silent(_rows: int) -> None:
    """Nobody asked for progress."""


def _base(delivery: Delivery, source: Source) -> Delivery | None:
    """The table that a supplement goes into. Raises Refusal where none counts yet."""
    if delivery.mode == Delivery.Mode.FULL:
        return None
    own = Delivery.objects.of(delivery.jurisdiction).of_source(delivery.source_key)
    if base := own.accepted().latest_for(delivery.source_key):
        return base
    refusal = f"“{source.title}”还没有生效的全量送数，没有可补充的表。"
    undecided = (Delivery.Status.CHECKED, Delivery.Status.HELD, Delivery.Status.CONFIRMING)
    if full := own.filter(mode=Delivery.Mode.FULL, status__in=undecided).first():
        state = full.get_status_display()
        todo = f"第{full.pk}批全量送数{state}；请等它复核生效以后，再送一次这份补充。"
        raise Refusal(refusal, what_to_do=todo)
    raise Refusal(refusal, what_to_do="请改选“全量”送数。")


def _clean(reading: _Reading, progress: Progress) -> Cleaned:
    delivery, source = reading.delivery, reading.source
    reading.base = _base(delivery, source)
    kind = reading.kind = tell_kind(delivery.stored_file, delivery.file_name)
    reading.encoding = tell_encoding(delivery.stored_file) if kind is FileKind.CSV else ""
    accepted = Delivery.objects.of(delivery.jurisdiction).accepted()
    register = accepted.latest_for(register_source(delivery.jurisdiction).key)
    received = Received(
        path=delivery.stored_file,
        kind=kind,
        encoding=reading.encoding,
        source=source,
        base=reading.base.clean_file if reading.base else None,
        register=register.clean_file if register and source.rows != BUSINESS else None,
        as_of=delivery.as_of,
    )

    def tell(rows: int) -> None:
        Delivery.objects.filter(pk=delivery.pk).update(read=rows)
        progress(rows)

    with reading.ledger:
        return clean(received, reading.draft, reading.ledger, tell)


def _finish(reading: _Reading, cleaned: Cleaned) -> None:
    """The clean table takes its place, then the report and the status come together or not at all."""
    delivery, ledger = reading.delivery, reading.ledger
    delivery.profile = stability.profile_of(reading.source, reading.draft)
    delivery.instability = instability_of(delivery)
    delivery.base = reading.base
    delivery.clean_path = _settle(reading)
    delivery.clean_rows = cleaned.rows
    delivery.message = " ".join(cleaned.notes)
    delivery.status = Delivery.Status.HELD if delivery.instability else Delivery.Status.CHECKED
    _save(reading, ledger, with_findings=True)


def _settle(reading: _Reading) -> str:
    """Puts the draft where the delivery's table lies, on the disk before the database says so.

    The place follows from the delivery, so that a further reading puts its table over that of one that died.
    """
    relative = f"clean/{reading.delivery.source_key}/{reading.delivery.pk}.parquet"
    target = Path(settings.DATA_DIR) / relative
    target.parent.mkdir(parents=True, exist_ok=True)
    with reading.draft.open("rb") as file:
        os.fsync(file.fileno())
    reading.draft.replace(target)
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return relative


def _refuse(reading: _Reading, refusal: Refusal) -> None:
    """Refused whole; its rows are reported only where every one of them was looked at."""
    ledger = reading.ledger
    read_to_the_end = ledger.refused > 0 and ledger.taken == 0
    reading.delivery.message = str(refusal)
    reading.delivery.status = Delivery.Status.REFUSED
    _save(reading, ledger if read_to_the_end else Ledger(ledger.path), with_findings=read_to_the_end)


@transaction.atomic
def _save(reading: _Reading, ledger: Ledger, *, with_findings: bool) -> None:
    delivery = reading.delivery
    for field, value in _columns(reading, ledger).items():
        setattr(delivery, field, value)
    delivery.save()
    if with_findings:
        load_findings(delivery, ledger.findings())
    counts = {key: getattr(delivery, key) for key in ("rows", "taken", "refused", "skipped", "warned", "orphans")}
    _record(delivery, "registry.check_delivery", {"source": delivery.source_key, "status": delivery.status, **counts})


def _columns(reading: _Reading, ledger: Ledger) -> dict[str, object]:
    return {
        "kind": reading.kind or "",
        "encoding": reading.encoding,
        "read": ledger.rows,
        "rows": ledger.rows,
        "taken": ledger.taken,
        "refused": ledger.refused,
        "skipped": ledger.skipped,
        "warned": ledger.warned,
        "orphans": ledger.orphans,
        "skipped_reasons": dict(ledger.skipped_reasons),
        "headers": ledger.headers,
    }


def _counting(delivery: Delivery) -> Delivery | None:
    """The other delivery of the source that counts now, or counted before this one did."""
    others = Delivery.objects.of(delivery.jurisdiction).accepted().exclude(pk=delivery.pk)
    if delivery.known_at:
        others = others.known_at(delivery.known_at)
    return others.latest_for(delivery.source_key)


def _limits(delivery: Delivery) -> dict[str, Any]:
    feed = Feed.objects.filter(jurisdiction_id=delivery.jurisdiction_id, source_key=delivery.source_key).first()
    return feed.stability if feed else {}


def _record(delivery: Delivery, verb: str, detail: dict[str, object]) -> None:
    subject = f"delivery:{delivery.pk}"
    record(by=None, verb=verb, subject=subject, detail=detail, jurisdiction=delivery.jurisdiction_id)

"""Receiving the departments' files, and deciding whether they count."""

import datetime
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import PurePath
from typing import IO

from django.db import connection, transaction
from procrastinate.contrib.django import app

from jieti.accounts.models import Jurisdiction, User
from jieti.accounts.scope import jurisdiction_of
from jieti.audit.actions import record
from jieti.kit import clock
from jieti.kit.errors import Refusal
from jieti.registry.models import Business, Delivery, Feed, Proprietorship
from jieti.registry.reading import instability_of
from jieti.registry.registering import load_register
from jieti.registry.sources import BUSINESS, source_of
from jieti.registry.storing import Stored, store
from rulecore.model import Source

TASK = "registry.read_delivery"
LOAD_TASK = "registry.load_delivery"
AT_ONCE = 5_000
"""A register of so many rows is loaded within a second, while its second officer waits."""
GOING_OR_GOOD = (
    Delivery.Status.RECEIVED,
    Delivery.Status.READING,
    Delivery.Status.CHECKED,
    Delivery.Status.HELD,
    Delivery.Status.CONFIRMING,
    Delivery.Status.ACCEPTED,
)
NOT_LOADED = "复核以后系统载入时出错，没有生效，原有数据保持不变。请再次复核确认；再次出错的，请联系管理员。"


def receive_delivery(
    *,
    by: User,
    source_key: str,
    file: IO[bytes],
    file_name: str,
    as_of: datetime.date,
    mode: str = Delivery.Mode.FULL,
    channel: str = Delivery.Channel.WEB,
    idempotency_key: str = "",
    jurisdiction: Jurisdiction | None = None,
    is_correction: bool = False,
) -> Delivery:
    """Keeps the file and queues its reading (registry.tasks); nothing of it counts before it is confirmed.

    The same file that is on its way or was accepted is not taken twice: the earlier delivery comes back with
    `already_received`; so does a push with a key that has been used for the same bytes. Raises Refusal for an unknown
    source, one that is switched off, and a key that has been used for another file. A correction is a supplement
    that mends what earlier deliveries told wrong.
    """
    home = jurisdiction or jurisdiction_of(by) or Jurisdiction.objects.site()
    source = source_of(source_key, home)
    if Feed.objects.filter(jurisdiction=home, source_key=source_key, is_active=False).exists():
        raise Refusal(f"“{source.title}”已停止接收。", what_to_do="请与区市场监管局联系。")
    name = PurePath(file_name).name[:255]
    return _receive(
        _Receipt(
            by, home, source, store(file), name, as_of, Delivery.Mode(mode), channel, idempotency_key, is_correction
        )
    )


def confirm_delivery(*, by: User, delivery: Delivery, reason: str = "") -> Delivery:
    """Makes a checked delivery count from this moment, all of it or nothing: the register's rows are loaded with it.

    Raises Refusal for who delivered it, for one that is not waiting, while another of its source is being loaded, and
    without a reason where it differs much from the delivery that counts now. A supplement of a table that is no longer
    the latest is read anew first, and refused this time.
    """
    return _confirmed(by, delivery, reason, _accept)


def order_confirmation(*, by: User, delivery: Delivery, reason: str = "", follow_up: str = "") -> Delivery:
    """`confirm_delivery` without the wait: what takes long is loaded in the background (registry.tasks).

    The delivery that comes back is accepted or, a large one of the register, confirming. `follow_up` names a task that
    is queued with the delivery's number when a delivery that was confirming counts. Raises Refusal as
    `confirm_delivery` does.
    """
    return _confirmed(by, delivery, reason, partial(_accept_or_order, follow_up=follow_up))


@transaction.atomic
def load_confirmed(*, delivery: Delivery, follow_up: str = "") -> Delivery:
    """Loads a delivery that was confirmed, so that it counts; does nothing to any other, so that twice is as once."""
    found = Delivery.objects.select_for_update(of=("self",)).get(pk=delivery.pk)
    if found.is_confirming:
        _accept(found)
        if follow_up:
            app.configure_task(follow_up).defer(delivery_id=found.pk)
    return found


@transaction.atomic
def give_up_loading(*, delivery: Delivery) -> None:
    """Has a delivery wait for its second officer again, which the system failed to load again and again."""
    found = Delivery.objects.select_for_update(of=("self",)).get(pk=delivery.pk)
    if found.is_confirming:
        found.status = Delivery.Status.HELD if found.instability else Delivery.Status.CHECKED
        found.confirmed_by, found.confirmation_reason = None, ""
        found.message = f"{found.message} {NOT_LOADED}".strip()
        found.save()
        _record(None, "registry.give_up_loading", found, {"source": found.source_key})


@transaction.atomic
def decline_delivery(*, by: User, delivery: Delivery, reason: str) -> Delivery:
    """Sends a checked delivery back with a reason; it never counts. Raises Refusal as `confirm_delivery` does."""
    found = _locked(delivery)
    _refuse_same_person(by, found)
    if not reason.strip():
        raise Refusal("没有写明退回理由。", what_to_do="请写明理由，送交人才好改正。")
    found.status, found.confirmed_by, found.confirmation_reason = Delivery.Status.DECLINED, by, reason.strip()
    found.save()
    _record(by, "registry.decline_delivery", found, {"reason": found.confirmation_reason})
    return found


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
    jurisdiction: Jurisdiction
    source: Source
    stored: Stored
    file_name: str
    as_of: datetime.date
    mode: Delivery.Mode
    channel: str
    idempotency_key: str
    is_correction: bool

    def delivery(self) -> Delivery:
        return Delivery(
            jurisdiction=self.jurisdiction,
            source_key=self.source.key,
            mode=self.mode,
            channel=self.channel,
            idempotency_key=self.idempotency_key,
            file_name=self.file_name,
            sha256=self.stored.sha256,
            stored_as=self.stored.relative,
            as_of=self.as_of,
            received_by=self.by,
            is_correction=self.is_correction,
        )


@transaction.atomic
def _receive(receipt: _Receipt) -> Delivery:
    _one_at_a_time(receipt.jurisdiction, receipt.source.key)
    earlier = _pushed_before(receipt) or _on_its_way_or_accepted(receipt)
    if earlier:
        earlier.already_received = True
        _record(receipt.by, "registry.receive_again", earlier, {"file_name": receipt.file_name})
        return earlier
    delivery = receipt.delivery()
    delivery.save(force_insert=True)
    _queue(delivery)
    detail = {
        "source": receipt.source.key,
        "mode": delivery.mode,
        "channel": delivery.channel,
        "file_name": delivery.file_name,
        "sha256": delivery.sha256,
        "as_of": delivery.as_of.isoformat(),
    }
    _record(receipt.by, "registry.receive_delivery", delivery, detail)
    return delivery


def _pushed_before(receipt: _Receipt) -> Delivery | None:
    """The delivery that was pushed with the same key. Raises Refusal if it was another file."""
    if not receipt.idempotency_key:
        return None
    pushed = Delivery.objects.of(receipt.jurisdiction).of_source(receipt.source.key)
    earlier = pushed.filter(idempotency_key=receipt.idempotency_key).first()
    if earlier and (earlier.sha256, earlier.mode) != (receipt.stored.sha256, receipt.mode):
        raise Refusal(
            f"防重键“{receipt.idempotency_key}”已经用于另一个文件（第{earlier.pk}批）。",
            what_to_do="每个文件请用一个新的防重键。",
        )
    return earlier


def _on_its_way_or_accepted(receipt: _Receipt) -> Delivery | None:
    same = Delivery.objects.of(receipt.jurisdiction).filter(
        source_key=receipt.source.key, sha256=receipt.stored.sha256, mode=receipt.mode, status__in=GOING_OR_GOOD
    )
    return same.latest_first().first()


def _one_at_a_time(jurisdiction: Jurisdiction, source_key: str) -> None:
    """Receipts and confirmations of one source wait for each other until the transaction ends."""
    key = f"registry.delivery:{jurisdiction.pk}:{source_key}"
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", [key])


def _queue(delivery: Delivery) -> None:
    app.configure_task(TASK, queue="registry", lock=_queue_name(delivery)).defer(delivery_id=delivery.pk)


def _queue_name(delivery: Delivery) -> str:
    """Deliveries of one source are read and loaded one after the other."""
    return f"registry:{delivery.jurisdiction_id}:{delivery.source_key}"


def _locked(delivery: Delivery) -> Delivery:
    """The delivery as it is, for us alone. Raises Refusal unless it waits for a second officer."""
    _one_at_a_time(delivery.jurisdiction, delivery.source_key)
    # Not to wait for one that is being loaded.
    _refuse_decided(Delivery.objects.get(pk=delivery.pk))
    found = Delivery.objects.select_for_update(of=("self",)).get(pk=delivery.pk)
    _refuse_decided(found)
    return found


def _refuse_decided(found: Delivery) -> None:
    if not found.is_waiting:
        raise Refusal(
            f"这批数据{found.get_status_display()}，不能复核。", what_to_do="只有待复核的数据可以确认或退回。"
        )


def _refuse_same_person(by: User, delivery: Delivery) -> None:
    if delivery.received_by_id == by.pk:
        raise Refusal("送交人不能复核自己送交的数据。", what_to_do="请由另一名工作人员复核。")


def _is_stale(delivery: Delivery) -> bool:
    """Whether a supplement was read into a table that another one has replaced since."""
    if delivery.mode == Delivery.Mode.FULL:
        return False
    latest = Delivery.objects.of(delivery.jurisdiction).accepted().latest_for(delivery.source_key)
    return latest is None or latest.pk != delivery.base_id


def _read_anew(by: User, delivery: Delivery) -> None:
    delivery.findings.all().delete()
    Delivery.objects.filter(pk=delivery.pk).update(
        status=Delivery.Status.RECEIVED,
        clean_path="",
        read=0,
        rows=0,
        taken=0,
        refused=0,
        skipped=0,
        warned=0,
        orphans=0,
        clean_rows=0,
        instability=[],
        message="",
    )
    _queue(delivery)
    _record(by, "registry.read_anew", delivery, {})


def _confirmed(by: User, delivery: Delivery, reason: str, take: Callable[[Delivery], None]) -> Delivery:
    with transaction.atomic():
        found = _locked(delivery)
        _refuse_same_person(by, found)
        _refuse_beside_another(found)
        stale = _is_stale(found)
        if stale:
            _read_anew(by, found)
        else:
            _sign(by, found, reason.strip())
            take(found)
    if stale:
        raise Refusal(
            "在这之后另有一份数据生效，这份补充已经按新的数据重新读入。", what_to_do="请等读入完成，核对后再确认。"
        )
    return found


def _refuse_beside_another(delivery: Delivery) -> None:
    others = Delivery.objects.of(delivery.jurisdiction).of_source(delivery.source_key)
    if another := others.filter(status=Delivery.Status.CONFIRMING).first():
        raise Refusal(f"同一来源的第{another.pk}批数据正在生效。", what_to_do="请等它生效以后再确认这一批。")


def _sign(by: User, delivery: Delivery, reason: str) -> None:
    """The second officer's name and reason. Raises Refusal without one where the delivery differs much."""
    delivery.instability = instability_of(delivery)
    if delivery.instability and not reason:
        differences = "；".join(delivery.instability)
        raise Refusal(f"这批数据与已生效的数据相差较大：{differences}。", what_to_do="确认无误的，请写明理由。")
    delivery.confirmed_by, delivery.confirmation_reason = by, reason
    delivery.message = delivery.message.removesuffix(NOT_LOADED).strip()


def _accept_or_order(delivery: Delivery, *, follow_up: str) -> None:
    if delivery.clean_rows > AT_ONCE and _is_of_register(delivery):
        _order(delivery, follow_up=follow_up)
    else:
        _accept(delivery)


def _order(delivery: Delivery, *, follow_up: str) -> None:
    delivery.status = Delivery.Status.CONFIRMING
    delivery.save()
    task = app.configure_task(LOAD_TASK, queue="registry", lock=_queue_name(delivery))
    task.defer(delivery_id=delivery.pk, follow_up=follow_up)
    detail = {"source": delivery.source_key, "rows": delivery.clean_rows}
    _record(delivery.confirmed_by, "registry.order_confirmation", delivery, detail)


def _accept(delivery: Delivery) -> None:
    """Counts from now, by the decision of the officer who signed."""
    delivery.status, delivery.known_at = Delivery.Status.ACCEPTED, clock.now()
    delivery.save()
    source = source_of(delivery.source_key, delivery.jurisdiction)
    if _is_of_register(delivery):
        load_register(delivery)
    detail = {
        "source": source.key,
        "sha256": delivery.sha256,
        "rows": delivery.clean_rows,
        "reason": delivery.confirmation_reason,
    }
    _record(delivery.confirmed_by, "registry.confirm_delivery", delivery, detail, clause=source.clause)


def _is_of_register(delivery: Delivery) -> bool:
    return source_of(delivery.source_key, delivery.jurisdiction).rows == BUSINESS


def _record(by: User | None, verb: str, delivery: Delivery, detail: Mapping[str, object], *, clause: str = "") -> None:
    subject = f"delivery:{delivery.pk}"
    record(by=by, verb=verb, subject=subject, detail=detail, clause=clause, jurisdiction=delivery.jurisdiction_id)

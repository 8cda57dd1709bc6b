"""Telling people something, and taking in what they have read and what they do not want to be told."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.db import transaction
from procrastinate.contrib.django import app
from procrastinate.types import JSONDict

from jieti.accounts.models import Jurisdiction, Organisation, User
from jieti.audit.actions import record
from jieti.kit.protection import encrypt
from jieti.notices.models import Channel, Dispatch, Notice, NoticeRead, Refused
from jieti.notices.templates import template, templates

SEND = "notices.send"
TITLE_LENGTH = 200
A_BATCH = 1000


@dataclass(frozen=True, slots=True)
class Message:
    """One notice to be: to a user, or to an organisation's members (of one `role` if it is said)."""

    subject: str
    recipient: User | None = None
    organisation: Organisation | None = None
    role: str = ""
    values: Mapping[str, object] = field(default_factory=dict)
    link: str = ""
    once: str = ""


def notify(
    *,
    jurisdiction: Jurisdiction,
    kind: str,
    subject: str,
    recipient: User | None = None,
    organisation: Organisation | None = None,
    role: str = "",
    values: Mapping[str, object] | None = None,
    link: str = "",
    once: str = "",
) -> Notice | None:
    """Tells a user, or an organisation's members (of one `role`), by the template `kind` filled with `values`.

    The notice stands on the site; where the template names further channels and the addressee has an address, it is
    queued for them, unless it is no duty and was declined. `subject` is what it is about (`objection:12`), `link` a
    path of the site. With a `once` key that was used before nothing happens and None comes back, whoever else tries at
    the same moment. Raises ``KeyError`` for an unknown kind, or a name of the template that `values` lacks. Belongs in
    the transaction of what it tells of: both happen or neither.
    """
    one = Message(subject, recipient, organisation, role, values or {}, link, once)
    told = notify_all(jurisdiction=jurisdiction, kind=kind, messages=[one])
    return told[0] if told else None


def notify_all(*, jurisdiction: Jurisdiction, kind: str, messages: Iterable[Message]) -> list[Notice]:
    """The same for many messages of one kind, in few statements; the notices that are new."""
    notices = [_notice(jurisdiction, kind, message) for message in messages]
    told: list[Notice] = []
    with transaction.atomic():
        for start in range(0, len(notices), A_BATCH):
            told += _told(notices[start : start + A_BATCH])
    return told


def mark_read(*, by: User, notice: Notice) -> None:
    """The user has opened the notice; again changes nothing."""
    NoticeRead.objects.bulk_create([NoticeRead(notice=notice, user=by)], ignore_conflicts=True)


def mark_all_read(*, by: User) -> int:
    """Everything addressed to the user is read; how many were not."""
    unread = Notice.objects.for_user(by).unread_by(by).values_list("pk", flat=True)
    readings = [NoticeRead(notice_id=pk, user=by) for pk in unread]
    NoticeRead.objects.bulk_create(readings, ignore_conflicts=True, batch_size=A_BATCH)
    return len(readings)


@transaction.atomic
def set_wishes(*, by: User, refused: Iterable[tuple[str, str]]) -> None:
    """From now on the user declines exactly these (kind, channel); duties among them are told all the same.

    Raises ``KeyError`` for an unknown kind.
    """
    User.objects.select_for_update().get(pk=by.pk)
    wanted = {(kind, Channel(channel).value) for kind, channel in refused if not template(kind).is_duty}
    had = set(Refused.objects.filter(user=by).values_list("kind", "channel"))
    if wanted == had:
        return
    Refused.objects.filter(user=by).delete()
    Refused.objects.bulk_create(Refused(user=by, kind=kind, channel=channel) for kind, channel in sorted(wanted))
    detail = {"refused": sorted(f"{kind}:{channel}" for kind, channel in wanted)}
    record(by=by, verb="notices.set_wishes", subject=f"user:{by.pk}", detail=detail)


@transaction.atomic
def set_addresses(*, by: User, email: str, phone: str) -> None:
    """Where the user wants to be reached from now on; empty takes an address away. The record holds no address."""
    user = User.objects.select_for_update().get(pk=by.pk)
    had = user.contact_phone.reveal() if user.contact_phone else ""
    changed = [name for name, is_new in (("email", user.email != email), ("phone", had != phone)) if is_new]
    if changed:
        user.email, user.contact_phone = email, phone or None
        user.save(update_fields=["email", "contact_phone"])
        record(by=by, verb="notices.set_addresses", subject=f"user:{by.pk}", detail={"changed": changed})


def _notice(jurisdiction: Jurisdiction, kind: str, message: Message) -> Notice:
    words = template(kind)
    title, body = words.filled(message.values)
    return Notice(
        jurisdiction=jurisdiction,
        kind=kind,
        is_duty=words.is_duty,
        recipient=message.recipient,
        organisation=message.organisation,
        role=message.role,
        subject=message.subject,
        title=title[:TITLE_LENGTH],
        body=body,
        link=message.link,
        clause=words.clause,
        once=message.once or uuid.uuid4().hex,
    )


def _told(notices: Sequence[Notice]) -> list[Notice]:
    """Those that nobody has written before, written; and queued for the channels of their kind."""
    written = Notice.objects.written_once(notices)
    _dispatch(written)
    return written


def _dispatch(notices: Sequence[Notice]) -> None:
    if not notices or not template(notices[0].kind).channels:
        return
    made = Dispatch.objects.bulk_create(list(_dispatches(notices)), batch_size=A_BATCH)
    if made:
        jobs: list[JSONDict] = [{"dispatch_id": dispatch.pk} for dispatch in made]
        app.configure_task(SEND, queue="notices").batch_defer(*jobs)


def _dispatches(notices: Sequence[Notice]) -> Iterable[Dispatch]:
    """One for each address of each addressee, by their wishes."""
    kind = notices[0].kind
    users = _addressees(notices)
    everybody = {user.pk for found in users.values() for user in found}
    declined = set(Refused.objects.filter(kind=kind, user__in=everybody).values_list("user_id", "channel"))
    for notice in notices:
        for user in users[notice.once]:
            for channel in template(kind).channels:
                address = address_of(user, channel)
                if address and (notice.is_duty or (user.pk, channel) not in declined):
                    yield Dispatch(notice=notice, user=user, channel=channel, address_cipher=encrypt(address))


def _addressees(notices: Sequence[Notice]) -> dict[str, list[User]]:
    """The users of each notice who still have an account, by its key."""
    found: dict[str, list[User]] = {}
    bodies: dict[tuple[int, str], list[User]] = {}
    for notice in notices:
        if notice.recipient is not None:
            found[notice.once] = [notice.recipient] if notice.recipient.is_active else []
            continue
        body = (notice.organisation_id or 0, notice.role)
        if body not in bodies:
            bodies[body] = list(_members(*body))
        found[notice.once] = bodies[body]
    return found


def _members(organisation_id: int, role: str) -> Iterable[User]:
    asked = {"memberships__role": role} if role else {}
    found = User.objects.filter(is_active=True, memberships__organisation_id=organisation_id, **asked)
    return found.distinct().order_by("pk")


def address_of(user: User, channel: str) -> str:
    """Where the user is reached by the channel; empty where they gave no address."""
    if channel == Channel.EMAIL:
        return user.email
    return user.contact_phone.reveal() if user.contact_phone else ""


def declinable() -> tuple[str, ...]:
    """The kinds that people may decline: no duties, and told outside the site."""
    return tuple(key for key, one in templates().items() if one.channels and not one.is_duty)

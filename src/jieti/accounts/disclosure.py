"""Who may see what of whom: the one question that pages, exports and the interface ask before they show data.

What is shown of protected data is recorded; the proprietor can read the record.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser

from jieti.accounts.disclosure_declaration import ANY, DataClass, Item, declared
from jieti.accounts.models import Jurisdiction, Membership, Role
from jieti.audit.actions import record_read
from jieti.kit.protection import Protected, mask_identity, mask_phone

ROUTINE = "日常工作查阅"
SUBJECT = "business:{}"
MASKS = {"identity": mask_identity, "phone": mask_phone}


@dataclass(frozen=True, slots=True)
class Post:
    """A role in an organisation of the jurisdiction at hand."""

    organisation: str
    role: str
    text: str


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody who reads data of one jurisdiction; `owns` are the businesses that are theirs to speak for."""

    user: AbstractBaseUser | AnonymousUser
    jurisdiction: Jurisdiction
    posts: tuple[Post, ...] = ()
    owns: frozenset[str] = frozenset()


class Showing(StrEnum):
    """How a value reaches a reader."""

    VALUE = "value"
    MASKED = "masked"
    WITHHELD = "withheld"


@dataclass(frozen=True, slots=True)
class Shown:
    """What a reader gets of a value; `note` says in Chinese why it is withheld. `is_recorded`: that they saw it."""

    showing: Showing
    value: object = None
    note: str = ""
    is_recorded: bool = False

    @property
    def is_withheld(self) -> bool:
        return self.showing is Showing.WITHHELD

    @property
    def tells(self) -> bool:
        """Whether it shows a value: that something is not known tells nothing of it."""
        return not self.is_withheld and self.value is not None and self.value != ""

    def __bool__(self) -> bool:
        """Whether there is anything to write: a value, or why there is none."""
        return self.is_withheld or self.tells

    def __str__(self) -> str:
        return self.note if self.is_withheld else str(self.value) if self.tells else ""


def reader_of(
    user: AbstractBaseUser | AnonymousUser, jurisdiction: Jurisdiction, *, owns: Collection[str] = ()
) -> Reader:
    """The user as a reader of the jurisdiction's data. `owns`: codes of the businesses they may speak for."""
    if not user.is_authenticated or not user.is_active:
        return Reader(user, jurisdiction)
    held = Membership.objects.filter(user_id=user.pk, organisation__jurisdiction=jurisdiction)
    posts = tuple(
        Post(one.organisation.key, one.role, f"{one.organisation.name}（{Role(one.role).label}）")
        for one in held.select_related("organisation").order_by("pk")
    )
    return Reader(user, jurisdiction, posts, frozenset(owns))


def may_see(reader: Reader, item: str, *, business: str | None = None) -> bool:
    """Everybody what is public; officers what is internal; of protected data the bodies that the declaration names,
    in the roles it names, and whoever may speak for the business (its code). An undeclared item is seen by nobody.
    """
    found = _declared(reader).get(item)
    return found is not None and _sees(reader, found, business)


def disclosed(
    reader: Reader, values: Mapping[str, object], *, business: str | None = None, reason: str = ROUTINE
) -> dict[str, Shown]:
    """Of `values` by item what the reader gets, in the same order.

    Protected values of a business (its code) that are really shown leave one record of the reading, unless they are
    the reader's own.
    """
    items = _declared(reader)
    shown = {key: _shown(reader, items.get(key), value, business) for key, value in values.items()}
    if business is None or business in reader.owns:
        return shown
    read = [key for key, one in shown.items() if one.tells and items[key].data_class.is_protected]
    if read:
        _record(reader, business, [items[key] for key in read], reason)
    return shown | {key: replace(shown[key], is_recorded=True) for key in read}


def labels_of(items: Iterable[str], jurisdiction: Jurisdiction) -> list[str]:
    """The items in words, each once; the key of one that is not declared any more."""
    known = declared(jurisdiction.rulebook, jurisdiction.edition)
    return list(dict.fromkeys(known[key].label or key if key in known else key for key in items))


def _declared(reader: Reader) -> Mapping[str, Item]:
    return declared(reader.jurisdiction.rulebook, reader.jurisdiction.edition)


def _sees(reader: Reader, item: Item, business: str | None) -> bool:
    if item.data_class is DataClass.PUBLIC:
        return True
    if business is not None and business in reader.owns:
        return True
    if item.data_class is DataClass.INTERNAL:
        return bool(reader.posts)
    return any(_entitles(post, item) for post in reader.posts)


def _entitles(post: Post, item: Item) -> bool:
    use = item.use
    return use is not None and post.role in use.roles and (post.organisation in use.seen_by or ANY in use.seen_by)


def _shown(reader: Reader, item: Item | None, value: object, business: str | None) -> Shown:
    if item is None or not _sees(reader, item, business):
        return Shown(Showing.WITHHELD, note=item.withheld_note if item else "不予显示")
    text = value.reveal() if isinstance(value, Protected) else value
    mask = MASKS.get(item.use.mask) if item.use else None
    if mask is None or not text:
        return Shown(Showing.VALUE, text)
    return Shown(Showing.MASKED, mask(str(text)))


def _record(reader: Reader, business: str, items: list[Item], reason: str) -> None:
    posts = [post.text for post in reader.posts if any(_entitles(post, item) for item in items)]
    if not isinstance(reader.user, AbstractBaseUser):
        raise TypeError("nobody who has not logged in is shown protected data")
    record_read(
        by=reader.user,
        subject=SUBJECT.format(business),
        fields=[item.key for item in items],
        reason=reason,
        on_behalf_of="、".join(posts),
        jurisdiction=reader.jurisdiction.code,
    )

"""Whose the businesses are: persons known by the identity number of the register, and users bound to their businesses.

The register's clean table holds no number: `proprietor_id` and `phone` are keyed hashes, `…_cipher` beside them the
encrypted texts.
"""

import re
import unicodedata

from django.db import connection, transaction
from stdnum.cn import ric

from jieti.accounts.models import User
from jieti.audit.actions import record
from jieti.kit.errors import Refusal
from jieti.kit.protection import keyed_hash
from jieti.registry.models import Business, Delivery, Person, Proprietorship

_FORM = re.compile(r"[1-9][0-9]{16}[0-9X]")
_NUMBERS = "identity_hash, identity_cipher, phone_hash, phone_cipher"
_SAID = f'distinct on (i.identity_hash collate "C") proprietor, {_NUMBERS}'
_FIRST = """order by i.identity_hash collate "C", i.phone_hash = '', i.uscc collate "C\""""
"""Of the rows that name one person the one that speaks: with a telephone before without, then by code.

By their bytes, for which PostgreSQL asks no locale.
"""
_ALONE = "lock table registry_person in share row exclusive mode"
"""Who adds persons at the same time waits until we have, and then finds them; reading goes on."""
_DIFFERS = "(p.name <> {0}.proprietor or {0}.phone_hash not in ('', p.phone_hash))"
_CHANGE = f"""
    with moved as (
        select distinct i.identity_hash from incoming_business i join registry_person p using (identity_hash)
        where {_DIFFERS.format("i")}
    ), said as (
        select {_SAID} from incoming_business i join moved using (identity_hash) {_FIRST}
    )
    update registry_person p set
        name = s.proprietor,
        phone_hash = case when s.phone_hash = '' then p.phone_hash else s.phone_hash end,
        phone_cipher = case when s.phone_hash = '' then p.phone_cipher else s.phone_cipher end
    from said s where p.identity_hash = s.identity_hash and {_DIFFERS.format("s")}
"""  # noqa: S608 - names of our own columns
_ADD = f"""
    insert into registry_person (name, {_NUMBERS}, created_at)
    select s.proprietor, {_NUMBERS}, %(known_at)s
    from (
        select {_SAID} from incoming_business i
        where i.identity_hash is not null
          and not exists (select from registry_person p where p.identity_hash = i.identity_hash)
        {_FIRST}
    ) s
"""  # noqa: S608 - names of our own columns


def write_persons(delivery: Delivery) -> None:
    """Writes the persons whom `incoming_business` (`load_incoming`) names.

    A row without a valid identity number leaves the business without a known person; two rows with one number are one
    person.
    """
    with connection.cursor() as cursor:
        for statement in (_ALONE, _CHANGE, _ADD, "analyze registry_person (id, identity_hash)"):
            cursor.execute(statement, {"known_at": delivery.known_at})


@transaction.atomic
def bind_by_identity(*, by: User | None, user: User, name: str, identity_number: str) -> list[Proprietorship]:
    """Binds `user`, whose real name and identity number a trusted identity platform gave, to all their businesses.

    Binding again adds what has come since. Raises Refusal where no business is registered under both; it does not
    say which of the two is wrong. The number itself is neither kept nor recorded.
    """
    person = Person.objects.filter(identity_hash=keyed_hash(normal_identity(identity_number))).first()
    own = [business for business in businesses_of(person) if _same_name(business.proprietor, name)] if person else []
    if not own:
        raise Refusal(
            "登记信息中没有与您的姓名和身份证号码都一致的个体工商户。",
            what_to_do="请核对登录时使用的实名信息；登记的经营者姓名或者身份证号码有变更的，请先到登记机关办理变更登记。",
        )
    links = [Proprietorship.objects.get_or_create(user=user, business=business) for business in own]
    fresh = [link.business_id for link, created in links if created]
    if fresh:
        place = own[0].jurisdiction_id
        detail = {"businesses": fresh}
        record(by=by, verb="registry.bind_by_identity", subject=f"user:{user.pk}", detail=detail, jurisdiction=place)
    return [link for link, _ in links]


def businesses_of(person: Person | None) -> list[Business]:
    """The person's businesses that are in the register, by code."""
    return list(Business.objects.current().filter(person=person).order_by("uscc")) if person else []


def other_businesses(business: Business) -> list[Business]:
    """The same person's other businesses of the same jurisdiction; empty where the person is not known."""
    if business.person_id is None:
        return []
    siblings = Business.objects.current().filter(person_id=business.person_id, jurisdiction_id=business.jurisdiction_id)
    return list(siblings.exclude(pk=business.pk).order_by("uscc"))


def normal_identity(number: str) -> str:
    """The number as it is hashed: half-width, without blanks, X as a capital.

    Raises Refusal for what is no identity number (GB 11643: 18 digits, the last a check digit that may be X). Whether
    the division's code was in use when the person was born is not asked: numbers follow the first registration.
    """
    text: str = ric.compact(unicodedata.normalize("NFKC", number)).upper()
    if not _FORM.fullmatch(text) or ric.calc_check_digit(text) != text[-1]:
        raise Refusal("这不是有效的公民身份号码。", what_to_do="请核对18位号码，末位可以是X。")
    return text


def normal_name(name: str) -> str:
    """The name without blanks, in one form of characters, its dot always ·: 阿卜杜拉•买买提 is 阿卜杜拉·买买提."""
    text = "".join(unicodedata.normalize("NFKC", name).split())
    return text.translate(_DOTS).casefold()


_DOTS = str.maketrans(dict.fromkeys("•・‧∙．.﹒", "·"))


def _same_name(registered: str, given: str) -> bool:
    return bool(registered) and normal_name(registered) == normal_name(given)

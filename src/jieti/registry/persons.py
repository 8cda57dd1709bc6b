"""Whose the businesses are: persons known by the identity number of the register, and users bound to their businesses.

The register's clean table holds no number: `proprietor_id` and `phone` are keyed hashes, `…_cipher` beside them the
encrypted texts.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence

import pyarrow.parquet as pq
from django.db import connection, transaction
from stdnum.cn import ric

from jieti.accounts.models import User
from jieti.audit.actions import record
from jieti.kit.errors import Refusal
from jieti.kit.protection import keyed_hash
from jieti.registry.models import Business, Delivery, Person, Proprietorship

IDENTITY, PHONE, CIPHER = "proprietor_id", "phone", "_cipher"
BATCH_ROWS = 20_000
_FORM = re.compile(r"[1-9][0-9]{16}[0-9X]")
_COLUMNS = ("uscc", "proprietor", IDENTITY, IDENTITY + CIPHER, PHONE, PHONE + CIPHER)
_INCOMING = """
    create temporary table incoming_person (
        uscc text primary key, name text not null, identity_hash text not null, identity_cipher bytea not null,
        phone_hash text not null, phone_cipher bytea
    )
"""
_UPSERT = """
    insert into registry_person as p (name, identity_hash, identity_cipher, phone_hash, phone_cipher, created_at)
    select distinct on (identity_hash) name, identity_hash, identity_cipher, phone_hash, phone_cipher, %(known_at)s
    from incoming_person order by identity_hash, phone_hash = '', uscc
    on conflict (identity_hash) do update set
        name = excluded.name,
        phone_hash = case when excluded.phone_hash = '' then p.phone_hash else excluded.phone_hash end,
        phone_cipher = case when excluded.phone_hash = '' then p.phone_cipher else excluded.phone_cipher end
    where p.name <> excluded.name or excluded.phone_hash not in ('', p.phone_hash)
"""
_LINK = """
    update registry_business b set person_id = p.id
    from incoming_person i join registry_person p using (identity_hash)
    where b.uscc = i.uscc and b.person_id is distinct from p.id
"""
_UNLINK = """
    update registry_business b set person_id = null
    where b.jurisdiction_id = %(jurisdiction)s and b.person_id is not null and b.absent_since_id is null
      and not exists (select from incoming_person i where i.uscc = b.uscc)
"""


def load_persons(delivery: Delivery) -> int:
    """Writes the persons of an accepted delivery of the register and whose each business is; returns how many rows.

    Called after `load_businesses` and before `record_states`, in their transaction. A row without a valid identity
    number leaves the business without a known person; two rows with one number are one person.
    """
    with connection.cursor() as cursor:
        cursor.execute(_INCOMING)
        _copy(delivery)
        cursor.execute("analyze incoming_person")
        known = {"known_at": delivery.known_at, "jurisdiction": delivery.jurisdiction_id}
        for statement in (_UPSERT, _LINK, _UNLINK):
            cursor.execute(statement, known)
        cursor.execute("select count(*) from incoming_person")
        (rows,) = cursor.fetchone()
        cursor.execute("drop table incoming_person")
    return int(rows)


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


def _copy(delivery: Delivery) -> None:
    names = "uscc, name, identity_hash, identity_cipher, phone_hash, phone_cipher"
    with connection.cursor() as cursor, cursor.copy(f"copy incoming_person ({names}) from stdin") as copy:
        for row in _rows(delivery):
            copy.write_row(row)


def _rows(delivery: Delivery) -> Iterator[Sequence[object]]:
    """Rows with an identity number; nothing from tables of before the register delivered any."""
    with pq.ParquetFile(delivery.clean_file) as file:
        if not set(_COLUMNS) <= set(file.schema_arrow.names):
            return
        for batch in file.iter_batches(batch_size=BATCH_ROWS, columns=list(_COLUMNS)):
            columns = batch.to_pydict()
            for uscc, name, hashed, cipher, phone, phone_cipher in zip(
                *(columns[key] for key in _COLUMNS), strict=True
            ):
                if hashed and cipher:
                    yield uscc, name or "", hashed, cipher, phone or "", phone_cipher if phone else None

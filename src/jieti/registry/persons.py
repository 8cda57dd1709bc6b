"""Whose the businesses are: persons known by the identity number of the register, and users bound to their businesses.

The register's clean table holds no number: `proprietor_id` and `phone` are keyed hashes, `…_cipher` beside them the
encrypted texts.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from django.db import connection, transaction
from stdnum.cn import ric

from jieti.accounts.models import User
from jieti.audit.actions import record
from jieti.kit.errors import Refusal
from jieti.kit.protection import keyed_hash
from jieti.registry.arrays import texts_or_blank
from jieti.registry.loading import WORK_MEMORY, as_csv
from jieti.registry.models import Business, Delivery, Person, Proprietorship

IDENTITY, PHONE, CIPHER = "proprietor_id", "phone", "_cipher"
BATCH_ROWS = 20_000
_FORM = re.compile(r"[1-9][0-9]{16}[0-9X]")
_COLUMNS = ("uscc", "proprietor", IDENTITY, IDENTITY + CIPHER, PHONE, PHONE + CIPHER)
_INCOMING = """
    create temporary table incoming_person (
        uscc text not null, name text not null, identity_hash text not null, identity_cipher bytea not null,
        phone_hash text not null, phone_cipher bytea
    )
"""
_SAID = """
    create temporary table said_person as
    select distinct on (identity_hash) * from incoming_person order by identity_hash, phone_hash = '', uscc
"""
_CHANGE = """
    update registry_person p set
        name = s.name,
        phone_hash = case when s.phone_hash = '' then p.phone_hash else s.phone_hash end,
        phone_cipher = case when s.phone_hash = '' then p.phone_cipher else s.phone_cipher end
    from said_person s
    where p.identity_hash = s.identity_hash and (p.name <> s.name or s.phone_hash not in ('', p.phone_hash))
"""
_ADD = """
    insert into registry_person as p (name, identity_hash, identity_cipher, phone_hash, phone_cipher, created_at)
    select name, identity_hash, identity_cipher, phone_hash, phone_cipher, %(known_at)s
    from said_person s where not exists (select from registry_person p where p.identity_hash = s.identity_hash)
    on conflict (identity_hash) do nothing
"""


def load_persons(delivery: Delivery) -> int:
    """Writes the persons of an accepted delivery of the register; returns how many rows name one.

    Called before `load_businesses`, which links, and `record_states`, in their transaction. A row without a valid
    identity number leaves the business without a known person; two rows with one number are one person.
    """
    with connection.cursor() as cursor:
        cursor.execute(WORK_MEMORY)
        cursor.execute(_INCOMING)
        _copy(delivery)
        for statement in (_SAID, "analyze said_person", _CHANGE, _ADD, "analyze registry_person"):
            cursor.execute(statement, {"known_at": delivery.known_at})
        cursor.execute("select count(*) from incoming_person")
        (rows,) = cursor.fetchone()
        cursor.execute("drop table incoming_person, said_person")
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
    with connection.cursor() as cursor, cursor.copy("copy incoming_person from stdin (format csv)") as copy:
        for batch in _batches(delivery):
            copy.write(as_csv(batch))


def _batches(delivery: Delivery) -> Iterator[pa.RecordBatch]:
    """Rows with an identity number; nothing from tables of before the register delivered any."""
    with pq.ParquetFile(delivery.clean_file) as file:
        if not set(_COLUMNS) <= set(file.schema_arrow.names):
            return
        for batch in file.iter_batches(batch_size=BATCH_ROWS, columns=list(_COLUMNS)):
            named = pc.and_(pc.is_valid(batch.column(IDENTITY)), pc.is_valid(batch.column(IDENTITY + CIPHER)))
            yield _as_text(batch.filter(named))


def _as_text(batch: pa.RecordBatch) -> pa.RecordBatch:
    """The columns as PostgreSQL reads them."""
    phones = batch.column(PHONE)
    has_phone = phones.is_valid().to_pylist()
    ciphers = batch.column(PHONE + CIPHER).to_pylist()
    return pa.record_batch(
        {
            "uscc": batch.column("uscc"),
            "name": texts_or_blank(batch.column("proprietor")),
            "identity_hash": batch.column(IDENTITY),
            "identity_cipher": _hexadecimal(batch.column(IDENTITY + CIPHER).to_pylist()),
            "phone_hash": texts_or_blank(phones),
            "phone_cipher": _hexadecimal(
                [cipher if is_known else None for cipher, is_known in zip(ciphers, has_phone, strict=True)]
            ),
        }
    )


def _hexadecimal(ciphers: Iterable[bytes | None]) -> pa.StringArray:
    return pa.array([None if cipher is None else f"\\x{cipher.hex()}" for cipher in ciphers], pa.string())

"""The register's deliveries as acceptance leaves them, made without files: a clean table, then the register."""

import datetime
import uuid
from collections.abc import Iterable, Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from django.conf import settings

from jieti.accounts.models import Jurisdiction, User
from jieti.kit import clock
from jieti.kit.protection import encrypt, keyed_hash
from jieti.registry.models import Delivery
from jieti.registry.registering import load_register

Row = Mapping[str, object]
TEXTS = ("uscc", "name", "registration_status", "proprietor", "address", "town", "industry", "successor_uscc")
_SCHEMA_FIELDS: list[tuple[str, pa.DataType]] = [
    *((key, pa.string()) for key in (*TEXTS, "proprietor_id", "phone")),
    ("established_on", pa.date32()),
    ("is_seasonal", pa.bool_()),
    ("proprietor_id_cipher", pa.binary()),
    ("phone_cipher", pa.binary()),
]
SCHEMA = pa.schema(_SCHEMA_FIELDS)


def row(uscc: str, *, identity: str = "", phone: str = "", **values: object) -> Row:
    """A clean row; identity number and telephone are protected as the reader does it."""
    return {
        "uscc": uscc,
        "name": "老王饭馆",
        "registration_status": "active",
        "established_on": datetime.date(2015, 1, 1),
        "proprietor": "王建国",
        "address": "南大街1号",
        "town": "怀柔镇",
        "industry": "6210",
        "proprietor_id": keyed_hash(identity) if identity else None,
        "proprietor_id_cipher": encrypt(identity) if identity else None,
        "phone": keyed_hash(phone) if phone else None,
        "phone_cipher": encrypt(phone) if phone else None,
        **values,
    }


def accept(
    rows: Iterable[Row],
    *,
    by: User,
    as_of: datetime.date,
    jurisdiction: Jurisdiction | None = None,
    mode: str = "full",
    is_correction: bool = False,
) -> Delivery:
    """A delivery of the register with this clean table (a supplement's is the whole, supplemented table), accepted."""
    delivery = accepted(rows, SCHEMA, "registration", by, as_of, jurisdiction, mode, is_correction=is_correction)
    load_register(delivery)
    return delivery


def accepted(
    rows: Iterable[Row],
    schema: pa.Schema,
    source_key: str,
    by: User,
    as_of: datetime.date,
    jurisdiction: Jurisdiction | None = None,
    mode: str = "full",
    *,
    is_correction: bool = False,
) -> Delivery:
    """An accepted delivery of any source with this clean table."""
    name = f"clean/{source_key}/{uuid.uuid4().hex}.parquet"
    path = Path(settings.DATA_DIR) / name
    path.parent.mkdir(parents=True, exist_ok=True)
    table = pa.Table.from_pylist([dict(one) for one in rows], schema)
    pq.write_table(table, path)
    moment = clock.now()
    home = jurisdiction or Jurisdiction.objects.site()
    base = Delivery.objects.of(home).accepted().latest_for(source_key) if mode == "supplement" else None
    return Delivery.objects.create(
        jurisdiction=home,
        source_key=source_key,
        mode=mode,
        base=base,
        is_correction=is_correction,
        file_name="名册.csv",
        sha256=uuid.uuid4().hex * 2,
        stored_as="deliveries/none",
        as_of=as_of,
        received_at=moment,
        received_by=by,
        status=Delivery.Status.ACCEPTED,
        known_at=moment,
        rows=table.num_rows,
        taken=table.num_rows,
        clean_rows=table.num_rows,
        clean_path=name,
    )

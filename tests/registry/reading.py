"""Reads a made file as a delivery is read, without a database."""

import datetime
import io
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq

from jieti.registry.cleaning import Received, clean
from jieti.registry.findings import Finding, Ledger
from jieti.registry.kinds import FileKind, tell_kind
from jieti.registry.sheets import tell_encoding
from rulecore.model import Check, Column, Source

REGISTER = Source(
    "registration",
    "登记注册信息",
    "district_regulator",
    "附件一(一)",
    "business",
    {
        "uscc": Column("uscc", "统一社会信用代码", "uscc", "public", required=True),
        "name": Column("name", "名称", "text", "public", required=True),
        "established_on": Column("established_on", "成立日期", "date", "public"),
        "proprietor_id": Column("proprietor_id", "居民身份证号码", "text", "identity"),
        "phone": Column("phone", "联系电话", "text", "identity"),
    },
    (Check("established_on", "as_of", "成立日期在数据日期之后；请查对"),),
)
TAX = Source(
    "tax",
    "税务信息",
    "tax_bureau",
    "附件一(三)2",
    "many",
    {
        "uscc": Column("uscc", "统一社会信用代码", "uscc", "public", required=True),
        "year": Column("year", "所属年度", "year", "business_secret", required=True),
        "paid": Column("paid", "实际入库税款", "money", "business_secret"),
        "refunded": Column("refunded", "退库税款", "money", "business_secret"),
        "from_on": Column("from_on", "起", "date", "business_secret"),
        "to_on": Column("to_on", "止", "date", "business_secret"),
    },
    (
        Check("year", "as_of", "年度还没有到；请查对"),
        Check("from_on", "to_on", "起晚于止；请查对"),
        Check("refunded", "paid", "退库大于入库；请核对", warns=True),
    ),
)
AS_OF = datetime.date(2026, 7, 1)


@dataclass(frozen=True)
class Read:
    """What became of a file."""

    rows: list[dict[str, object]]
    findings: list[Finding]
    ledger: Ledger
    notes: list[str]


def read(
    file: io.BytesIO | bytes, name: str, folder: Path, *, source: Source = REGISTER, base: Path | None = None
) -> Read:
    """Raises Refusal as a delivery would."""
    path = folder / "received"
    path.write_bytes(file if isinstance(file, bytes) else file.getvalue())
    kind = tell_kind(path, name)
    encoding = tell_encoding(path) if kind is FileKind.CSV else ""
    out = folder / "clean.parquet"
    with Ledger(folder / "findings.jsonl") as ledger:
        received = Received(path, kind, encoding, source, base=base, as_of=AS_OF)
        cleaned = clean(received, out, ledger, lambda _: None)
    return Read(pq.read_table(out).to_pylist(), list(ledger.findings()), ledger, cleaned.notes)

"""What goes over the wire. Field names are those of the rulebook's sources and of the glossary."""

from datetime import date, datetime

from ninja import Field, Schema

USCC = r"^[0-9]{8}[0-9A-HJ-NPQRTUWXY]{10}$"


class Problem(Schema):
    """Why a request was not done, and what to do about it (RFC 9457)."""

    status: int
    title: str
    detail: str = ""


class EntryOut(Schema):
    """A business in the open directory: `tier` null means 待数据, `possible` what is not excluded yet."""

    uscc: str
    name: str
    jurisdiction: str = Field(alias="jurisdiction_id", description="区划代码")
    town: str
    industry: str
    established_on: date | None
    tier: str | None
    possible: list[str]
    year: int
    status: str | None = Field(description="登记状态；null 为不明")
    is_new: bool = Field(description="集中判定以后新设立")
    published_at: datetime


class EntriesOut(Schema):
    """A page of a search; `total` is exact up to 1,000, `more` says that there are further ones."""

    total: int
    more: bool
    page: int
    pages: int
    entries: list[EntryOut]


class ColumnOut(Schema):
    """A column that a feed's table has."""

    key: str
    header: str
    aliases: list[str]
    type: str
    required: bool
    codes: dict[str, list[str]]


class FeedOut(Schema):
    """A table that an organisation delivers."""

    source: str
    title: str
    supplier: str
    schedule: str
    fresh_days: int | None
    contact: str
    columns: list[ColumnOut]


class DeliveryOut(Schema):
    """A delivery: how far it is, what became of its rows."""

    id: int
    source: str
    file_name: str
    sha256: str
    mode: str
    as_of: date
    received_at: datetime
    status: str
    rows: int
    taken: int
    refused: int
    skipped: int
    warned: int
    orphans: int
    instability: list[str]
    message: str
    known_at: datetime | None
    already_received: bool


class FindingOut(Schema):
    """What is the matter with one row."""

    sheet: str
    row_number: int
    column: str
    value: str
    reason: str
    severity: str


class FindingsOut(Schema):
    """A page of findings in the order of the file."""

    total: int
    page: int
    pages: int
    findings: list[FindingOut]


class ValueOut(Schema):
    """A value of the register as the key's holder may see it: `withheld` says why there is none."""

    value: str | None
    withheld: str = ""


class BusinessOut(Schema):
    """A business of the register, item by item."""

    uscc: str
    jurisdiction: str
    values: dict[str, ValueOut]

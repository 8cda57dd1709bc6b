"""What is true of one invented business, before any department writes it down."""

from dataclasses import dataclass
from datetime import date

from jieti.domain.terms import RegistrationStatus
from jieti.domain.townships import Township


@dataclass(frozen=True, slots=True)
class Report:
    """An annual report; ``turnover`` in whole yuan, ``None`` if the proprietor left it out."""

    year: int
    filed_on: date
    turnover: int | None
    employees: int


@dataclass(frozen=True, slots=True)
class TaxYear:
    """One year at the tax bureau; ``paid`` and ``refunded`` in fen."""

    year: int
    registered: bool
    general: bool
    abnormal: bool
    paid: int
    refunded: int


@dataclass(frozen=True, slots=True)
class Insurance:
    """Persons insured from ``first_month`` (1 to 12) of ``year`` to its end; ``by_unit`` false is 灵活就业."""

    year: int
    first_month: int
    headcount: int
    by_unit: bool


@dataclass(frozen=True, slots=True)
class CreditRecord:
    """A mark, a listing or a penalty, with the words that the regulator uses."""

    kind: str
    decided_on: date
    reason: str
    penalty_kind: str | None = None
    published: bool = True
    ended_on: date | None = None
    restored_on: date | None = None


@dataclass(frozen=True, slots=True)
class Right:
    """A trade mark 商标 or a patent 专利; ``in_use`` is ``None`` where nobody knows."""

    kind: str
    number: str
    title: str
    holder: str
    status: str
    in_use: bool | None


@dataclass(frozen=True, slots=True)
class CourtListing:
    """The proprietor on the court's list of judgment defaulters 失信被执行人."""

    case_number: str
    published_on: date
    removed_on: date | None


@dataclass(frozen=True, slots=True)
class SuspensionFiling:
    """A suspension 歇业 that was filed."""

    filed_on: date
    planned_end_on: date
    resumed_on: date | None


@dataclass(frozen=True, slots=True)
class Business:
    """An individually-owned business with all that the eight suppliers know of it."""

    uscc: str
    name: str
    proprietor: str
    address: str
    town: Township
    industry: str
    established_on: date
    status: RegistrationStatus
    is_seasonal: bool | None
    successor_uscc: str | None = None
    proprietor_id: str | None = None
    phone: str | None = None
    reports: tuple[Report, ...] = ()
    taxes: tuple[TaxYear, ...] = ()
    insurances: tuple[Insurance, ...] = ()
    credit: tuple[CreditRecord, ...] = ()
    rights: tuple[Right, ...] = ()
    court: CourtListing | None = None
    suspension: SuspensionFiling | None = None

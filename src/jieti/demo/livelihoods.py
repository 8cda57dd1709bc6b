"""How the invented businesses fare: reports, taxes, insurance, marks, rights, suspensions.

Money is drawn as whole numbers from bands; the rates are chosen so that a judgement by the published standard
with the sample norm comes near the published shares (Tibet 2025-09: 71.2 / 4.4 / 0.3 %, 24.1 % ineligible).
"""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum, auto
from random import Random

from jieti.demo import vocabulary
from jieti.demo.identities import Identity
from jieti.demo.records import (
    Business,
    CourtListing,
    CreditRecord,
    Insurance,
    Report,
    Right,
    SuspensionFiling,
    TaxYear,
)
from jieti.domain import uscc
from jieti.domain.periods import add_years
from jieti.domain.terms import RegistrationStatus
from jieti.domain.townships import DISTRICT_CODE

Bands = tuple[tuple[float, int, int], ...]
"""Upper bounds of probability with the range of whole numbers drawn below each."""

SMALL_TURNOVER: Bands = (
    (0.08, 0, 10_000),
    (0.35, 10_000, 40_000),
    (0.65, 40_000, 80_000),
    (0.87, 80_000, 150_000),
    (0.98, 150_000, 240_000),
    (1.0, 240_000, 299_999),
)
ESTABLISHED_TURNOVER: Bands = (
    (0.5, 300_000, 450_000),
    (0.82, 450_000, 800_000),
    (0.95, 800_000, 1_500_000),
    (1.0, 1_500_000, 2_999_999),
)
LARGE_TURNOVER: Bands = ((0.7, 3_000_000, 5_000_000), (0.95, 5_000_000, 9_000_000), (1.0, 9_000_000, 20_000_000))
SMALL_TAX: Bands = ((0.7, 0, 1), (0.9, 1_000, 150_000), (1.0, 150_000, 950_000))
ESTABLISHED_TAX: Bands = ((0.7, 1_100_000, 2_500_000), (1.0, 2_500_000, 9_500_000))
LARGE_TAX: Bands = ((0.8, 11_000_000, 25_000_000), (1.0, 25_000_000, 60_000_000))


class Strength(Enum):
    """By what a business stands out; most do by nothing."""

    NONE = auto()
    TURNOVER = auto()
    TAX = auto()
    INSURANCE = auto()
    LARGE_TURNOVER = auto()
    LARGE_TAX = auto()
    LARGE_INSURANCE = auto()
    TRADEMARK = auto()
    PATENT = auto()


_STRENGTHS = (
    (0.0017, Strength.LARGE_TURNOVER),
    (0.0021, Strength.LARGE_TAX),
    (0.0032, Strength.LARGE_INSURANCE),
    (0.0038, Strength.TRADEMARK),
    (0.0040, Strength.PATENT),
    (0.0400, Strength.TURNOVER),
    (0.0510, Strength.TAX),
    (0.0690, Strength.INSURANCE),
)
_TURNOVER = {Strength.LARGE_TURNOVER: LARGE_TURNOVER, Strength.NONE: SMALL_TURNOVER, Strength.INSURANCE: SMALL_TURNOVER}
_TAX = {
    Strength.LARGE_TAX: LARGE_TAX,
    Strength.TAX: ESTABLISHED_TAX,
    Strength.LARGE_TURNOVER: ESTABLISHED_TAX,
}
_ENDED_STATUSES = (
    (0.013, RegistrationStatus.LICENCE_REVOKED),
    (0.030, RegistrationStatus.DEREGISTERED),
    (0.032, RegistrationStatus.REGISTRATION_ANNULLED),
)


@dataclass(frozen=True, slots=True)
class _Course:
    """What the ledgers of one business share."""

    founded: date
    status: RegistrationStatus
    strength: Strength
    reports: bool

    @property
    def is_going(self) -> bool:
        return self.status is RegistrationStatus.ACTIVE


class Livelihoods:
    """Draws the course of a business; the same generator state gives the same one."""

    def __init__(self, rng: Random, basis_date: date) -> None:
        self._rng, self._basis, self._prior = rng, basis_date, basis_date.year - 1

    def draw(self, identity: Identity) -> Business:
        """``identity`` with all that happened to it up to the basis date."""
        course = self._course(identity)
        return Business(
            uscc=identity.uscc,
            name=identity.name,
            proprietor=identity.proprietor,
            address=identity.address,
            town=identity.town,
            industry=identity.trade.industry,
            established_on=identity.established_on,
            status=course.status,
            is_seasonal=self._seasonal(identity),
            successor_uscc=self._successor(course, identity),
            reports=self._reports(course),
            taxes=self._taxes(course),
            insurances=self._insurances(course),
            credit=self._credit(course),
            rights=self._rights(course, identity),
            court=self._court(),
            suspension=self._suspension(course),
        )

    def _course(self, identity: Identity) -> _Course:
        draw = self._rng.random()
        ended = next((status for bound, status in _ENDED_STATUSES if draw < bound), None)
        draw = self._rng.random()
        strength = next((kind for bound, kind in _STRENGTHS if draw < bound), Strength.NONE)
        reports = self._rng.random() < (0.1 if ended else 0.777 if strength is Strength.NONE else 0.96)
        return _Course(identity.established_on, ended or RegistrationStatus.ACTIVE, strength, reports)

    def _seasonal(self, identity: Identity) -> bool | None:
        draw = self._rng.random()
        return None if draw > 0.99 else draw < identity.trade.seasonal

    def _successor(self, course: _Course, identity: Identity) -> str | None:
        if course.status is not RegistrationStatus.DEREGISTERED or self._rng.random() > 0.15:
            return None
        organisation = identity.uscc[8:16]
        return uscc.compose(division=DISTRICT_CODE, organisation=organisation, prefix=uscc.ENTERPRISE_PREFIX)

    def _reports(self, course: _Course) -> tuple[Report, ...]:
        found = []
        if course.founded.year < self._prior and course.is_going and self._rng.random() < 0.9:
            found.append(self._report(course, self._prior - 1))
        if course.founded.year <= self._prior and course.reports:
            found.append(self._report(course, self._prior))
            if self._rng.random() < 0.01:
                found.append(self._amended(found[-1]))
        return tuple(found)

    def _report(self, course: _Course, year: int) -> Report:
        first, last = date(year + 1, 1, 1), min(date(year + 1, 6, 30), self._basis)
        share = self._rng.random() ** 0.5
        filed_on = max(course.founded, first + timedelta(days=int(share * ((last - first).days + 1))))
        turnover = self._amount(_TURNOVER.get(course.strength, ESTABLISHED_TURNOVER)) // 100 * 100
        if course.strength in (Strength.TURNOVER, Strength.LARGE_TURNOVER):
            turnover += 100
        employees = 1 + int(self._rng.random() ** 3 * 5)
        return Report(year, min(filed_on, self._basis), None if self._rng.random() < 0.004 else turnover, employees)

    def _amended(self, report: Report) -> Report:
        filed_on = min(report.filed_on + timedelta(days=1 + int(self._rng.random() * 20)), self._basis)
        if filed_on == report.filed_on:
            return report
        return Report(report.year, filed_on, (report.turnover or 50_000) + 1_000, report.employees)

    def _taxes(self, course: _Course) -> tuple[TaxYear, ...]:
        chance = 0.97 if course.strength is not Strength.NONE else 0.86 if course.is_going else 0.2
        if course.founded.year > self._prior or self._rng.random() > chance:
            return ()
        current = self._tax_year(course, self._prior)
        if course.founded.year < self._prior and self._rng.random() < 0.3:
            return (self._tax_year(course, self._prior - 1), current)
        return (current,)

    def _tax_year(self, course: _Course, year: int) -> TaxYear:
        draw = self._rng.random()
        paid = self._amount(_TAX.get(course.strength, SMALL_TAX))
        abnormal = draw < (0.005 if course.reports else 0.12)
        general = course.strength is Strength.LARGE_TAX or (course.strength is not Strength.NONE and draw > 0.97)
        refunded = paid // 20 if self._rng.random() < 0.02 else 0
        return TaxYear(year, not 0.50 <= draw <= 0.51, general, abnormal, paid, refunded)

    def _insurances(self, course: _Course) -> tuple[Insurance, ...]:
        if course.founded.year > self._prior or not course.is_going:
            return ()
        draw = self._rng.random()
        first = course.founded.month if course.founded.year == self._prior else 1 if draw < 0.8 else 1 + int(draw * 10)
        if course.strength is Strength.INSURANCE:
            return (Insurance(self._prior, first, 1 + int(self._rng.random() ** 2 * 3), by_unit=True),)
        if course.strength is Strength.LARGE_INSURANCE:
            return (Insurance(self._prior, first, 4 + int(self._rng.random() ** 2 * 9), by_unit=True),)
        return (Insurance(self._prior, first, 1, by_unit=False),) if self._rng.random() < 0.06 else ()

    def _credit(self, course: _Course) -> tuple[CreditRecord, ...]:
        draw, found = self._rng.random(), []
        if draw < (0.009 if course.reports or course.founded.year > self._prior else 0.6):
            found.append(CreditRecord("经营异常状态", self._past(course, 2), self._one_of(vocabulary.ABNORMAL_REASONS)))
        elif draw > 0.98:
            found.append(self._closed_mark(course))
        if self._rng.random() < 0.0015:
            found.append(self._serious(course))
        if self._rng.random() < 0.015:
            found.append(self._penalty(course))
        return tuple(found)

    def _closed_mark(self, course: _Course) -> CreditRecord:
        decided_on = self._past(course, 3)
        ended_on = min(decided_on + timedelta(days=10 + int(self._rng.random() * 300)), self._basis)
        return CreditRecord("经营异常状态", decided_on, vocabulary.ABNORMAL_REASONS[0], ended_on=ended_on)

    def _serious(self, course: _Course) -> CreditRecord:
        decided_on = self._past(course, 3)
        earliest = add_years(decided_on, 1)
        restored_on = earliest if earliest <= self._basis and self._rng.random() < 0.4 else None
        reason = self._one_of(vocabulary.SERIOUS_REASONS)
        return CreditRecord("严重违法失信名单", decided_on, reason, restored_on=restored_on)

    def _penalty(self, course: _Course) -> CreditRecord:
        kind, reason = vocabulary.PENALTIES[int(self._rng.random() * len(vocabulary.PENALTIES))]
        return CreditRecord("行政处罚", self._past(course, 3), reason, kind, published=kind != "警告")

    def _rights(self, course: _Course, identity: Identity) -> tuple[Right, ...]:
        if course.strength is Strength.TRADEMARK:
            return (self._trademark(identity, "经营者", "有效", in_use=True),)
        if course.strength is Strength.PATENT:
            return (self._patent("授权"),)
        draw = self._rng.random()
        if draw > 0.0025:
            return ()
        return (self._near_miss(draw, identity),)

    def _near_miss(self, draw: float, identity: Identity) -> Right:
        if draw < 0.0005:
            return self._patent("审查中")
        if draw < 0.0010:
            return self._trademark(identity, "经营者", "失效", in_use=True)
        if draw < 0.0015:
            return self._trademark(identity, "许可人", "有效", in_use=True)
        return self._trademark(identity, "个体工商户", "有效", in_use=False if draw < 0.0020 else None)

    def _trademark(self, identity: Identity, holder: str, status: str, *, in_use: bool | None) -> Right:
        number = str(10_000_000 + int(self._rng.random() * 70_000_000))
        return Right("商标", number, identity.proprietor[0] + identity.trade.words[0], holder, status, in_use)

    def _patent(self, status: str) -> Right:
        number = f"ZL{self._prior - 2}2{int(self._rng.random() * 10_000_000):07d}.{int(self._rng.random() * 10)}"
        return Right("专利", number, self._one_of(vocabulary.PATENT_TITLES), "经营者", status, None)

    def _court(self) -> CourtListing | None:
        if self._rng.random() > 0.005:
            return None
        published_on = self._basis - timedelta(days=30 + int(self._rng.random() * 900))
        removed_on = self._basis - timedelta(days=5) if self._rng.random() < 0.3 else None
        number = f"（{published_on.year}）京0116执{int(self._rng.random() * 9000) + 1}号"
        return CourtListing(number, published_on, removed_on)

    def _suspension(self, course: _Course) -> SuspensionFiling | None:
        draw = self._rng.random()
        if draw > 0.011 or not course.is_going or (self._basis - course.founded).days < 200:
            return None
        if draw < 0.006:
            filed_on = self._basis - timedelta(days=10 + int(self._rng.random() * 150))
            return SuspensionFiling(filed_on, add_years(filed_on, 1), None)
        filed_on = max(course.founded, self._past(course, 2) - timedelta(days=120))
        planned = filed_on + timedelta(days=90)
        return SuspensionFiling(filed_on, planned, planned - timedelta(days=20) if draw < 0.008 else None)

    def _past(self, course: _Course, years: int) -> date:
        earliest = max(course.founded, add_years(self._basis, -years))
        return earliest + timedelta(days=int(self._rng.random() * ((self._basis - earliest).days + 1)))

    def _amount(self, bands: Bands) -> int:
        draw = self._rng.random()
        low, high = next((low, high) for bound, low, high in bands if draw <= bound)
        return low + int(self._rng.random() * (high - low))

    def _one_of(self, values: tuple[str, ...]) -> str:
        return values[int(self._rng.random() * len(values))]

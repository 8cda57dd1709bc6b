"""The published standard written a second time over what is true of invented businesses, for counting shares.

It knows nothing of files and engines: the sample norm is 300,000 / 10,000 / 3,000,000 / 100,000 yuan.
"""

from datetime import date

from jieti.demo.records import Business
from jieti.domain.periods import add_years
from jieti.domain.terms import RegistrationStatus, Tier

GROWTH_TURNOVER, DEVELOPMENT_TURNOVER = 300_000, 3_000_000
GROWTH_TAX_FEN, DEVELOPMENT_TAX_FEN = 1_000_000, 10_000_000


def tier(business: Business, basis: date) -> Tier | None:
    """The tier, or ``None`` where an unknown turnover leaves it open."""
    if not _meets_base_standard(business, basis):
        return Tier.INELIGIBLE
    if business.established_on.year == basis.year:
        return Tier.SURVIVAL
    tax = max(business.taxes, key=lambda year: year.year, default=None)
    if business.established_on > add_years(basis, -2) or tax is None or not tax.registered:
        return Tier.SURVIVAL
    paid = sum(year.paid - year.refunded for year in business.taxes if year.year == basis.year - 1)
    insured = max((one.headcount for one in business.insurances if one.by_unit), default=0)
    turnover = _turnover(business, basis)
    by_right = any(_counts(right.kind, right.status, right.holder, right.in_use) for right in business.rights)
    if insured >= 4 or by_right or (tax.general and paid >= DEVELOPMENT_TAX_FEN):
        return Tier.DEVELOPMENT
    return _by_size(turnover, stands_out=paid >= GROWTH_TAX_FEN or insured > 0)


def _by_size(turnover: int | None, *, stands_out: bool) -> Tier | None:
    if turnover is None:
        return None
    if turnover >= DEVELOPMENT_TURNOVER:
        return Tier.DEVELOPMENT
    return Tier.GROWTH if stands_out or turnover >= GROWTH_TURNOVER else Tier.SURVIVAL


def _meets_base_standard(business: Business, basis: date) -> bool:
    if business.status is not RegistrationStatus.ACTIVE:
        return False
    reported = any(report.year == basis.year - 1 and report.filed_on <= basis for report in business.reports)
    if not reported and business.established_on.year != basis.year:
        return False
    latest = max(business.taxes, key=lambda year: year.year, default=None)
    return not (_is_marked(business, basis) or (latest and latest.abnormal) or _is_suspended(business, basis))


def _is_marked(business: Business, basis: date) -> bool:
    open_kinds = {"经营异常状态", "严重违法失信名单"}
    return any(
        record.kind in open_kinds
        and (record.ended_on is None or record.ended_on > basis)
        and (record.restored_on is None or record.restored_on > basis)
        for record in business.credit
    )


def _is_suspended(business: Business, basis: date) -> bool:
    filing = business.suspension
    if filing is None or business.is_seasonal:
        return False
    ended = filing.resumed_on is not None and filing.resumed_on <= basis
    return filing.planned_end_on >= basis and not ended


def _turnover(business: Business, basis: date) -> int | None:
    reports = [report for report in business.reports if report.year == basis.year - 1]
    return max(reports, key=lambda report: report.filed_on).turnover if reports else None


def _counts(kind: str, status: str, holder: str, in_use: bool | None) -> bool:
    if holder == "许可人" or status not in ("有效", "授权"):
        return False
    return kind == "专利" or in_use is True

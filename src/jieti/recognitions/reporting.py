"""信息报告 by 31 July of each year of validity: prefilled from the tables, asked only what none supplies."""

import datetime
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from django.db import IntegrityError, transaction

from jieti.accounts.disclosure import reader_of
from jieti.accounts.models import Jurisdiction, Role, User
from jieti.accounts.scope import regulator_of
from jieti.audit.actions import record
from jieti.domain.milestones import month_day
from jieti.kit import clock
from jieti.kit.errors import Refusal
from jieti.notices.actions import Message, notify_all
from jieti.recognitions import title_telling
from jieti.recognitions.models import InformationReport, Recognition
from jieti.recognitions.title_acting import demand_speaker
from jieti.recognitions.titles import demand_live
from jieti.registry.history import tables_known_at
from jieti.registry.mandates import on_behalf
from jieti.registry.supplied import Supply, supplies_of
from jieti.rulebooks.catalogue import procedure_of

CLAUSE = "附件三(五)"
SOURCES = ("registration", "annual_reports", "tax", "social_insurance", "intellectual_property", "awards")
"""The tables that a report shows; whatever else the departments hold is on the proprietor's own page."""


@dataclass(frozen=True, slots=True)
class Due:
    """A report of one year: until when, and whether it came."""

    recognition: Recognition
    year: int
    due_on: datetime.date
    report: InformationReport | None

    def is_late(self, today: datetime.date) -> bool:
        """Whether the day is over and nothing came, or it came afterwards."""
        return (self.report.reported_on if self.report else today) > self.due_on


def due_day(jurisdiction: Jurisdiction, year: int) -> datetime.date:
    """31 July, as the rulebook has it."""
    return month_day(year, procedure_of(jurisdiction)["report"]["due"])


def due_days(recognition: Recognition) -> list[datetime.date]:
    """Every day on which a report is due: the first after the recognition, then each year of validity (AMB-14)."""
    end = recognition.last_day if recognition.ended_on is None else recognition.ended_on - datetime.timedelta(days=1)
    years = range(recognition.recognised_on.year, end.year + 1)
    days = (due_day(recognition.jurisdiction, year) for year in years)
    return [day for day in days if recognition.recognised_on < day <= end]


def dues_of(recognition: Recognition) -> list[Due]:
    """The reports of a title, those of years to come too."""
    reports = {one.year: one for one in recognition.reports.all()}
    return [Due(recognition, day.year, day, reports.get(day.year)) for day in due_days(recognition)]


def open_year(recognition: Recognition) -> int | None:
    """The year whose report can be handed in now: from 1 January of the year, and as long as it is missing."""
    today = clock.today()
    missing = [one.year for one in dues_of(recognition) if one.report is None and one.year <= today.year]
    return missing[0] if missing and recognition.is_live(today) else None


def prefilled(recognition: Recognition, *, by: User) -> list[Supply]:
    """What the departments' newest tables say of the business, as the proprietor may see it: shown locked."""
    business = recognition.business
    tables = tables_known_at(clock.now(), business.jurisdiction)
    reader = reader_of(by, business.jurisdiction, owns=[business.pk])
    wanted = {key: one for key, one in tables.items() if key in SOURCES}
    return [one for one in supplies_of(business, reader=reader, deliveries=wanted) if one.rows]


@transaction.atomic
def hand_in(*, by: User, recognition: Recognition, year: int, own: Mapping[str, str]) -> InformationReport:
    """The year's report: what the tables say now, and what only the proprietor can say. Late is taken as well.

    Raises Refusal for somebody else, for a title not in force, for a year without a report, and a second time.
    """
    demand_speaker(by, recognition)
    demand_live(recognition)
    due = next((one for one in dues_of(recognition) if one.year == year), None)
    if due is None or year > clock.today().year:
        raise Refusal(f"{year}年没有要报送的信息报告。", what_to_do="请在认定页面查看各年的报送期限。")
    supplied = [_kept(one) for one in prefilled(recognition, by=by)]
    report = InformationReport(
        recognition=recognition,
        year=year,
        due_on=due.due_on,
        content={"supplied": supplied, "own": {key: text.strip() for key, text in own.items() if text.strip()}},
        reported_by=by,
        reported_on=clock.today(),
    )
    try:
        with transaction.atomic():
            report.save()
    except IntegrityError as error:
        if "recognitions_report_once_a_year" not in str(error):
            raise
        raise Refusal(f"{year}年的信息报告已经报送。", what_to_do="需要补充的，请联系认定部门。") from None
    record(
        by=by,
        verb="recognitions.report",
        subject=f"recognition:{recognition.pk}",
        detail={"year": year, "late": report.reported_on > report.due_on},
        clause=CLAUSE,
        on_behalf_of=on_behalf(by, recognition.business),
        jurisdiction=recognition.jurisdiction_id,
    )
    return report


def dues(jurisdiction: Jurisdiction, year: int) -> list[Due]:
    """The reports of a year of all titles that are to hand one in, by business."""
    day = due_day(jurisdiction, year)
    found = Recognition.objects.of(jurisdiction).filter(recognised_on__lt=day, last_day__gte=day)
    found = found.select_related("business", "jurisdiction").prefetch_related("reports").order_by("business_id")
    return [due for one in found for due in dues_of(one) if due.year == year]


def late_list(jurisdiction: Jurisdiction, year: int) -> list[Due]:
    """Those that are late: still missing, or handed in after the day."""
    today = clock.today()
    return [one for one in dues(jurisdiction, year) if one.is_late(today)]


def remind(jurisdiction: Jurisdiction) -> int:
    """Tells proprietors on the rulebook's days, and reviewers once the day is over; how many notices are new."""
    today = clock.today()
    rule = procedure_of(jurisdiction)["report"]
    passed = [day for day in rule["reminders"] if month_day(today.year, day) <= today]
    if today > due_day(jurisdiction, today.year):
        return _tell_late(jurisdiction, today.year)
    if not passed:
        return 0
    missing = [one for one in dues(jurisdiction, today.year) if one.report is None]
    return sum(
        title_telling.tell_owner(
            title_telling.REPORT_DUE,
            one.recognition,
            values={"year": one.year, "due": one.due_on},
            once=f"{one.year}:{passed[-1]}",
            page=f"{one.recognition.pk}/report/",
        )
        for one in missing
    )


def _tell_late(jurisdiction: Jurisdiction, year: int) -> int:
    """Late alone cancels nothing; the year's confirmation is made from the tables (AMB-14)."""
    late = [one for one in dues(jurisdiction, year) if one.report is None]
    return len(
        notify_all(jurisdiction=jurisdiction, kind=title_telling.REPORTS_LATE, messages=_late(jurisdiction, year, late))
    )


def _late(jurisdiction: Jurisdiction, year: int, late: Iterable[Due]) -> Iterator[Message]:
    count = len(list(late))
    if count:
        yield Message(
            subject=f"jurisdiction:{jurisdiction.pk}",
            organisation=regulator_of(jurisdiction),
            role=Role.REVIEWER.value,
            values={"year": year, "count": count},
            link=f"/officer/titles/reports/?year={year}",
            once=f"{title_telling.REPORTS_LATE}:{jurisdiction.pk}:{year}",
        )


def _kept(supply: Supply) -> dict[str, object]:
    """A table's values as the report keeps them; what its reader may not see is not in it."""
    rows = [
        [{"label": value.label, "value": str(value.shown.value)} for value in row if value.shown.tells]
        for row in supply.rows
    ]
    return {
        "source": supply.source.key,
        "title": supply.source.title,
        "supplier": supply.supplier,
        "as_of": supply.delivery.as_of.isoformat(),
        "rows": [row for row in rows if row],
    }

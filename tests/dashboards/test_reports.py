"""Briefs and reports say what the picture says, number for number."""

import datetime
import io

import pytest
from docx import Document

from jieti.dashboards.figures import HIDDEN
from jieti.dashboards.models import Snapshot
from jieti.dashboards.reports import OF_A_MONTH, Period, months_of, report_of, years_of
from jieti.dashboards.reports_files import docx_of, pdf_of

pytestmark = pytest.mark.django_db


def month_of(snapshot: Snapshot) -> Period:
    return Period.month(snapshot.taken_on.year, snapshot.taken_on.month)


def test_the_tables_of_the_docx_are_the_pictures(snapshot: Snapshot) -> None:
    period = Period.whole_year(snapshot.taken_on.year)
    paper = Document(io.BytesIO(docx_of(report_of(snapshot, period))))
    written = [[[cell.text for cell in row.cells] for row in table.rows] for table in paper.tables]
    figures = [figure for figure in snapshot.all_figures.values() if figure.rows]
    expected = [[list(figure.headers), *([str(cell) for cell in row] for row in figure.table)] for figure in figures]
    assert written == expected
    assert any(HIDDEN in cell for table in written for row in table for cell in row)


def test_the_paragraphs_name_the_pictures_numbers(snapshot: Snapshot) -> None:
    row = snapshot.all_figures["tiers"].rows[-1]
    for period in (month_of(snapshot), Period.whole_year(snapshot.taken_on.year)):
        text = "".join(report_of(snapshot, period).paragraphs)
        assert f"个体工商户{row[-1]}户" in text
        assert f"成长型{row[2]}户" in text
        assert "第三十二条" in text


def test_a_brief_tells_less_than_a_yearly_report(snapshot: Snapshot) -> None:
    brief = report_of(snapshot, month_of(snapshot))
    whole = report_of(snapshot, Period.whole_year(snapshot.taken_on.year))
    assert {figure.key for figure in brief.figures} <= set(OF_A_MONTH)
    assert len(whole.figures) > len(brief.figures)


def test_the_pdf_is_one_and_the_same_for_the_same_report(snapshot: Snapshot) -> None:
    report = report_of(snapshot, month_of(snapshot))
    made = pdf_of(report)
    assert made.startswith(b"%PDF-")
    assert made == pdf_of(report)


def test_a_period_takes_its_last_picture(snapshot: Snapshot) -> None:
    home, day = snapshot.jurisdiction, snapshot.taken_on
    earlier = Snapshot.objects.create(
        jurisdiction=home, taken_on=day - datetime.timedelta(days=400), taken_at=snapshot.taken_at, basis="0"
    )
    period = Period.month(day.year, day.month)
    assert Snapshot.objects.of(home).last_of(period.start, period.end) == snapshot
    assert [taken for _, taken in months_of(home)] == [day, earlier.taken_on]
    assert [one.key for one, _ in years_of(home)] == [str(day.year), str(earlier.taken_on.year)]


def test_periods_end_where_the_next_begins() -> None:
    assert Period.month(2026, 12).end == datetime.date(2027, 1, 1)
    assert Period.month(2028, 2).end == datetime.date(2028, 3, 1)
    assert Period.whole_year(2026).title == "2026年年度报告"

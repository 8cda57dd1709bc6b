"""Figures of objections: for the year's report and for whoever supplies the data."""

from django import forms
from django.http import FileResponse, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from jieti.accounts.perms import may_oversee_objections
from jieti.appeals.models import Objection
from jieti.appeals.statistics import Line, Statistics, statistics_of
from jieti.kit import clock
from jieti.kit.tables import xlsx_response
from jieti.web.access import OfficerRequest, Posted, only
from jieti.web.officer.charts import stacked_bars

CLAUSE = "正文三(三)"
MARKS = (
    ("development", "成立"),
    ("survival", "不成立"),
    ("ineligible", "不予受理、撤回"),
    ("pending", "办理中"),
)
HEADERS = ["分组", "项目", "提出", "办理中", "成立", "不成立", "不予受理", "撤回", "成立比例（%）", "办理天数中位数"]


class YearForm(forms.Form):
    """Which year's results were objected to."""

    year = forms.TypedChoiceField(label="年度", coerce=int, widget=forms.Select(attrs={"class": "short"}))

    def __init__(self, years: list[int], data: Posted) -> None:
        super().__init__(data)
        field = self.fields["year"]
        assert isinstance(field, forms.TypedChoiceField)  # noqa: S101 - declared above
        field.choices = [(year, f"{year}年") for year in years]


@only(may_oversee_objections)
@require_safe
def index(request: OfficerRequest) -> HttpResponse:
    """One year: in all, by town, by fact, by supplier."""
    years = _years(request)
    form = YearForm(years, request.GET or {"year": str(years[0])})
    year = form.cleaned_data["year"] if form.is_valid() else years[0]
    found = statistics_of(request.jurisdiction, year)
    tables = [
        (title, lines, stacked_bars([(line.label, _parts(line)) for line in lines])) for title, lines in _by(found)
    ]
    context = {"form": form, "year": year, "found": found, "tables": tables, "marks": MARKS, "clause": CLAUSE}
    return render(request, "officer/objection_statistics.html", context)


@only(may_oversee_objections)
@require_safe
def index_xlsx(request: OfficerRequest) -> FileResponse:
    """The same as a table."""
    years = _years(request)
    form = YearForm(years, request.GET)
    found = statistics_of(request.jurisdiction, form.cleaned_data["year"] if form.is_valid() else years[0])
    rows = [_cells("全部", found.total), *(_cells(title, line) for title, lines in _by(found) for line in lines)]
    return xlsx_response("异议统计.xlsx", HEADERS, rows)


def _years(request: OfficerRequest) -> list[int]:
    """The years with objections and the current one, the newest first."""
    held = Objection.objects.of(request.jurisdiction).values_list("year", flat=True).distinct()
    return sorted({clock.today().year, *held}, reverse=True)


def _by(found: Statistics) -> list[tuple[str, tuple[Line, ...]]]:
    return [("按镇乡街道", found.by_town), ("按有争议的事实", found.by_fact), ("按供数单位", found.by_supplier)]


def _parts(line: Line) -> list[tuple[str, str, int]]:
    counts = (line.upheld, line.refused, line.not_accepted + line.withdrawn, line.filed - _settled(line))
    return [(mark, label, count) for (mark, label), count in zip(MARKS, counts, strict=True)]


def _settled(line: Line) -> int:
    return line.decided + line.not_accepted + line.withdrawn


def _cells(title: str, line: Line) -> list[object]:
    return [
        title,
        line.label,
        line.filed,
        line.open,
        line.upheld,
        line.refused,
        line.not_accepted,
        line.withdrawn,
        line.share_upheld,
        line.median_days,
    ]

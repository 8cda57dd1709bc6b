"""The district's picture for everybody: one row of one table is read, whatever the size of the register."""

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from jieti.accounts.models import Jurisdiction
from jieti.dashboards.models import Snapshot
from jieti.kit.tables import xlsx_response
from jieti.web.picturing import picture_of

SHOWN = ("tiers", "flow", "towns", "survival", "activity", "objections", "campaign", "quota", "reach")


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The figures, each with chart, definition, table and downloads."""
    home = _site()
    found = picture_of(home, SHOWN) if home else {"snapshot": None}
    return render(request, "public/picture.html", found | {"figure_xlsx": "public:picture-xlsx"})


@require_safe
def figure_xlsx(_request: HttpRequest, key: str) -> FileResponse:
    """One figure as a table."""
    home = _site()
    snapshot = Snapshot.objects.of(home).newest() if home else None
    figure = snapshot.all_figures.get(key) if snapshot and key.partition("-")[0] in SHOWN else None
    if figure is None:
        raise Http404
    return xlsx_response(f"{figure.title}.xlsx", figure.headers, figure.table)


def _site() -> Jurisdiction | None:
    try:
        return Jurisdiction.objects.site()
    except Jurisdiction.DoesNotExist:
        return None

"""The district's picture for those who work here: the whole, a department's own, a town's own."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from jieti.accounts.models import TOWN_KINDS, Organisation, Role
from jieti.accounts.perms import is_member, is_town_officer, may_export_research, may_see_department_picture
from jieti.dashboards.actions import take_snapshot
from jieti.dashboards.departments import deliveries_figure, disputed_figure, own_reach, own_town
from jieti.dashboards.figures import HIDDEN_MEANS, Figure
from jieti.dashboards.models import Snapshot
from jieti.kit.tables import xlsx_response
from jieti.web.access import OfficerRequest, only
from jieti.web.picturing import drawing_of, headlines_of, picture_of, sheet_of


@only(is_member)
@require_safe
def index(request: OfficerRequest) -> HttpResponse:
    """The whole district: what a leader has to know, each number with its definition and table."""
    return render(request, "officer/picture.html", picture_of(request.jurisdiction) | _doors(request))


@only(is_member)
@require_safe
def figure_xlsx(request: OfficerRequest, key: str) -> FileResponse:
    """One figure as a table."""
    snapshot = Snapshot.objects.of(request.jurisdiction).newest()
    figure = snapshot.all_figures.get(key) if snapshot else None
    if figure is None:
        raise Http404
    return _table(figure)


@only(may_export_research)
@require_POST
def refresh(request: OfficerRequest) -> HttpResponse:
    """Counts everything anew, now."""
    take_snapshot(by=request.user, jurisdiction=request.jurisdiction)
    messages.success(request, "已经重新统计。")
    return redirect("officer:picture")


@only(may_see_department_picture)
@require_safe
def department(request: OfficerRequest) -> HttpResponse:
    """The department's own duties: how far its measures reach, what it delivered, what of it was disputed."""
    own = _own(request, Role.DEPARTMENT_OFFICER)
    drawings = [drawing_of(one, request.jurisdiction) for one in _department_figures(request, own)]
    context = {
        "organisations": own,
        "drawings": drawings,
        "hidden_means": HIDDEN_MEANS if any(one.figure.has_hidden for one in drawings) else "",
    }
    return render(request, "officer/picture_department.html", context | _doors(request))


@only(may_see_department_picture)
@require_safe
def department_xlsx(request: OfficerRequest, key: str) -> FileResponse:
    """One of the department's figures as a table."""
    own = _own(request, Role.DEPARTMENT_OFFICER)
    found = {one.key: one for one in _department_figures(request, own)}
    if key not in found:
        raise Http404
    return _table(found[key])


@only(is_town_officer)
@require_safe
def town(request: OfficerRequest) -> HttpResponse:
    """The town's own make-up beside the district's; no other town's."""
    own = _own(request, Role.TOWN_OFFICER)
    snapshot, figures = _town_figures(request, own)
    drawings = [drawing_of(one, request.jurisdiction) for one in figures]
    context = {
        "organisations": own,
        "snapshot": snapshot,
        "headlines": list(headlines_of(snapshot.all_figures)) if snapshot else [],
        "drawings": drawings,
        "sheet": sheet_of(drawings),
        "hidden_means": HIDDEN_MEANS if any(one.has_hidden for one in figures) else "",
    }
    return render(request, "officer/picture_town.html", context | _doors(request))


@only(is_town_officer)
@require_safe
def town_xlsx(request: OfficerRequest) -> FileResponse:
    """The same as a table."""
    _, figures = _town_figures(request, _own(request, Role.TOWN_OFFICER))
    if not figures:
        raise Http404
    return _table(figures[0])


def _department_figures(request: OfficerRequest, own: Sequence[Organisation]) -> list[Figure]:
    snapshot = Snapshot.objects.of(request.jurisdiction).newest()
    reach = snapshot.all_figures.get("reach") if snapshot else None
    found = [own_reach(reach, own)] if reach else []
    return [*found, deliveries_figure(own), disputed_figure(own)]


def _town_figures(request: OfficerRequest, own: Sequence[Organisation]) -> tuple[Snapshot | None, list[Figure]]:
    snapshot = Snapshot.objects.of(request.jurisdiction).newest()
    towns = snapshot.all_figures.get("towns") if snapshot else None
    return snapshot, [own_town(towns, own)] if towns else []


def _own(request: OfficerRequest, role: Role) -> list[Organisation]:
    """The reader's organisations in this role. Raises PermissionDenied where that is none."""
    held = Organisation.objects.filter(
        jurisdiction=request.jurisdiction, memberships__user=request.user, memberships__role=role
    ).select_related("jurisdiction")
    if role == Role.TOWN_OFFICER:
        held = held.filter(kind__in=TOWN_KINDS)
    found = list(held.distinct())
    if not found:
        raise PermissionDenied
    return found


def _doors(request: OfficerRequest) -> dict[str, Any]:
    """Which further pages the reader may open."""
    return {
        "of_department": may_see_department_picture(request.user, request.jurisdiction),
        "of_town": is_town_officer(request.user, request.jurisdiction),
        "of_research": may_export_research(request.user, request.jurisdiction),
        "figure_xlsx": "officer:picture-xlsx",
    }


def _table(figure: Figure) -> FileResponse:
    return xlsx_response(f"{figure.title}.xlsx", figure.headers, figure.table)

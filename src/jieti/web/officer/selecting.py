"""What the pages of visits, comparison, notices and decisions share: whose cases, and what a reader may see of them."""

from collections.abc import Mapping
from typing import Any

from django.http import Http404
from django.shortcuts import get_object_or_404

from jieti.accounts.disclosure import Shown, disclosed, reader_of
from jieti.accounts.perms import may_accept_applications, may_check_recognitions, may_decide_recognitions
from jieti.domain.workflows.recognition import RECOGNITION
from jieti.domain.workflows.table import Step
from jieti.kit import clock
from jieti.recognitions.desk import APPLICATIONS, course_of
from jieti.recognitions.models import Application, Campaign
from jieti.recognitions.models.applications import ApplicationQuerySet
from jieti.web.access import OfficerRequest

REASON = "办理名特优新认定"
STATES = {key: state.label for key, state in RECOGNITION.states.items()}
ROLES = RECOGNITION.role_labels


def campaign_of(request: OfficerRequest) -> Campaign | None:
    """The campaign of the year that was asked for, else the newest of the reader's jurisdiction."""
    found = Campaign.objects.of(request.jurisdiction).select_related("jurisdiction").latest_first()
    year = request.GET.get("year", "")
    return (found.filter(year=int(year)).first() if year.isdecimal() else None) or found.first()


def the_campaign(request: OfficerRequest) -> Campaign:
    """The same; not found where the jurisdiction has none."""
    found = campaign_of(request)
    if found is None:
        raise Http404
    return found


def years_of(request: OfficerRequest) -> list[int]:
    """The years that have a campaign, the newest first."""
    return list(Campaign.objects.of(request.jurisdiction).latest_first().values_list("year", flat=True))


def cases_of(request: OfficerRequest) -> ApplicationQuerySet:
    """The applications of the reader's jurisdiction, for those who work on all of them."""
    found = Application.objects.of(request.jurisdiction)
    return found.select_related("business", "campaign__jurisdiction", "nomination__nominator")


def case_of(request: OfficerRequest, pk: int) -> Application:
    """One of them; any other is not found."""
    return get_object_or_404(cases_of(request), pk=pk)


def works_on_cases(user: Any, jurisdiction: Any = None) -> bool:
    """Whoever accepts, decides or, for the city, checks applications."""
    questions = (may_accept_applications, may_decide_recognitions, may_check_recognitions)
    return any(question(user, jurisdiction) for question in questions)


def shown(request: OfficerRequest, business: str, values: Mapping[str, object]) -> dict[str, Shown]:
    """Of protected values what the reader gets, by the last part of their names; that it was read is recorded."""
    found = disclosed(reader_of(request.user, request.jurisdiction), values, business=business, reason=REASON)
    return {key.rpartition(".")[2]: one for key, one in found.items()}


def state_of(case: Application) -> str:
    """The state as people read it."""
    return STATES.get(case.state, case.state)


def tag_of(case: Application) -> str:
    """The colour of the state."""
    if case.closed_on is not None:
        return "good" if case.state == "in_force" else ""
    late = case.is_late(clock.today())
    return "bad" if late else "warn" if late is None else "doing"


def offers(case: Application, request: OfficerRequest) -> tuple[Step, ...]:
    """The steps that the reader may take now."""
    return APPLICATIONS.offers(case, by=request.user)


def step_of(case: Application, key: str) -> Step:
    """A step of the case's course; not found where it has none of the name."""
    found = next((one for one in course_of(case).steps if one.key == key), None)
    if found is None:
        raise Http404
    return found

"""Who is told what happens to an objection. The words are templates of `notices`; none holds protected data."""

from collections.abc import Mapping

from jieti.accounts.models import Organisation, Role
from jieti.appeals.models import Objection
from jieti.notices.actions import notify

FILED, ACCEPTED, WANTED = "objection_filed", "objection_accepted", "objection_evidence_wanted"
DECIDED, REPLIED = "objection_decided", "objection_replied"
TASK = "objection_task"
DUE_SOON, OVERDUE = "objection_due_soon", "objection_overdue"


def tell_appellant(kind: str, objection: Objection, *, reason: str = "") -> None:
    """A notice to whoever raised it, once a step."""
    notify(
        jurisdiction=objection.jurisdiction,
        kind=kind,
        subject=f"objection:{objection.pk}",
        recipient=objection.raised_by,
        values=_values(objection) | {"reason": reason},
        link=f"/my/{objection.business_id}/objections/{objection.pk}/",
        once=f"{kind}:{objection.pk}:{objection.version}",
    )


def tell_task(objection: Objection, *, organisation: Organisation, role: Role, task: str) -> None:
    """What the organisation's members of one role have to do now, once a step."""
    tell_officers(TASK, objection, organisation=organisation, role=role, values={"task": task})


def tell_officers(
    kind: str,
    objection: Objection,
    *,
    organisation: Organisation,
    role: Role,
    values: Mapping[str, object] | None = None,
    once: str = "",
) -> bool:
    """A notice to the organisation's members of one role; `once` names what is told once. Whether it is new."""
    told = notify(
        jurisdiction=objection.jurisdiction,
        kind=kind,
        subject=f"objection:{objection.pk}",
        organisation=organisation,
        role=role.value,
        values=_values(objection) | dict(values or {}),
        link=f"/officer/objections/{objection.pk}/",
        once=f"{kind}:{objection.pk}:{organisation.pk}:{role.value}:{once or objection.version}",
    )
    return told is not None


def _values(objection: Objection) -> dict[str, object]:
    return {
        "number": objection.pk,
        "business": objection.business.name,
        "year": objection.year,
        "due": objection.due_text,
        "outcome": objection.get_outcome_display(),
    }

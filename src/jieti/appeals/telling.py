"""Who is told what happens to an objection. The words are templates of `notices`; none holds protected data."""

from collections.abc import Mapping

from jieti.accounts.models import Organisation, Role
from jieti.appeals.models import Objection
from jieti.notices.actions import notify

FILED, ACCEPTED, WANTED = "objection_filed", "objection_accepted", "objection_evidence_wanted"
DECIDED, REPLIED = "objection_decided", "objection_replied"
TASK, WITHDRAWN = "objection_task", "objection_withdrawn"
DUE_SOON, OVERDUE = "objection_due_soon", "objection_overdue"
ROLES = {
    "filed": Role.INTAKE_CLERK,
    "not_accepted": Role.INTAKE_CLERK,
    "corrected": Role.INTAKE_CLERK,
    "refused": Role.INTAKE_CLERK,
    "concluded": Role.APPROVER,
}
"""Who must act in a state; in any other the verifier, and whoever is consulted."""


def in_charge(objection: Objection) -> set[tuple[Organisation, Role]]:
    """Whose turn it is: members of one role in the handling body, and in the bodies whose answers are awaited."""
    found = {(objection.handler, ROLES.get(objection.state, Role.REVIEWER))}
    if objection.state == "consulting":
        waiting = Organisation.objects.filter(disputed_facts__in=objection.disputed.waiting()).distinct()
        found |= {(supplier, role_of(supplier, objection)) for supplier in waiting}
    return found


def role_of(supplier: Organisation, objection: Objection) -> Role:
    """Who answers for a supplier: where the handler asks itself, those who verify."""
    return Role.REVIEWER if supplier.pk == objection.handler_id else Role.DEPARTMENT_OFFICER


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

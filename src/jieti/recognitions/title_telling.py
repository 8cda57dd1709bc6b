"""Who is told what happens to a title in its years. The words are templates of `notices`; none holds protected data."""

from collections.abc import Iterable, Mapping

from jieti.accounts.models import Organisation, Role
from jieti.accounts.scope import regulator_of
from jieti.notices.actions import Message, notify_all
from jieti.recognitions.models import Recognition
from jieti.registry.mandates import speakers_of

ENDED, FOUND = "title_ended", "title_found"
REPORT_DUE, REPORTS_LATE = "title_report_due", "title_reports_late"
CONFIRMED = "title_confirmed"
CHANGED = "title_proprietor_changed"
EVALUATION, EXTENDED = "title_evaluation", "title_extended"
CASE, TASK = "title_case", "title_task"
DUE_SOON, OVERDUE = "title_due_soon", "title_overdue"


def tell_owner(
    kind: str, recognition: Recognition, *, values: Mapping[str, object] | None = None, once: str = "", page: str = ""
) -> int:
    """A notice to everybody who may act for the business today; how many are new. `once` names what is told once."""
    return len(
        notify_all(
            jurisdiction=recognition.jurisdiction,
            kind=kind,
            messages=_to_owner(kind, recognition, values or {}, once, page),
        )
    )


def tell_officers(
    kind: str,
    recognition: Recognition,
    *,
    role: Role = Role.REVIEWER,
    values: Mapping[str, object] | None = None,
    once: str = "",
    link: str = "",
    organisation: Organisation | None = None,
) -> int:
    """A notice to the regulator's members of one role, or to another body's; how many are new."""
    body = organisation or regulator_of(recognition.jurisdiction)
    message = Message(
        subject=f"recognition:{recognition.pk}",
        organisation=body,
        role=role.value,
        values=_values(recognition) | dict(values or {}),
        link=link or f"/officer/titles/{recognition.pk}/",
        once=f"{kind}:{recognition.pk}:{body.pk}:{role.value}:{once}" if once else "",
    )
    return len(notify_all(jurisdiction=recognition.jurisdiction, kind=kind, messages=[message]))


def _to_owner(
    kind: str, recognition: Recognition, values: Mapping[str, object], once: str, page: str
) -> Iterable[Message]:
    for user in speakers_of(recognition.business):
        yield Message(
            subject=f"recognition:{recognition.pk}",
            recipient=user,
            values=_values(recognition) | dict(values),
            link=f"/my/{recognition.business_id}/titles/{page}",
            once=f"{kind}:{recognition.pk}:{user.pk}:{once}" if once else "",
        )


def _values(recognition: Recognition) -> dict[str, object]:
    return {
        "business": recognition.business.name,
        "category": recognition.get_category_display(),
        "number": recognition.number,
        "last_day": recognition.last_day,
    }

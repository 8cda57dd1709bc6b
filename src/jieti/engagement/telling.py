"""Who is told what. The words are templates of `notices`; of what was said in confidence a notice names the number."""

from collections.abc import Iterable

from jieti.accounts.models import DISTRICT_REGULATOR, Jurisdiction, Organisation, Role, User
from jieti.engagement.models import Duty, Gathering, Grievance, Need
from jieti.kit.cases import Case
from jieti.notices.actions import Message, notify, notify_all
from jieti.registry.models import Business, Proprietorship

TASK, DUE_SOON, OVERDUE = "service_task", "service_due_soon", "service_overdue"
ANSWERED, INVITED, CHANGED = "service_answered", "event_invitation", "event_changed"
PAGES = {"grievance": "complaints", "need": "needs", "duty": "duties"}


def role_of(organisation: Organisation) -> str:
    """Whom of a body's members a task is for: of the district regulator its reviewers, else all."""
    return Role.REVIEWER.value if organisation.key == DISTRICT_REGULATOR else ""


def tell_body(kind: str, case: Grievance | Need | Duty, body: Organisation, *, role: str = "", once: str = "") -> bool:
    """A notice to a body about a case, once a step or once for what `once` names. Whether it is new."""
    name = str(case._meta.model_name)
    told = notify(
        jurisdiction=case.jurisdiction,
        kind=kind,
        subject=f"{name}:{case.pk}",
        organisation=body,
        role=role or role_of(body),
        values={"what": _title(case), "number": case.pk, "due": case.due_text},
        link=f"/officer/{PAGES[name]}/{case.pk}/",
        once=f"{kind}:{name}:{case.pk}:{body.pk}:{role}:{once or case.version}",
    )
    return told is not None


def tell_asker(case: Grievance | Need, what: str) -> None:
    """A notice to whoever raised it, where they have an account."""
    if case.raised_by is None:
        return
    name = str(case._meta.model_name)
    notify(
        jurisdiction=case.jurisdiction,
        kind=ANSWERED,
        subject=f"{name}:{case.pk}",
        recipient=case.raised_by,
        values={"what": _title(case), "number": case.pk, "news": what},
        link=_own_link(case),
        once=f"{ANSWERED}:{name}:{case.pk}:{case.version}",
    )


def tell_invited(kind: str, gathering: Gathering, businesses: Iterable[Business], *, jurisdiction: Jurisdiction) -> int:
    """A notice to the proprietors of the businesses, each once for a business; how many were told."""
    owners = Proprietorship.objects.filter(business__in=[one.pk for one in businesses], user__is_active=True)
    values = {
        "title": gathering.title,
        "starts": f"{gathering.starts_at:%Y-%m-%d}",
        "place": gathering.place,
        "organiser": gathering.organiser.name,
    }
    messages = [
        _invitation(kind, gathering, one.user, one.business_id, values) for one in owners.select_related("user")
    ]
    return len(notify_all(jurisdiction=jurisdiction, kind=kind, messages=messages))


def _invitation(kind: str, gathering: Gathering, user: User, uscc: str, values: dict[str, str]) -> Message:
    return Message(
        f"gathering:{gathering.pk}",
        recipient=user,
        values=values,
        link=f"/my/{uscc}/events/{gathering.pk}/",
        once=f"{kind}:{gathering.pk}:{uscc}:{user.pk}",
    )


def _own_link(case: Case) -> str:
    if isinstance(case, Need):
        return f"/my/{case.business_id}/needs/{case.pk}/"
    return f"/my/complaints/{case.pk}/"


def _title(case: Case) -> str:
    if isinstance(case, Grievance):
        return "投诉" if case.is_confidential else f"诉求“{case.title}”"
    return f"督办事项“{case}”" if isinstance(case, Duty) else f"需求“{case}”"

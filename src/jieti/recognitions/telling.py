"""Who is told what happens to applications and nominations. The words are templates of `notices`."""

from jieti.accounts.models import Organisation, Role, User
from jieti.notices.actions import notify
from jieti.recognitions.models import Application, Nomination
from jieti.registry.mandates import proprietors_of, speakers_of

TASK = "recognition_task"
ACCEPTED, TURNED_AWAY, WANTED = "application_accepted", "application_turned_away", "application_evidence_wanted"
REVIEWED, REFUSED = "application_reviewed", "application_refused"
LAPSED, WITHDRAWN = "application_lapsed", "application_withdrawn"
CONSENT_WANTED, CONSENT_ANSWERED = "nomination_consent_wanted", "nomination_consent_answered"


def concerned_in(application: Application) -> list[User]:
    """Everybody who may act for the business today, and whoever applied."""
    people = {one.pk: one for one in speakers_of(application.business)}
    if application.applicant is not None:
        people[application.applicant.pk] = application.applicant
    return list(people.values())


def tell_applicant(kind: str, application: Application, *, reason: str = "") -> None:
    """A notice to all whom the application concerns, each once a step."""
    for person in concerned_in(application):
        notify(
            jurisdiction=application.campaign.jurisdiction,
            kind=kind,
            subject=f"application:{application.pk}",
            recipient=person,
            values=values_of(application) | {"reason": reason.rstrip("。")},
            link=f"/my/{application.business_id}/applications/{application.pk}/",
            once=f"{kind}:{application.pk}:{application.version}:{person.pk}",
        )


def tell_officers(application: Application, *, role: Role, task: str, kind: str = TASK) -> None:
    """What the regulator's members of one role have to do or to know now, once a step."""
    organisation = Organisation.objects.get(jurisdiction=application.campaign.jurisdiction, key=application.owner)
    notify(
        jurisdiction=application.campaign.jurisdiction,
        kind=kind,
        subject=f"application:{application.pk}",
        organisation=organisation,
        role=role.value,
        values=values_of(application) | {"task": task},
        link=f"/officer/recognitions/{application.pk}/",
        once=f"{kind}:{application.pk}:{role.value}:{application.version}",
    )


def tell_asked(nomination: Nomination) -> None:
    """The proprietor is asked for consent."""
    for person in proprietors_of(nomination.business):
        notify(
            jurisdiction=nomination.campaign.jurisdiction,
            kind=CONSENT_WANTED,
            subject=f"nomination:{nomination.pk}",
            recipient=person,
            values=_nomination_values(nomination),
            link=f"/my/{nomination.business_id}/nominations/{nomination.pk}/",
            once=f"{CONSENT_WANTED}:{nomination.pk}:{nomination.version}:{person.pk}",
        )


def tell_nominator(nomination: Nomination, *, answer: str) -> None:
    """The department hears what the proprietor answered."""
    notify(
        jurisdiction=nomination.campaign.jurisdiction,
        kind=CONSENT_ANSWERED,
        subject=f"nomination:{nomination.pk}",
        organisation=nomination.nominator,
        role=Role.DEPARTMENT_OFFICER.value,
        values=_nomination_values(nomination) | {"answer": answer},
        link=f"/officer/nominations/{nomination.pk}/",
        once=f"{CONSENT_ANSWERED}:{nomination.pk}:{nomination.version}",
    )


def values_of(application: Application) -> dict[str, object]:
    """What the templates about an application may name."""
    return {
        "number": application.pk,
        "business": application.business.name,
        "year": application.year,
        "path": application.get_path_display(),
        "due": application.due_text,
    }


def _nomination_values(nomination: Nomination) -> dict[str, object]:
    return {
        "business": nomination.business.name,
        "year": nomination.year,
        "nominator": nomination.nominator.name,
        "category": nomination.get_category_display(),
        "due": nomination.due_text,
    }

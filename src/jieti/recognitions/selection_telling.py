"""Who is told what of visits, comparison, public notice and decision. The words are templates of `notices`."""

import datetime

from django.urls import reverse

from jieti.accounts.models import Jurisdiction, Role, User
from jieti.accounts.scope import regulator_of
from jieti.notices.actions import notify
from jieti.recognitions.models import Application, NoticeObjection, PublicNotice, SpotCheck
from jieti.recognitions.telling import concerned_in

TASK, VISIT, RESULT = "selection_task", "selection_visit", "selection_result"
OBJECTION, CHECK = "selection_objection", "selection_spot_check"


def tell_visitor(visitor: User, home: Jurisdiction, on: datetime.date, count: int) -> None:
    """A day's visits have been planned for them."""
    notify(
        jurisdiction=home,
        kind=VISIT,
        subject=f"visits:{on}",
        recipient=visitor,
        values={"day": on.isoformat(), "count": count},
        link=reverse("officer:visits"),
    )


def tell_reviewers(application: Application, *, task: str) -> None:
    """What the district's reviewers have to do now."""
    _tell_role(application, Role.REVIEWER, task)


def tell_deciders(application: Application, *, task: str) -> None:
    """What the district's approvers have to do now."""
    _tell_role(application, Role.APPROVER, task)


def tell_applicant(application: Application, *, result: str, reason: str = "") -> None:
    """A step that concerns the business, to all whom it concerns; once a step."""
    for user in concerned_in(application):
        notify(
            jurisdiction=application.campaign.jurisdiction,
            kind=RESULT,
            subject=f"application:{application.pk}",
            recipient=user,
            values=_values(application) | {"result": result, "reason": reason},
            link=reverse("proprietor:business", args=[application.business_id]),
            once=f"{RESULT}:{application.pk}:{application.version}:{user.pk}",
        )


def tell_of_objection(objection: NoticeObjection) -> None:
    """Somebody objects during a public notice: to the intake clerks and reviewers."""
    notice: PublicNotice = objection.notice
    home = notice.campaign.jurisdiction
    for role in (Role.INTAKE_CLERK, Role.REVIEWER):
        notify(
            jurisdiction=home,
            kind=OBJECTION,
            subject=f"notice:{notice.pk}",
            organisation=regulator_of(home),
            role=role.value,
            values={"notice": str(notice), "business": objection.application.business.name},
            link=reverse("officer:public-notice", args=[notice.pk]),
            once=f"{OBJECTION}:{objection.pk}:{role.value}",
        )


def tell_of_check(check: SpotCheck) -> None:
    """The city has drawn a sample: to the district's reviewers."""
    home = check.campaign.jurisdiction
    notify(
        jurisdiction=home,
        kind=CHECK,
        subject=f"spot_check:{check.pk}",
        organisation=regulator_of(home),
        role=Role.REVIEWER.value,
        values={"year": check.campaign.year, "count": len(check.sample)},
        link=reverse("officer:spot-check", args=[check.pk]),
        once=f"{CHECK}:{check.pk}",
    )


def _tell_role(application: Application, role: Role, task: str) -> None:
    home = application.campaign.jurisdiction
    notify(
        jurisdiction=home,
        kind=TASK,
        subject=f"application:{application.pk}",
        organisation=regulator_of(home),
        role=role.value,
        values=_values(application) | {"task": task, "due": application.due_text},
        link=reverse("officer:decision", args=[application.pk]),
        once=f"{TASK}:{application.pk}:{application.version}:{role.value}",
    )


def _values(application: Application) -> dict[str, object]:
    return {"business": application.business.name, "year": application.year}

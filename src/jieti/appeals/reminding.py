"""Deadlines that come near or are over, told to the people who must act; files that nobody came back for."""

import datetime

from jieti.accounts.models import Role
from jieti.appeals import filing, letters, telling
from jieti.appeals.models import Evidence, Objection
from jieti.kit import clock
from jieti.kit.cases import Urgency
from jieti.kit.evidence import sweep as sweep_folder

DRAFTS_KEPT = datetime.timedelta(days=2)
"""How long files wait for an objection that was begun and not filed."""
APPELLANTS = frozenset({"waiting_for_evidence"})


def remind() -> int:
    """Tells of every deadline that is near or certainly over, each once; how many notices that were.

    While evidence is awaited the deadline is the appellant's, who was told it; once it is over the verifier goes on.
    """
    today = clock.today()
    told = 0
    for one in Objection.objects.open().select_related("jurisdiction", "business", "handler", "raised_by"):
        urgency = one.urgency(today)
        if urgency is Urgency.OVERDUE:
            told += _tell(one, telling.OVERDUE, days=0)
        elif urgency is Urgency.DUE_SOON and one.due_earliest and one.state not in APPELLANTS:
            told += _tell(one, telling.DUE_SOON, days=(one.due_earliest - today).days)
    return told


def sweep() -> int:
    """Takes away files of objections never filed and letters of steps that failed; how many there were."""
    known = set(Evidence.objects.values_list("stored_as", flat=True))
    known |= set(Objection.objects.exclude(reply_path="").values_list("reply_path", flat=True))
    limit = clock.now() - DRAFTS_KEPT
    return sum(sweep_folder(folder, known=known, before=limit) for folder in (filing.FOLDER, letters.FOLDER))


def _tell(objection: Objection, kind: str, *, days: int) -> int:
    """The alarm goes to those who must act, and when it is over to those who decide as well."""
    addressees = telling.in_charge(objection)
    if kind == telling.OVERDUE:
        addressees.add((objection.handler, Role.APPROVER))
    return sum(
        telling.tell_officers(
            kind, objection, organisation=organisation, role=role, values={"days": days}, once=str(objection.due_latest)
        )
        for organisation, role in addressees
    )

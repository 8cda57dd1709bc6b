"""变更经营者 of a recognised business: reported or found; what hangs on the person is asked anew at once.

The document says 及时; the rulebook lends the registration law's days (`limits.operator_change`, AMB-15).
"""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction

from jieti.accounts.models import User
from jieti.audit.actions import record
from jieti.domain.deadlines import Deadline
from jieti.kit import clock
from jieti.kit.advance import notices_with_us
from jieti.kit.errors import Refusal
from jieti.recognitions import title_telling
from jieti.recognitions.models import ProprietorChange, Recognition
from jieti.recognitions.screening import screen
from jieti.recognitions.title_acting import demand_speaker
from jieti.recognitions.titles import demand_live
from jieti.registry.mandates import on_behalf
from jieti.registry.models import BusinessRecord
from jieti.rulebooks.catalogue import current_rulebook, limit_of
from rulecore.explain import Explanation
from rulecore.model import Compare, Fact, Member, ParameterRef, Rulebook, walk

CLAUSE = "附件三(五)"
LIMIT = "operator_change"
COUNTED_PERSON = "counted_person"
"""The parameter that says whose rights and certificates count: a fact that asks it hangs on the person."""
PERSONAL = frozenset({"personal", "sensitive"})
ONCE = "recognitions_proprietor_change_once"


@dataclass(frozen=True, slots=True)
class Detected:
    """What the register says: who was before, who is now, since when."""

    before: str
    after: str
    changed_on: datetime.date


@transaction.atomic
def report_change(*, by: User, recognition: Recognition, after: str, changed_on: datetime.date) -> ProprietorChange:
    """The proprietor, or an agent, says who it is now. Raises Refusal for a day to come, and a second time."""
    demand_speaker(by, recognition)
    demand_live(recognition)
    if changed_on > clock.today():
        raise Refusal("变更日期在今天以后。", what_to_do="请填写登记机关核准变更的日期。")
    change = ProprietorChange(
        recognition=recognition,
        origin=ProprietorChange.Origin.REPORTED,
        before=recognition.business.proprietor,
        after=after.strip(),
        changed_on=changed_on,
        reported_by=by,
        reported_on=clock.today(),
        rechecked=recheck(recognition),
    )
    try:
        with transaction.atomic():
            change.save()
    except IntegrityError as error:
        if ONCE not in str(error):
            raise
        raise Refusal("这次变更已经报告过。", what_to_do="请在认定页面查看复核结果。") from None
    _record(by, change)
    return change


def note_found_change(recognition: Recognition) -> ProprietorChange | None:
    """Keeps a change that the register shows and nobody reported; None where there is none."""
    found = detect(recognition)
    if found is None:
        return None
    change = ProprietorChange.objects.create(
        recognition=recognition,
        origin=ProprietorChange.Origin.FOUND,
        before=found.before,
        after=found.after,
        changed_on=found.changed_on,
        reported_on=clock.today(),
        rechecked=recheck(recognition),
    )
    _record(None, change)
    return change


def detect(recognition: Recognition) -> Detected | None:
    """Whether the register names another proprietor than the one recognised, or last reported or found."""
    records = BusinessRecord.objects.filter(uscc=recognition.business_id).current().order_by("valid_from")
    known = list(records.values("proprietor", "person_id", "valid_from"))
    if not known:
        return None
    last = recognition.proprietor_changes.order_by("changed_on", "pk").last()
    now, since = known[-1], known[-1]["valid_from"]
    for one in reversed(known):
        if not _same(one, now):
            break
        since = one["valid_from"]
    if last is not None:
        is_new = now["proprietor"] != last.after and since > last.changed_on
        return Detected(last.after, now["proprietor"], since) if is_new else None
    then = [one for one in known if one["valid_from"] <= recognition.recognised_on]
    before = then[-1] if then else known[0]
    return None if _same(before, now) else Detected(before["proprietor"], now["proprietor"], since)


def report_deadline(change: ProprietorChange) -> Deadline:
    """Until when it was to be reported."""
    limit = limit_of(change.recognition.jurisdiction, LIMIT)
    return notices_with_us().deadline(change.changed_on, limit.length)


def recheck(recognition: Recognition) -> dict[str, Any]:
    """What hangs on the person, by the newest data: each criterion of the title's category and of the bars."""
    found = screen(recognition.business, on=clock.today(), path=recognition.path)
    book = current_rulebook(recognition.jurisdiction)
    lines = [
        *_lines(found.eligibility, "eligibility", book),
        *_lines(found.categories[recognition.category], recognition.category, book),
    ]
    return {"on": str(clock.today()), "lines": lines}


def _lines(explanation: Explanation, standard: str, book: Rulebook) -> list[dict[str, object]]:
    personal = personal_criteria(book, standard)
    return [
        {
            "standard": standard,
            "key": one.key,
            "label": one.label,
            "outcome": one.outcome,
            "text": one.outcome_text,
            "missing": list(one.missing),
        }
        for one in {one.key: one for one in explanation.findings if one.key in personal}.values()
    ]


def personal_criteria(book: Rulebook, standard: str) -> frozenset[str]:
    """The criteria of a standard that ask for something of the person who operates the business."""
    return frozenset(
        key
        for key, criterion in book.standards[standard].criteria.items()
        for node in walk(criterion.when)
        if isinstance(node, Compare | Member) and _hangs_on_person(book.facts[node.left.name])
    )


def _hangs_on_person(fact: Fact) -> bool:
    where = fact.derivation.where
    asks = where is not None and any(
        isinstance(node, Compare) and isinstance(node.right, ParameterRef) and node.right.name == COUNTED_PERSON
        for node in walk(where)
    )
    return asks or fact.data_class in PERSONAL


def _same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Where both are known as persons, the person tells, else the name."""
    if one["person_id"] and other["person_id"]:
        return bool(one["person_id"] == other["person_id"])
    return bool(one["proprietor"] == other["proprietor"])


def _record(by: User | None, change: ProprietorChange) -> None:
    one = change.recognition
    record(
        by=by,
        verb="recognitions.change_proprietor",
        subject=f"recognition:{one.pk}",
        detail={"origin": change.origin, "changed_on": str(change.changed_on)},
        clause=CLAUSE,
        on_behalf_of=on_behalf(by, one.business) if by else "",
        jurisdiction=one.jurisdiction_id,
    )
    title_telling.tell_officers(
        title_telling.CHANGED, one, values={"origin": change.get_origin_display()}, once=f"{change.pk}"
    )

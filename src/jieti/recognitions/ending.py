"""取消 and 撤销 of a title: inquiry, what the proprietor says, the decision with its document (附件三(五), AMB-21)."""

from collections.abc import Callable, Sequence
from typing import Any

from django.db import IntegrityError, transaction

from jieti.accounts.models import Role, User
from jieti.accounts.scope import regulator_of
from jieti.domain.workflows.table import SYSTEM
from jieti.kit import clock
from jieti.kit.errors import Refusal
from jieti.kit.evidence import Kept
from jieti.recognitions import end_letters, title_telling
from jieti.recognitions.desk import ENDINGS
from jieti.recognitions.models import Ending, Recognition, WatchFinding
from jieti.recognitions.title_evidence import attach
from jieti.recognitions.titles import end_title, settle_findings
from jieti.registry.mandates import on_behalf

END_OF = {Ending.Kind.WITHDRAWAL: Recognition.End.WITHDRAWN, Ending.Kind.REVOCATION: Recognition.End.REVOKED}
ONE_OPEN = "recognitions_ending_one_open"
TOLD_TO_OWNER = {
    "ask_evidence": "请说明情况或者补充材料",
    "notify": "告知拟处理意见；您可以陈述和申辩",
    "send_back": "退回重新核查",
    "drop": "决定不予终止，认定继续有效",
    "publish": "决定已送达并公布",
}
"""What the proprietor is told after a step; the decision itself is told with the end of the title."""
NEXT_ROLE = {
    "propose_dropping": Role.APPROVER,
    "state": Role.APPROVER,
    "waive": Role.APPROVER,
    "end_hearing": Role.APPROVER,
    "supply_evidence": Role.REVIEWER,
    "propose": Role.REVIEWER,
    "send_back": Role.REVIEWER,
    "decide": Role.REVIEWER,
}
"""Whose turn it is after a step."""


@transaction.atomic
def open_case(
    *, by: User | None, recognition: Recognition, kind: str, reason: str, finding: WatchFinding | None = None
) -> Ending:
    """Begins an inquiry; without a person it is the data's, and then a withdrawal.

    Raises Refusal for a title that is not in force, for a revocation of one that was not applied for by its
    proprietor, and while a case of the title is open.
    """
    case = Ending(
        recognition=recognition,
        kind=kind,
        facts=reason.strip(),
        finding=finding,
        year=clock.today().year,
        owner=regulator_of(recognition.jurisdiction).key,
    )
    try:
        with transaction.atomic():
            ENDINGS.open(case, "open" if by else "open_by_watch", by=by, reason=reason)
    except IntegrityError as error:
        if ONE_OPEN not in str(error):
            raise
        raise Refusal("这一认定已有一件终止认定的核查在办。", what_to_do="请在那一件里一并核查。") from None
    title_telling.tell_officers(
        title_telling.TASK,
        recognition,
        values={"task": f"核查是否{case.get_kind_display()}", "due": case.due_text},
        once=f"ending:{case.pk}:{case.version}",
        link=f"/officer/endings/{case.pk}/",
    )
    _tell_owner(case, f"启动是否{case.get_kind_display()}的核查", reason)
    return case


@transaction.atomic
def take(
    *, by: User | None, case: Ending, step: str, version: int, reason: str = "", evidence: Sequence[Kept] = ()
) -> Ending:
    """Takes a step of the table, with what follows from it; raises what `Desk.advance` raises.

    The decision writes the document and ends the title the same day; dropping the case settles what was found.
    """
    data: dict[str, Any] = {"statement": reason.strip()} if step == "state" else {}
    behalf = on_behalf(by, case.recognition.business) if by and _is_owners(case, step) else ""
    done = ENDINGS.advance(case, step, by=by, version=version, reason=reason, on_behalf_of=behalf, **data)
    if evidence and by is not None:
        attach(by=by, case=done, evidence=evidence)
    if step in CONSEQUENCES:
        CONSEQUENCES[step](by, done, reason)
    if step in TOLD_TO_OWNER:
        _tell_owner(done, TOLD_TO_OWNER[step], reason)
    if step in NEXT_ROLE:
        _tell_next(done, NEXT_ROLE[step])
    return done


def _decide(by: User | None, case: Ending, reason: str) -> None:
    recognition = Recognition.objects.select_related("business", "jurisdiction").get(pk=case.recognition_id)
    kind = END_OF[Ending.Kind(case.kind)]
    made = end_letters.write(recognition, kind=kind, reason=reason)
    ended = end_title(
        by=by, recognition=recognition, kind=kind, reason=reason.strip(), number=made.number, path=made.path
    )
    case.recognition = ended


def _drop(by: User | None, case: Ending, reason: str) -> None:
    settle_findings(case.recognition, by=by, settlement=f"核查后不予{case.get_kind_display()}：{reason.strip()}")


CONSEQUENCES: dict[str, Callable[[User | None, Ending, str], None]] = {"decide": _decide, "drop": _drop}


def _is_owners(case: Ending, step: str) -> bool:
    row = next((one for one in ENDINGS.workflow(case).steps if one.key == step), None)
    return row is not None and row.role not in {SYSTEM, "investigator", "decider"}


def _tell_owner(case: Ending, what: str, reason: str) -> None:
    title_telling.tell_owner(
        title_telling.CASE,
        case.recognition,
        values={"what": what, "reason": reason.strip(), "due": case.due_text or "—"},
        once=f"ending:{case.pk}:{case.version}",
        page=f"endings/{case.pk}/",
    )


def _tell_next(case: Ending, role: Role) -> None:
    title_telling.tell_officers(
        title_telling.TASK,
        case.recognition,
        role=role,
        values={
            "task": f"{case.get_kind_display()}：{ENDINGS.workflow(case).states[case.state].label}",
            "due": case.due_text,
        },
        once=f"ending:{case.pk}:{case.version}",
        link=f"/officer/endings/{case.pk}/",
    )

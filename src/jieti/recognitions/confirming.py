"""审核确认: once a year, whether a title's business still meets the base standards, pre-checked from the tables."""

import datetime
from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction

from jieti.accounts.models import Jurisdiction, User
from jieti.accounts.perms import may_review_applications
from jieti.audit.actions import record
from jieti.determinations.screening import ask
from jieti.kit import clock
from jieti.kit.errors import Refusal
from jieti.recognitions import title_telling
from jieti.recognitions.ending import open_case
from jieti.recognitions.models import Confirmation, Ending, Recognition
from jieti.recognitions.reporting import due_day, dues
from jieti.recognitions.screening import ELIGIBILITY, screen
from jieti.recognitions.titles import demand_live
from jieti.recognitions.watching import rules_of
from rulecore.explain import Finding
from rulecore.model import TIERS

CLAUSE = "附件三(五)"
TYPED = "typed"


def precheck(recognition: Recognition) -> dict[str, Any]:
    """What the newest data say: each condition of the watch, the published tier, and whether the report came."""
    business, today = recognition.business, clock.today()
    found = screen(business, on=today, path=recognition.path)
    base = ask(business, standards=(TIERS,), on=today, moment=clock.now(), own={}, given={})[TIERS].explanation
    known = {
        ELIGIBILITY: {one.key: one for one in found.eligibility.findings},
        TIERS: {one.key: one for one in base.findings},
    }
    rules = rules_of(recognition.jurisdiction).values()
    asked = [(ELIGIBILITY, TYPED), *((rule["standard"], rule["criterion"]) for rule in rules)]
    lines = [_line(known[standard][key]) for standard, key in asked if key in known.get(standard, {})]
    reported = recognition.reports.filter(year=today.year).first()
    return {
        "on": str(today),
        "lines": lines,
        "reported_on": str(reported.reported_on) if reported else None,
        "suggests": _suggested(lines),
    }


@transaction.atomic
def confirm(
    *,
    by: User,
    recognition: Recognition,
    outcome: str,
    note: str = "",
    mend_by: datetime.date | None = None,
) -> Confirmation:
    """The year's confirmation by a reviewer; one that is not met opens an inquiry into a withdrawal.

    Raises Refusal for others, for a title not in force, before the report came or was due, a second time in the year,
    without a reason where it is not confirmed, and without a day to come where it is conditional.
    """
    _demand_reviewer(by, recognition)
    demand_live(recognition)
    _demand_time(recognition)
    _demand_whole(outcome, note, mend_by)
    one = Confirmation(
        recognition=recognition,
        year=clock.today().year,
        checked=precheck(recognition),
        outcome=outcome,
        note=note.strip(),
        mend_by=mend_by if outcome == Confirmation.Outcome.CONDITIONAL else None,
        by=by,
    )
    try:
        with transaction.atomic():
            one.save()
    except IntegrityError as error:
        if "recognitions_confirmation_once_a_year" not in str(error):
            raise
        raise Refusal("今年已经确认过。", what_to_do="限期整改的，请在整改期满后办理“整改结果”。") from None
    _concluded(by, one)
    return one


@transaction.atomic
def settle(*, by: User, confirmation: Confirmation, outcome: str, note: str) -> Confirmation:
    """What became of a mending: confirmed after all, or not met. Raises Refusal for others and any other outcome."""
    one = Confirmation.objects.select_for_update(of=("self",)).get(pk=confirmation.pk)
    _demand_reviewer(by, one.recognition)
    if one.outcome != Confirmation.Outcome.CONDITIONAL or outcome == Confirmation.Outcome.CONDITIONAL:
        raise Refusal("这次确认不在限期整改中。", what_to_do="请刷新页面，看清现在的情况。")
    _demand_whole(outcome, note, None)
    if not note.strip():
        raise Refusal("没有写明整改的情况。", what_to_do="请写明核实了什么。")
    before = {"outcome": one.outcome}
    one.outcome, one.note, one.by, one.at = outcome, f"{one.note}\n{note.strip()}", by, clock.now()
    one.save(update_fields=["outcome", "note", "by", "at"])
    _concluded(by, one, before=before)
    return one


def waiting(jurisdiction: Jurisdiction, year: int) -> list[Recognition]:
    """The titles in force whose confirmation of the year is still to be made: those that report that year."""
    today = clock.today()
    done = set(
        Confirmation.objects.filter(recognition__jurisdiction=jurisdiction, year=year).values_list("recognition")
    )
    listed = (one.recognition for one in dues(jurisdiction, year))
    return [one for one in listed if (one.pk,) not in done and one.is_live(today)]


def may_begin(recognition: Recognition) -> bool:
    """From the day on which the report came, else once its day is over."""
    today = clock.today()
    if today > due_day(recognition.jurisdiction, today.year):
        return True
    return recognition.reports.filter(year=today.year).exists()


def _demand_reviewer(by: User, recognition: Recognition) -> None:
    if not may_review_applications(by, recognition.jurisdiction):
        raise Refusal("您不能办理审核确认。", what_to_do="请由区市场监管局的审核人员办理。")


def _demand_time(recognition: Recognition) -> None:
    due = due_day(recognition.jurisdiction, clock.today().year)
    if recognition.recognised_on >= due:
        raise Refusal("今年认定的，明年起每年确认。", what_to_do="请在明年收到信息报告后办理。")
    if not may_begin(recognition):
        raise Refusal(
            f"信息报告的期限（{due}）未到，还没有收到报告。", what_to_do="请在收到报告后，或者期限届满的次日起办理。"
        )


def _demand_whole(outcome: str, note: str, mend_by: datetime.date | None) -> None:
    if outcome not in Confirmation.Outcome.values:
        raise Refusal("没有选择确认结果。", what_to_do="请选择一个结果。")
    if outcome != Confirmation.Outcome.CONFIRMED and not note.strip():
        raise Refusal("没有写明理由。", what_to_do="请写明哪一项不符合、依据是什么。")
    if outcome == Confirmation.Outcome.CONDITIONAL and (mend_by is None or mend_by <= clock.today()):
        raise Refusal("没有填写整改期限，或者期限不在今天以后。", what_to_do="请填写今天以后的日期。")


def _concluded(by: User, one: Confirmation, before: Mapping[str, object] | None = None) -> None:
    recognition = one.recognition
    record(
        by=by,
        verb="recognitions.confirm",
        subject=f"recognition:{recognition.pk}",
        detail={"year": one.year, "outcome": one.outcome},
        clause=CLAUSE,
        before=before,
        after={"outcome": one.outcome},
        jurisdiction=recognition.jurisdiction_id,
    )
    title_telling.tell_owner(
        title_telling.CONFIRMED,
        recognition,
        values={
            "year": one.year,
            "outcome": one.get_outcome_display(),
            "note": one.note,
            "mend_by": one.mend_by or "—",
        },
        once=f"{one.pk}:{one.outcome}",
    )
    is_open = Ending.objects.open().filter(recognition=recognition).exists()
    if one.outcome == Confirmation.Outcome.NOT_MET and not is_open:
        reason = f"{one.year}年审核确认不再符合基础标准：{one.note}"
        open_case(by=by, recognition=recognition, kind=Ending.Kind.WITHDRAWAL, reason=reason)


def _line(finding: Finding) -> dict[str, object]:
    return {
        "key": finding.key,
        "label": finding.label,
        "clause": finding.clause,
        "outcome": finding.outcome,
        "text": finding.outcome_text,
        "missing": list(finding.missing),
    }


def _suggested(lines: list[dict[str, object]]) -> str:
    """What the data alone say; a person decides."""
    outcomes = [one["outcome"] for one in lines]
    if False in outcomes:
        return Confirmation.Outcome.NOT_MET
    return "" if None in outcomes else Confirmation.Outcome.CONFIRMED

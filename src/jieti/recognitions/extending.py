"""到期评估和延期 in the last year of validity: three years' figures, criteria A–D, three more years (附件三(五))."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import transaction

from jieti.accounts.models import Role, User
from jieti.accounts.scope import regulator_of
from jieti.determinations.fact_texts import text_of
from jieti.determinations.models import Result, Run
from jieti.determinations.running import facts_as_used, plan_of
from jieti.domain.periods import prolonged
from jieti.kit import clock
from jieti.kit.errors import Refusal
from jieti.kit.evidence import Kept
from jieti.recognitions import title_telling
from jieti.recognitions.desk import EXTENSIONS
from jieti.recognitions.ending_guards import EXTEND, evaluation_opens
from jieti.recognitions.models import Application, Extension, Recognition
from jieti.recognitions.screening import screen
from jieti.recognitions.title_evidence import attach
from jieti.registry.mandates import on_behalf
from jieti.rulebooks.catalogue import procedure_of

CLAUSE = "附件三(五)"
INDICATORS = ("turnover", "tax_paid", "insured_headcount")
"""销售额或者营业收入、缴税、吸纳就业: facts of the determinations of the years since the recognition."""
GROWN, AGREES = "indicators_grown", "nominator_agrees"
CONCLUDED = "conclude"
YEARS_SHOWN = 4
"""The year before the recognition and the three after it."""
TOLD_TO_OWNER = {"ask_evidence": "评估需要补充材料", "decline": "决定不予延期，认定到期终止"}
NEXT_ROLE = {
    "conclude": Role.APPROVER,
    "send_back": Role.REVIEWER,
    "give_opinion": Role.REVIEWER,
    "supply_evidence": Role.REVIEWER,
}


@dataclass(frozen=True, slots=True)
class Judgment:
    """What people judged: how many of the three indicators grew markedly (None: cannot tell), and why."""

    grown: int | None
    note: str

    def as_json(self) -> dict[str, object]:
        return {GROWN: self.grown, "note": self.note}


@transaction.atomic
def open_evaluation(*, by: User | None, recognition: Recognition) -> Extension:
    """Begins the evaluation of the period that is running out; without a person the calendar does.

    Raises Refusal before the last year, after the validity, and where the period has been evaluated.
    """
    one = Recognition.objects.select_for_update(of=("self",)).get(pk=recognition.pk)
    if one.evaluations.filter(old_last_day=one.last_day).exists():
        raise Refusal("这一有效期已经评估过或者正在评估。", what_to_do="请在到期评估里查看。")
    case = Extension(
        recognition=one,
        series=series_of(one),
        old_last_day=one.last_day,
        year=clock.today().year,
        owner=regulator_of(one.jurisdiction).key,
    )
    EXTENSIONS.open(case, "open" if by else "open_by_calendar", by=by, due_on=one.last_day)
    _tell_task(case, Role.REVIEWER)
    title_telling.tell_owner(
        title_telling.EVALUATION,
        one,
        values={"what": "到期评估已经启动"},
        once=f"{case.pk}:{case.version}",
        page=f"evaluations/{case.pk}/",
    )
    return case


def is_due(recognition: Recognition) -> bool:
    """Whether the last year has begun and nobody has evaluated it."""
    if clock.today() < evaluation_opens(recognition):
        return False
    return not recognition.evaluations.filter(old_last_day=recognition.last_day).exists()


def series_of(recognition: Recognition) -> dict[str, Any]:
    """The indicators by year, as the published determinations used them: figures of the calendar year before each."""
    results = Result.objects.current().published().filter(uscc=recognition.business_id, run__kind=Run.Kind.MAIN)
    newest = list(results.select_related("run__norm", "run__rulebook").order_by("-run__year")[:YEARS_SHOWN])
    return {"rows": [_row(one) for one in reversed(newest)]}


@transaction.atomic
def take(
    *,
    by: User | None,
    case: Extension,
    step: str,
    version: int,
    reason: str = "",
    agrees: bool | None = None,
    evidence: Sequence[Kept] = (),
) -> Extension:
    """Takes a step of the table but for the evaluator's own (`conclude`) and the decision to lengthen (`extend`)."""
    if step in {CONCLUDED, EXTEND}:
        raise ValueError(f"{step} has an action of its own")
    behalf = on_behalf(by, case.recognition.business) if by and step == "supply_evidence" else ""
    data: dict[str, Any] = {}
    if step == "give_opinion":
        data = {"opinion": reason.strip(), "recommender_agrees": agrees}
    owner = _owner_after(case, step)
    done = EXTENSIONS.advance(
        case, step, by=by, version=version, reason=reason, owner=owner, on_behalf_of=behalf, **data
    )
    if evidence and by is not None:
        attach(by=by, case=done, evidence=evidence)
    if step == "ask_recommender":
        _tell_recommender(done)
    _tell(done, step, reason)
    return done


@transaction.atomic
def conclude(*, by: User, case: Extension, version: int, judgment: Judgment, reason: str) -> Extension:
    """The evaluator's proposal, with what was judged and what the standard makes of it. Raises what `Desk` raises."""
    if judgment.grown is not None and not 0 <= judgment.grown <= len(INDICATORS):
        raise Refusal("增长的指标数不对。", what_to_do=f"请填写0到{len(INDICATORS)}之间的整数。")
    if not judgment.note.strip():
        raise Refusal("没有写明增长情况的判断理由。", what_to_do="请对照三年指标写明为什么算或者不算明显增长。")
    done = EXTENSIONS.advance(
        case,
        CONCLUDED,
        by=by,
        version=version,
        reason=reason,
        judged=judgment.as_json(),
        screening=screened(case, judgment),
    )
    _tell(done, CONCLUDED, reason)
    return done


@transaction.atomic
def extend(*, by: User, case: Extension, version: int, reason: str) -> Extension:
    """Lengthens the title by the rulebook's years from its old last day. Raises what `Desk.advance` raises."""
    one = Recognition.objects.select_for_update(of=("self",)).select_related("jurisdiction").get(pk=case.recognition_id)
    new_day = new_last_day(one)
    done = EXTENSIONS.advance(case, EXTEND, by=by, version=version, reason=reason, new_last_day=new_day)
    one.last_day, one.extensions = new_day, one.extensions + 1
    one.save(update_fields=["last_day", "extensions"])
    done.recognition = one
    title_telling.tell_owner(
        title_telling.EXTENDED, one, values={"last": new_day, "reason": reason.strip()}, once=f"{done.pk}"
    )
    return done


def new_last_day(recognition: Recognition) -> Any:
    """The last day after one more extension; counted from the recognition, so that 29 February is never worn away."""
    validity = procedure_of(recognition.jurisdiction)["validity"]
    by = validity["extension_years"] * (recognition.extensions + 1)
    return prolonged(recognition.recognised_on, years=validity["years"], by=by, period=validity["period"])


def screened(case: Extension, judgment: Judgment | None) -> dict[str, Any]:
    """What the extension standard says today of the data and of what was judged."""
    one = case.recognition
    given: dict[str, object] = {AGREES: case.recommender_agrees}
    if judgment is not None and judgment.grown is not None:
        given[GROWN] = judgment.grown
    found = screen(one.business, on=clock.today(), path=one.path, given=given).extension
    lines = {
        finding.key: {
            "key": finding.key,
            "letter": finding.letter,
            "label": finding.label,
            "outcome": finding.outcome,
            "text": finding.outcome_text,
            "missing": list(finding.missing),
        }
        for finding in found.findings
        if finding.letter
    }
    return {"on": str(clock.today()), "outcome": found.tier, "lines": list(lines.values())}


def has_recommender(recognition: Recognition) -> bool:
    """Whether criterion D can be used at all: a title that a department recommended."""
    return recognition.path == Application.Path.NOMINATION


def _row(result: Result) -> dict[str, object]:
    facts, used = plan_of(result.run).facts, _used(result)
    values = {key: text_of(facts[key], used.get(key)) for key in INDICATORS if key in facts}  # type: ignore[arg-type]
    return {"year": result.run.year - 1, "tier": result.tier, "values": values}


def _used(result: Result) -> Mapping[str, object]:
    """A run whose facts are gone tells nothing."""
    try:
        return facts_as_used(result)
    except (Refusal, FileNotFoundError):
        return {}


def number_of(text: str) -> Decimal | None:
    """A kept figure as a number."""
    return Decimal(text) if text else None


def _owner_after(case: Extension, step: str) -> str:
    if step == "ask_recommender" and (nomination := case.recognition.application.nomination):
        return nomination.nominator.key
    return regulator_of(case.recognition.jurisdiction).key


def _tell(case: Extension, step: str, reason: str) -> None:
    if step in TOLD_TO_OWNER:
        title_telling.tell_owner(
            title_telling.CASE,
            case.recognition,
            values={"what": TOLD_TO_OWNER[step], "reason": reason.strip(), "due": case.due_text or "—"},
            once=f"evaluation:{case.pk}:{case.version}",
            page=f"evaluations/{case.pk}/",
        )
    if step in NEXT_ROLE:
        _tell_task(case, NEXT_ROLE[step])


def _tell_task(case: Extension, role: Role) -> None:
    title_telling.tell_officers(
        title_telling.TASK,
        case.recognition,
        role=role,
        values={"task": f"到期评估：{EXTENSIONS.workflow(case).states[case.state].label}", "due": case.due_text},
        once=f"evaluation:{case.pk}:{case.version}",
        link=f"/officer/evaluations/{case.pk}/",
    )


def _tell_recommender(case: Extension) -> None:
    nomination = case.recognition.application.nomination
    if nomination is not None:
        title_telling.tell_officers(
            title_telling.TASK,
            case.recognition,
            role=Role.DEPARTMENT_OFFICER,
            organisation=nomination.nominator,
            values={"task": "对延期提出推荐部门意见", "due": case.due_text},
            once=f"evaluation:{case.pk}:{case.version}",
            link=f"/officer/evaluations/{case.pk}/",
        )

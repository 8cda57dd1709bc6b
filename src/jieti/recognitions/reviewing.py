"""审核 (附件三(二)2, 附件三(三)): what officers do with an application until its review is over.

Whoever reviews has said before that they have no tie to it (`interests`). Judged criteria stay human: each judgment
names the person, the evidence and a note.
"""

from collections.abc import Mapping

from django.db import transaction

from jieti.accounts.models import Role, User
from jieti.accounts.perms import may_review_applications
from jieti.audit.actions import record
from jieti.determinations.fact_texts import text_of, value_of
from jieti.domain.terms import Category
from jieti.kit.errors import Refusal
from jieti.recognitions import telling
from jieti.recognitions.desk import APPLICATIONS
from jieti.recognitions.interests import demand_impartial, demand_no_tie
from jieti.recognitions.models import Application, Assessment
from jieti.recognitions.screening import (
    CATEGORIES,
    ELIGIBILITY,
    EXCEPTED,
    PATH,
    RELAXED,
    Screening,
    fact_of,
    judged_criteria,
    screen_application,
)
from jieti.rulebooks.catalogue import current_rulebook
from rulecore.model import Compare, Criterion, Member, walk

STANDARD, PAIR = "附件三(三)", "."
JUDGING = ("reviewing", "visiting", "reviewed")
"""States in which criteria are judged and reasons written."""
DECIDING_CATEGORY = ("reviewing", "reviewed", "comparing")
NOT_JUDGED = frozenset({PATH, RELAXED, EXCEPTED})
"""Given facts that follow from the case or a written reason, not from a judgment."""


@transaction.atomic
def accept(*, by: User, application: Application, version: int) -> Application:
    """受理. This and all below raise Refusal for somebody with a tie, and what `Desk.advance` raises."""
    demand_no_tie(by, application)
    done = APPLICATIONS.advance(application, "accept", by=by, version=version)
    telling.tell_applicant(telling.ACCEPTED, done)
    telling.tell_officers(done, role=Role.REVIEWER, task="审核")
    return done


@transaction.atomic
def turn_away(*, by: User, application: Application, version: int, reason: str) -> Application:
    """不予受理: `reason` names the clause that is not met; the applicant reads it."""
    demand_no_tie(by, application)
    done = APPLICATIONS.advance(application, "turn_away", by=by, version=version, reason=reason)
    telling.tell_applicant(telling.TURNED_AWAY, done, reason=reason.strip())
    return done


def review(*, by: User, application: Application, version: int) -> Application:
    """Begins the review. From here on whoever acts has declared that they have no tie."""
    demand_impartial(by, application)
    return APPLICATIONS.advance(application, "review", by=by, version=version)


@transaction.atomic
def ask_evidence(*, by: User, application: Application, version: int, reason: str) -> Application:
    """Asks the applicant for what `reason` says; the clock stops until the answer."""
    demand_impartial(by, application)
    done = APPLICATIONS.advance(application, "ask_evidence", by=by, version=version, reason=reason)
    telling.tell_applicant(telling.WANTED, done, reason=reason.strip())
    return done


def end_waiting(*, by: User, application: Application, version: int) -> Application:
    """Goes on without the evidence, once the time for it is certainly over."""
    demand_impartial(by, application)
    return APPLICATIONS.advance(application, "end_waiting", by=by, version=version)


@transaction.atomic
def assess(
    *,
    by: User,
    application: Application,
    standard: str,
    criterion: str,
    judged: Mapping[str, str | None],
    evidence: str,
    note: str,
) -> list[Assessment]:
    """Judges the facts of one criterion: ``judged`` by key, as kept, None where nobody could tell.

    A judgment is added to those before it; the newest counts. Raises Refusal outside the review, without evidence and
    note, for a criterion that the standard has not, and for a fact that the data already say.
    """
    demand_impartial(by, application)
    locked = _locked(by, application, JUDGING)
    if not evidence.strip() or not note.strip():
        raise Refusal("判断要写明依据的材料和说明。", what_to_do="请写明看了什么材料、为什么这样判断。")
    if not judged:
        raise Refusal("没有作出判断。", what_to_do="请选择“是”“否”或者“无法判断”。")
    allowed = assessable(locked, standard, criterion)
    if refused := judged.keys() - allowed:
        labels = "、".join(fact_of(locked.business, key).label for key in sorted(refused))
        raise Refusal(f"“{labels}”由共享数据得出，不能人工判断。", what_to_do="数据有误的，请走数据更正。")
    made = [
        Assessment.objects.create(
            application=locked,
            standard=standard,
            criterion=criterion,
            fact=key,
            value=_checked(locked, key, text),
            evidence=evidence.strip(),
            note=note.strip(),
            by=by,
        )
        for key, text in judged.items()
    ]
    _record(by, "recognitions.assess", locked, {"criterion": f"{standard}{PAIR}{criterion}", "facts": sorted(judged)})
    return made


@transaction.atomic
def relax_source(*, by: User, application: Application, reason: str) -> Application:
    """Writes why the source of tiers is relaxed for a verified founder (附件三(三)1, AMB-8).

    Raises Refusal where the group is not verified, or nothing needs relaxing.
    """
    demand_impartial(by, application)
    locked = _locked(by, application, JUDGING)
    found = screen_application(locked)
    if found.value("founder_group_verified") is not True:
        raise Refusal("共享数据里没有核验过的四类群体。", what_to_do="请由相关部门核验后送数，再放宽。")
    _write(locked, "relaxation_reason", reason)
    _record(by, "recognitions.relax_source", locked, {})
    return locked


@transaction.atomic
def except_from_ban(*, by: User, application: Application, reason: str) -> Application:
    """Writes why a nomination is taken within the five years after a revocation (附件三(五), AMB-20).

    Raises Refusal for a business that applies by itself: for it the ban has no exception.
    """
    demand_impartial(by, application)
    locked = _locked(by, application, JUDGING)
    if locked.path != Application.Path.NOMINATION:
        raise Refusal("自主申报在撤销后5年内一律不受理（附件三(五)）。", what_to_do="请办理“审核不通过”。")
    _write(locked, "ban_exception_reason", reason)
    _record(by, "recognitions.except_from_ban", locked, {})
    return locked


@transaction.atomic
def decide_category(*, by: User, application: Application, category: str, reason: str) -> Application:
    """Decides the category among those that are met, the more suitable one with its reason (附件三(四), AMB-25).

    Raises Refusal for a category of which no criterion is certainly met, and without a reason.
    """
    demand_impartial(by, application)
    locked = _locked(by, application, DECIDING_CATEGORY)
    if not reason.strip():
        raise Refusal("没有写明确定类别的理由。", what_to_do="请写明为什么这一类更合适。")
    met = screen_application(locked).met
    if category not in met:
        labels = "、".join(Category(key).label for key in met) or "还没有"
        raise Refusal("这一类的条件没有确定满足。", what_to_do=f"确定满足的类别：{labels}。")
    locked.decided_category, locked.category_reason = category, reason.strip()
    locked.save(update_fields=["decided_category", "category_reason"])
    detail = {"category": category, "preferred": locked.preferred_category}
    _record(by, "recognitions.decide_category", locked, detail)
    return locked


@transaction.atomic
def pass_to_visit(*, by: User, application: Application, version: int, reason: str) -> Application:
    """The papers are in order; the business is visited next."""
    demand_impartial(by, application)
    done = APPLICATIONS.advance(application, "pass_to_visit", by=by, version=version, reason=reason)
    telling.tell_applicant(telling.REVIEWED, done)
    telling.tell_officers(done, role=Role.INTAKE_CLERK, task="安排走访")
    return done


@transaction.atomic
def pass_review(*, by: User, application: Application, version: int, reason: str) -> Application:
    """The review is over without a visit, where the rulebook lets it be left out on this path."""
    demand_impartial(by, application)
    done = APPLICATIONS.advance(application, "pass_review", by=by, version=version, reason=reason)
    telling.tell_applicant(telling.REVIEWED, done)
    return done


@transaction.atomic
def fail(*, by: User, application: Application, version: int, reason: str) -> Application:
    """Finds that the standard is not met; a second officer decides."""
    demand_impartial(by, application)
    done = APPLICATIONS.advance(application, "fail", by=by, version=version, reason=reason)
    telling.tell_officers(done, role=Role.APPROVER, task="决定是否不予认定")
    return done


def look_again(*, by: User, application: Application, version: int, reason: str) -> Application:
    """The second officer has it reviewed anew."""
    demand_impartial(by, application)
    return APPLICATIONS.advance(application, "look_again", by=by, version=version, reason=reason)


@transaction.atomic
def refuse(*, by: User, application: Application, version: int, reason: str) -> Application:
    """The second officer decides that it is not recognised; the applicant reads why."""
    demand_impartial(by, application)
    done = APPLICATIONS.advance(application, "refuse", by=by, version=version, reason=reason)
    telling.tell_applicant(telling.REFUSED, done, reason=reason.strip())
    return done


def assessable(application: Application, standard: str, criterion: str) -> tuple[str, ...]:
    """The facts of a criterion that a person may judge. Raises Refusal for a criterion that the standard has not."""
    found = _criterion(application, standard, criterion)
    return judgeable(application, found, screen_application(application))


def judgeable(application: Application, criterion: Criterion, screening: Screening) -> tuple[str, ...]:
    """Of the criterion's facts those that only people bring, those judged before, and those that no data tell."""
    judged = {one.fact for one in application.assessments.all()}
    facts = current_rulebook(application.business.jurisdiction).facts
    return tuple(
        key
        for key in facts_of(criterion)
        if key not in NOT_JUDGED
        and (facts[key].derivation.how == "given" or key in judged or screening.value(key) is None)
    )


def facts_of(criterion: Criterion) -> tuple[str, ...]:
    """The facts that a criterion asks for, each once."""
    nodes = (node for node in walk(criterion.when) if isinstance(node, Compare | Member))
    return tuple(dict.fromkeys(node.left.name for node in nodes))


def judged_of(application: Application) -> dict[str, dict[str, Criterion]]:
    """The criteria that people judge, by standard: those of the eligibility and of each category."""
    return {key: judged_criteria(application.business, key) for key in (ELIGIBILITY, *CATEGORIES)}


def _criterion(application: Application, standard: str, criterion: str) -> Criterion:
    standards = current_rulebook(application.business.jurisdiction).standards
    if standard not in (ELIGIBILITY, *CATEGORIES) or criterion not in standards[standard].criteria:
        raise Refusal("标准里没有这一项条件。", what_to_do="请刷新页面后重新选择。")
    return standards[standard].criteria[criterion]


def _checked(application: Application, key: str, text: str | None) -> str | None:
    if text is None or not text:
        return None
    fact = fact_of(application.business, key)
    return text_of(fact, value_of(fact, text))


def _locked(by: User, application: Application, states: tuple[str, ...]) -> Application:
    if not may_review_applications(by, application.campaign.jurisdiction):
        raise Refusal("您不能审核申报。", what_to_do="由区市场监管局的审核人员办理。")
    locked = (
        Application.objects.select_for_update(of=("self",))
        .select_related("business__jurisdiction", "campaign__jurisdiction")
        .get(pk=application.pk)
    )
    if locked.state not in states:
        raise Refusal("现在不是审核阶段，不能作出判断。", what_to_do="请刷新页面，看清现在的状态。")
    return locked


def _write(application: Application, column: str, reason: str) -> None:
    if not reason.strip():
        raise Refusal("没有写明理由。", what_to_do="请写明理由后再提交。")
    setattr(application, column, reason.strip())
    application.save(update_fields=[column])


def _record(by: User, verb: str, application: Application, detail: Mapping[str, object]) -> None:
    record(
        by=by,
        verb=verb,
        subject=f"application:{application.pk}",
        detail=detail,
        clause=STANDARD,
        jurisdiction=application.jurisdiction_code,
    )

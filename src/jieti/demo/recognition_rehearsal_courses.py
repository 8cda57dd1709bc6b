"""Courses of single cases in the rehearsal of recognitions: each yields the days that pass before its next step."""

import io
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from random import Random

from PIL import Image

from jieti.accounts.models import Organisation, User
from jieti.demo.rehearsal_cast import make_proprietor
from jieti.kit import clock
from jieti.kit.errors import Refusal
from jieti.recognitions import ending, extending, filing, nominating, reviewing, visiting
from jieti.recognitions.extending import Judgment
from jieti.recognitions.interests import declare
from jieti.recognitions.models import Application, Ending, Extension, Nomination, Visit
from jieti.registry.models import Business

Course = Iterator[int]
CATEGORY, STANDARD, CRITERION, FACT = "renowned", "renowned", "quality_and_reputation", "quality_and_honesty"
"""What every applicant of the rehearsal is good at; a person judges it."""


@dataclass(frozen=True)
class Players:
    """Who acts, and the dice. Two reviewers, a decider who proposes nothing, two officers of a department."""

    rng: Random
    clerk: User
    reviewer: User
    second: User
    decider: User
    nominator: Organisation
    nominating: User
    signing: User

    def days(self, least: int, most: int) -> int:
        return self.rng.randint(least, most)

    def by_chance(self, share: float) -> bool:
        return self.rng.random() < share


def application(who: Players, business: Business) -> Course:
    """A proprietor applies; most go on to the end of the review."""
    owner = make_proprietor(business)
    case = filing.start(by=owner, business=business)
    yield who.days(0, 4)
    case = filing.save_draft(
        by=owner, application=case, preferred_category=CATEGORY, introduction="老手艺，回头客多", answers={}
    )
    if who.by_chance(0.08):
        return
    case = filing.submit(by=owner, application=case, version=case.version)
    yield who.days(1, 5)
    if who.by_chance(0.05):
        filing.withdraw(by=owner, application=fresh(case), version=case.version)
        return
    yield from _reviewed(who, fresh(case), owner)
    case = fresh(case)
    if case.state == "reviewing":
        case = reviewing.pass_to_visit(by=who.reviewer, application=case, version=case.version, reason="材料齐全")
        yield from _visited(who, case)


def nomination(who: Players, business: Business) -> Course:
    """A department nominates, with the proprietor's consent or without coming that far."""
    owner = make_proprietor(business)
    one = nominating.draft(
        by=who.nominating, nominator=who.nominator, business=business, category=CATEGORY, opinion="经营有特色"
    )
    one = nominating.ask_consent(by=who.nominating, nomination=one, version=one.version)
    yield who.days(0, 9)
    if who.by_chance(0.15):
        nominating.refuse_consent(by=owner, nomination=one, version=one.version)
        return
    one = nominating.consent(by=owner, nomination=one, version=one.version)
    yield who.days(0, 5)
    if who.by_chance(0.1):
        nominating.revoke_consent(by=owner, nomination=one, version=one.version)
        return
    case = nominating.submit(by=who.signing, nomination=_nomination(one), version=one.version, reason="同意推荐")
    yield who.days(1, 5)
    yield from _reviewed(who, fresh(case), owner)
    case = fresh(case)
    if case.state == "reviewing":
        reviewing.pass_review(by=who.reviewer, application=case, version=case.version, reason="符合条件")


def end_of_title(who: Players, case: Ending) -> Course:
    """An inquiry until it is decided or dropped."""
    owner = make_proprietor(case.recognition.business)
    yield who.days(1, 8)
    if who.by_chance(0.3):
        case = _ending(who.reviewer, case, "ask_evidence", "请说明情况")
        yield who.days(1, 6)
        case = _ending(owner, case, "supply_evidence", "情况属实，已经改正")
    yield who.days(0, 4)
    if who.by_chance(0.4):
        case = _ending(who.reviewer, case, "propose_dropping", "已经改正")
        yield who.days(0, 3)
        _ending(who.decider, case, "drop", "同意")
        return
    case = _ending(who.reviewer, case, "propose", "核查属实")
    case = _ending(who.reviewer, case, "notify", "拟作此处理，可以陈述申辩")
    yield who.days(1, 4)
    case = _ending(owner, case, *(("state", "请从轻处理") if who.by_chance(0.5) else ("waive", "")))
    yield who.days(0, 5)
    case = _ending(who.decider, case, "decide", "事实清楚，证据充分")
    yield who.days(0, 4)
    _ending(who.reviewer, case, "publish", "")


def evaluation(who: Players, case: Extension) -> Course:
    """An evaluation; some are forgotten and their titles expire."""
    yield who.days(20, 200)
    if who.by_chance(0.2):
        return
    if extending.has_recommender(case.recognition):
        case = extending.take(by=who.reviewer, case=_again(case), step="ask_recommender", version=_again(case).version)
        yield who.days(1, 20)
        case = extending.take(
            by=who.nominating, case=case, step="give_opinion", version=case.version, reason="同意", agrees=True
        )
    grown = who.days(0, 2)
    case = extending.conclude(
        by=who.reviewer,
        case=_again(case),
        version=_again(case).version,
        judgment=Judgment(grown, "对照三年指标判断"),
        reason="评估完毕",
    )
    yield who.days(0, 10)
    case = _again(case)
    if case.screening["outcome"] == "extend":
        extending.extend(by=who.decider, case=case, version=case.version, reason="符合延期条件")
    else:
        extending.take(by=who.decider, case=case, step="decline", version=case.version, reason="没有满足的条件")


def fresh(case: Application) -> Application:
    """As it now is in the database."""
    return Application.objects.select_related("campaign__jurisdiction", "business", "nomination__nominator").get(
        pk=case.pk
    )


def picture(colour: int) -> bytes:
    """A small picture, as a phone's signature or photograph."""
    out = io.BytesIO()
    Image.new("RGB", (24, 16), (colour % 256, 90, 60)).save(out, format="PNG")
    return out.getvalue()


def _reviewed(who: Players, case: Application, owner: User) -> Course:
    """From the acceptance to where the review passes, or does not."""
    if who.by_chance(0.05):
        reviewing.turn_away(by=who.clerk, application=case, version=case.version, reason="不在受理范围")
        return
    case = reviewing.accept(by=who.clerk, application=case, version=case.version)
    yield who.days(1, 10)
    for officer in (who.clerk, who.reviewer, who.second, who.decider):
        declare(by=officer, application=case, tie=False)
    case = reviewing.review(by=who.reviewer, application=fresh(case), version=fresh(case).version)
    if who.by_chance(0.2):
        case = reviewing.ask_evidence(by=who.reviewer, application=case, version=case.version, reason="请补充照片")
        yield who.days(1, 8)
        case = filing.supply_evidence(by=owner, application=fresh(case), version=case.version, statement="见说明")
    reviewing.assess(
        by=who.reviewer,
        application=fresh(case),
        standard=STANDARD,
        criterion=CRITERION,
        judged={FACT: "true"},
        evidence="走访和信用记录",
        note="口碑好，无投诉",
    )
    reviewing.decide_category(by=who.reviewer, application=fresh(case), category=CATEGORY, reason="与经营特色最相符")
    yield who.days(1, 6)
    case = fresh(case)
    if who.by_chance(0.08):
        reviewing.fail(by=who.reviewer, application=case, version=case.version, reason="材料不实")


def _visited(who: Players, case: Application) -> Course:
    on = max(clock.today(), clock.today().replace(month=8, day=20)) + timedelta(days=who.days(1, 15))
    (visit,) = visiting.plan_visits(by=who.second, applications=[fresh(case)], visitor=who.second, on=on)
    yield (on - clock.today()).days
    for _ in range(2 if who.by_chance(0.2) else 1):
        _send(who, visit)


def _send(who: Players, visit: Visit) -> None:
    """A phone that lost its network sends twice; the visit is kept once."""
    case = fresh(visit.application)
    seen = visiting.Seen(
        client_key=uuid.uuid5(uuid.NAMESPACE_OID, str(visit.pk)),
        started_at=clock.now() - timedelta(minutes=40),
        findings={one.key: {"met": True, "note": "现场看过"} for one in visiting.judged_criteria(case)},
        note="经营正常，与申报一致",
        photos=[("门面.png", picture(visit.pk))],
        visitor_signature=picture(1),
        proprietor_signature=picture(2),
    )
    visiting.record_visit(by=who.second, visit=visit, seen=seen)


def _ending(by: User, case: Ending, step: str, reason: str) -> Ending:
    now = Ending.objects.select_related("recognition__business", "recognition__jurisdiction").get(pk=case.pk)
    return ending.take(by=by, case=now, step=step, version=now.version, reason=reason)


def _again(case: Extension) -> Extension:
    return Extension.objects.select_related(
        "recognition__business", "recognition__jurisdiction", "recognition__application__nomination__nominator"
    ).get(pk=case.pk)


def _nomination(one: Nomination) -> Nomination:
    return Nomination.objects.select_related("campaign__jurisdiction", "business", "nominator").get(pk=one.pk)


def play_on(course: Course) -> int | None:
    """The days until the course's next step; None where it is over, or was refused meanwhile."""
    try:
        return next((days for days in course if days), None)
    except Refusal:
        return None

"""比选: several reviewers score apart, the campaign's published rule makes the order, each result has its reason.

附件三(三)2.a, AMB-33.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from jieti.accounts.models import User
from jieti.accounts.perms import may_review_applications
from jieti.audit.actions import record
from jieti.kit import clock
from jieti.kit.errors import Refusal
from jieti.recognitions import places, selection_telling
from jieti.recognitions.desk import APPLICATIONS
from jieti.recognitions.interests import declare, demand_impartial, has_declared
from jieti.recognitions.models import Application, Campaign, Ranking, Score
from jieti.recognitions.scoring import BY_TIME, Entrant, Factor, Placed, digest, factors_of, order, two_decimals
from jieti.recognitions.selection_guards import newest_ranking
from jieti.rulebooks.catalogue import procedure_of

CLAUSE = "附件三(三)2"
SCORERS = 2
"""How many score at least, where the rulebook does not say."""
SUBMITTED = ("submit", "receive_nomination")


@dataclass(frozen=True, slots=True)
class Card:
    """名次说明 of one application: its place among how many, its total, the last total chosen, and each factor."""

    place: int
    of: int
    places: int
    total: str
    last_chosen: str
    chosen: bool
    factors: tuple[tuple[str, str, str], ...]
    """Label, points of the total, and how many of them there are."""
    tie: str

    @property
    def text(self) -> str:
        """For the decision and the applicant."""
        parts = "，".join(f"{label}{points}分（满分{most}分）" for label, points, most in self.factors)
        cut = f"；入选的最低分为{self.last_chosen}分" if self.last_chosen else ""
        return f"参加比选{self.of}户，可认定{self.places}户，名次第{self.place}，总分{self.total}分：{parts}{cut}。"


@dataclass(frozen=True, slots=True)
class _Choice:
    """A category, why this one, and why the application is proposed."""

    category: str
    category_reason: str
    reason: str


def compare(*, by: User, application: Application, version: int) -> Application:
    """Takes an application that passed the review into the comparison. Raises what `Desk.advance` raises.

    Raises Refusal where the campaign has published no factors.
    """
    if not application.campaign.factors:
        raise Refusal("本年度没有公布比选因素和权重。", what_to_do="比选因素须在开始申报以前公布；没有公布的不能比选。")
    return APPLICATIONS.advance(application, "compare", by=by, version=version)


@transaction.atomic
def score(
    *, by: User, application: Application, points: Mapping[str, int], notes: Mapping[str, str], no_tie: bool = False
) -> list[Score]:
    """One reviewer's points for every factor, each with its reason; to be changed until there is a ranking of them.

    `no_tie`: the reviewer declares with it that no tie to the business exists. Raises Refusal for somebody who does
    not review here or declared a tie, outside the comparison, after the ranking, and for points out of range.
    """
    case = Application.objects.select_for_update(of=("self",)).select_related("campaign__jurisdiction").get(
        pk=application.pk
    )  # fmt: skip
    _demand_scorable(by, case)
    if no_tie and not has_declared(by, case):
        declare(by=by, application=case, tie=False)
    demand_impartial(by, case)
    found = [_score(by, case, one, points, notes) for one in factors_of(case.campaign.factors)]
    _record(by, "recognitions.score", case.campaign, {"application": case.pk, "factors": len(found)})
    return found


def visible_scores(*, reader: User, campaign: Campaign) -> QuerySet[Score]:
    """A reader's own scores; everybody's only once a ranking holds the application."""
    ranked = {row["application"] for one in campaign.rankings.all() for row in one.rows}
    found = Score.objects.filter(application__campaign=campaign).select_related("by", "application__business")
    return found.filter(application__in=ranked) | found.filter(by=reader)


@transaction.atomic
def rank(*, by: User, campaign: Campaign, tie_reason: str = "") -> Ranking:
    """Makes the order of everybody in the comparison; the first so many as there are free places are chosen.

    Raises Refusal for somebody who does not review here, where nobody is compared, where a score is missing, and
    without `tie_reason` where the last place goes by nothing but the time of submission.
    """
    locked = Campaign.objects.select_for_update(no_key=True, of=("self",)).get(pk=campaign.pk)
    if not may_review_applications(by, locked.jurisdiction):
        raise Refusal("您不能排序。", what_to_do="比选由本局审核人员进行。")
    cases = list(_compared(locked))
    _demand_scored(locked, cases)
    factors, free = factors_of(locked.factors), places.free(locked)
    entrants = entrants_of(cases)
    found = order(factors, entrants)
    _demand_tie_reason(found, free, tie_reason)
    made = Ranking.objects.create(
        campaign=locked,
        places=free,
        rows=_rows(found, factors, free, {one.pk: one.business_id for one in cases}, tie_reason.strip()),
        sha256=digest(factors, entrants, places=free, tie_rule=locked.tie_rule),
        made_by=by,
    )
    _record(by, "recognitions.rank", locked, {"ranking": made.pk, "sha256": made.sha256, "places": free})
    return made


def holds(ranking: Ranking) -> bool:
    """Whether the scores as they are kept still give the ranking, place by place, and its digest."""
    campaign = ranking.campaign
    factors = factors_of(campaign.factors)
    cases = Application.objects.filter(pk__in=[row["application"] for row in ranking.rows])
    entrants = entrants_of(list(cases))
    again = [(one.place, one.application, str(one.total)) for one in order(factors, entrants)]
    kept = [(row["place"], row["application"], row["total"]) for row in ranking.rows]
    same = digest(factors, entrants, places=ranking.places, tie_rule=campaign.tie_rule) == ranking.sha256
    return same and again == kept


@transaction.atomic
def choose(
    *, by: User, application: Application, version: int, category: str, category_reason: str, reason: str
) -> Application:
    """Proposes one that the ranking chose, in a category. Raises what the guards raise."""
    return _proposed("choose", by, application, version, _Choice(category, category_reason, reason))


@transaction.atomic
def propose(
    *, by: User, application: Application, version: int, category: str, category_reason: str, reason: str
) -> Application:
    """Proposes without a comparison: only while everybody who passed the review has a place."""
    return _proposed("propose", by, application, version, _Choice(category, category_reason, reason))


@transaction.atomic
def not_choose(*, by: User, application: Application, version: int, reason: str) -> Application:
    """Ends an application that the ranking did not choose; the applicant is told place, points and reason."""
    card = card_of(application)
    told = f"{card.text if card else ''}{reason.strip()}" if reason.strip() else ""
    done = APPLICATIONS.advance(application, "not_choose", by=by, version=version, reason=told)
    selection_telling.tell_applicant(done, result="比选未入选", reason=f"理由：{told.rstrip('。')}。")
    return done


def card_of(application: Application) -> Card | None:
    """The application's place in the newest ranking, with all that explains it; None where it has none."""
    ranking = newest_ranking(application)
    row = next((one for one in ranking.rows if one["application"] == application.pk), None) if ranking else None
    if ranking is None or row is None:
        return None
    chosen = [one for one in ranking.rows if one["chosen"]]
    factors = factors_of(application.campaign.factors)
    return Card(
        place=row["place"],
        of=len(ranking.rows),
        places=ranking.places,
        total=row["shown"],
        last_chosen=chosen[-1]["shown"] if chosen else "",
        chosen=row["chosen"],
        factors=tuple((one.label, row["factors"][one.key], str(one.weight)) for one in factors),
        tie=row["tie_reason"],
    )


def entrants_of(cases: Sequence[Application]) -> list[Entrant]:
    """Applications with everybody's points, in the order of the scorers' numbers."""
    scores = Score.objects.filter(application__in=cases).order_by("by_id")
    points: dict[int, dict[str, list[int]]] = {one.pk: {} for one in cases}
    for one in scores:
        points[one.application_id].setdefault(one.factor, []).append(one.points)
    return [Entrant(one.pk, _submitted(one), points[one.pk]) for one in cases]


def scorers_of(application: Application) -> set[int]:
    """The numbers of the reviewers who have scored every factor of it."""
    factors = {one.key for one in factors_of(application.campaign.factors)}
    found: dict[int, set[str]] = {}
    for one in application.scores.all():
        found.setdefault(one.by_id, set()).add(one.factor)
    return {by for by, scored in found.items() if factors <= scored}


def _proposed(step: str, by: User, application: Application, version: int, choice: _Choice) -> Application:
    done = APPLICATIONS.advance(
        application,
        step,
        by=by,
        version=version,
        reason=choice.reason,
        decided_category=choice.category,
        category_reason=choice.category_reason.strip(),
    )
    selection_telling.tell_deciders(done, task="核对拟认定名单并公示")
    return done


def _compared(campaign: Campaign) -> QuerySet[Application]:
    found = Application.objects.filter(campaign=campaign, state="comparing").select_related("business", "campaign")
    return found.select_for_update(of=("self",)).order_by("pk")


def _demand_scorable(by: User, case: Application) -> None:
    if not may_review_applications(by, case.campaign.jurisdiction):
        raise Refusal("您不能评分。", what_to_do="比选评分由本局审核人员进行。")
    if case.state != "comparing":
        raise Refusal("这件申报不在比选中。", what_to_do="请刷新页面，看清现在的情况后再办理。")
    if any(row["application"] == case.pk for one in case.campaign.rankings.all() for row in one.rows):
        raise Refusal("已经排出名次，评分不能再改。", what_to_do="评分确有错误的，请在名次说明中写明，由审批人员处理。")


def _score(by: User, case: Application, factor: Factor, points: Mapping[str, int], notes: Mapping[str, str]) -> Score:
    given, note = points.get(factor.key), notes.get(factor.key, "").strip()
    if given is None or not 0 <= given <= factor.most:
        raise Refusal(f"“{factor.label}”的分数应当是0到{factor.most}的整数。", what_to_do="请更正后再提交。")
    if not note:
        raise Refusal(f"“{factor.label}”没有写明评分理由。", what_to_do="请填写理由后再提交。")
    values = {"points": given, "note": note, "at": clock.now()}
    return Score.objects.update_or_create(application=case, factor=factor.key, by=by, defaults=values)[0]


def _demand_scored(campaign: Campaign, cases: Sequence[Application]) -> None:
    if not cases:
        raise Refusal("没有在比选中的申报。", what_to_do="请先把审核完成的申报转入比选。")
    waiting = Application.objects.filter(campaign=campaign, state="reviewed").count()
    if waiting:
        raise Refusal(f"还有{waiting}件审核完成的没有转入比选。", what_to_do="请把它们一并转入比选后再排序。")
    fewest = procedure_of(campaign.jurisdiction).get("comparison", {}).get("scorers", SCORERS)
    lacking = [one.business.name for one in cases if len(scorers_of(one)) < fewest]
    if lacking:
        raise Refusal(
            f"评分不足{fewest}人：{'、'.join(lacking[:10])}。",
            what_to_do=f"每件至少由{fewest}名审核人员分别评完每一项。",
        )


def _demand_tie_reason(found: Sequence[Placed], free: int, reason: str) -> None:
    """The time of submission decides a place only as the last resort, with a reason (AMB-33)."""
    if 0 < free < len(found) and found[free].tie == BY_TIME and not reason.strip():
        raise Refusal(
            f"第{free}名和第{free + 1}名各项得分都相同，只能按提交先后确定。", what_to_do="请写明理由后再排序。"
        )


def _rows(
    found: Iterable[Placed], factors: Sequence[Factor], free: int, codes: Mapping[int, str], tie_reason: str
) -> list[dict[str, Any]]:
    return [
        {
            "place": one.place,
            "application": one.application,
            "uscc": codes[one.application],
            "total": str(one.total),
            "shown": two_decimals(one.total),
            "factors": {factor.key: two_decimals(part) for factor, part in zip(factors, one.parts, strict=True)},
            "chosen": one.place <= free,
            "tie": one.tie,
            "tie_reason": tie_reason if one.tie == BY_TIME else "",
        }
        for one in found
    ]


def _submitted(case: Application) -> str:
    """When it was submitted, for the last resort; the day it was opened where no step says."""
    step = case.steps.filter(step__in=SUBMITTED).order_by("number").first()
    return step.at.isoformat() if step else case.opened_on.isoformat()


def _record(by: User, verb: str, campaign: Campaign, detail: Mapping[str, object]) -> None:
    record(
        by=by,
        verb=verb,
        subject=f"campaign:{campaign.pk}",
        detail=detail,
        clause=CLAUSE,
        jurisdiction=campaign.jurisdiction_id,
    )

"""The yearly campaign: opened once the July results are published, in stages, until the end of November.

附件三(二)1, AMB-17. What the quota and the comparison rest on is frozen when it is opened (附件三(四), AMB-33).
"""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypedDict

from django.db import IntegrityError, transaction

from jieti.accounts.models import Jurisdiction, User
from jieti.accounts.perms import may_decide_recognitions
from jieti.audit.actions import record
from jieti.determinations.models import Run
from jieti.domain.milestones import Milestone, milestone
from jieti.domain.quota import Quota
from jieti.kit import clock
from jieti.kit.errors import Refusal
from jieti.recognitions.models import Application, Campaign
from jieti.recognitions.models.applications import ApplicationQuerySet
from jieti.rulebooks.catalogue import current_rulebook

CLAUSE = "附件三(二)1"
PHASE = "campaign"
APPLICATION, NOMINATION = "application", "nomination"
WHOLE = 100
"""The weights of a comparison add up to this."""
STAGE_STATES: Mapping[str, tuple[str, ...]] = {
    "application": ("draft",),
    "review": ("submitted", "accepted", "reviewing", "waiting_for_evidence", "failed"),
    "site_visit": ("visiting",),
    "comparison": ("reviewed", "comparing"),
    "public_notice": ("proposed", "noticed", "objected"),
    "recognition": ("deciding",),
}
"""Which states of an application wait for the end of a stage."""


class Factor(TypedDict):
    """A factor of the comparison: its weight in per cent, and the most points that a reviewer gives."""

    key: str
    label: str
    weight: int
    most: int


@dataclass(frozen=True, slots=True)
class Stage:
    """A part of the campaign; outside its days one that `closes` takes nothing in, another is late."""

    key: str
    label: str
    clause: str
    opens: datetime.date
    closes_on: datetime.date
    closes: bool

    def holds(self, day: datetime.date) -> bool:
        return self.opens <= day <= self.closes_on


@dataclass(frozen=True, slots=True)
class Progress:
    """A stage on a day: how many applications are in it, and days until its end (negative: over)."""

    stage: Stage
    waiting: int
    days_left: int

    @property
    def is_late(self) -> bool:
        return self.days_left < 0 and self.waiting > 0


@transaction.atomic
def open_campaign(
    *,
    by: User,
    jurisdiction: Jurisdiction,
    year: int,
    factors: Sequence[Factor] | None = None,
    tie_rule: str = "",
) -> Campaign:
    """Opens the year's campaign and freezes its base, its ceiling and its rule of comparison.

    Without `factors` and `tie_rule` they are the rulebook's. Raises Refusal outside the phase (with the day), before
    the year's results are published, for weights that do not add up to 100, and for a second time.
    """
    if not may_decide_recognitions(by, jurisdiction):
        raise Refusal("您不能启动年度认定工作。", what_to_do="由区市场监管局的审批人员启动。")
    phase = phase_of(jurisdiction, year)
    run = _published(jurisdiction, year)
    _demand_phase(phase)
    base, ceiling = _quota(jurisdiction, run)
    chosen, rule = comparison_of(jurisdiction)
    campaign = Campaign(
        jurisdiction=jurisdiction,
        year=year,
        run=run,
        receipt=run.merkle_root,
        base=base,
        ceiling=ceiling,
        opens_on=clock.today(),
        closes_on=phase.last_day,
        factors=_demand_whole(list(factors or chosen)),
        tie_rule=tie_rule.strip() or rule,
        opened_by=by,
    )
    _create(campaign)
    _record_opening(campaign)
    return campaign


def _record_opening(campaign: Campaign) -> None:
    record(
        by=campaign.opened_by,
        verb="recognitions.open_campaign",
        subject=f"campaign:{campaign.pk}",
        detail={name: getattr(campaign, name) for name in ("year", "base", "ceiling", "receipt", "factors")},
        clause=CLAUSE,
        jurisdiction=campaign.jurisdiction_id,
    )


def current_campaign(jurisdiction: Jurisdiction) -> Campaign | None:
    """The campaign of this year, open or over; None while it has not been opened."""
    return Campaign.objects.of(jurisdiction).filter(year=clock.today().year).first()


def campaign_for(jurisdiction: Jurisdiction, stage: str) -> Campaign:
    """The campaign that takes something in at this stage today.

    Raises Refusal where there is none or the stage is closed, with the day or the step that would help.
    """
    campaign = current_campaign(jurisdiction)
    if campaign is None:
        raise _not_opened(jurisdiction)
    demand_open(campaign, stage)
    return campaign


def demand_open(campaign: Campaign, stage: str) -> None:
    """Raises Refusal on a day on which the campaign takes nothing in at this stage, with the day that would help."""
    today = clock.today()
    one = stage_of(campaign, stage)
    opens, closes = max(campaign.opens_on, one.opens), min(campaign.closes_on, one.closes_on)
    if today < opens:
        raise Refusal(
            f"{campaign.year}年度的{one.label}还没有开始。",
            what_to_do=f"{_text(opens)}起可以办理，到{_text(closes)}止。",
        )
    if one.closes and today > closes:
        following = phase_of(campaign.jurisdiction, campaign.year + 1)
        raise Refusal(
            f"{campaign.year}年度的{one.label}已于{_text(closes)}截止。",
            what_to_do=f"已写的内容会保留，{campaign.year + 1}年度预计{_text(following.opens or closes)}起办理。",
        )


def stages_of(campaign: Campaign) -> tuple[Stage, ...]:
    """The campaign's stages in the rulebook's order, each within the campaign's own days."""
    entries = current_rulebook(campaign.jurisdiction).procedure.get("campaign", {}).get("stages", {})
    return tuple(_stage(key, entry, campaign.year) for key, entry in entries.items() if entry)


def stage_of(campaign: Campaign, key: str) -> Stage:
    """The stage of this key; where the rulebook does not name it, the whole campaign."""
    whole = Stage(key, "申报、推荐和认定", CLAUSE, campaign.opens_on, campaign.closes_on, closes=True)
    return next((one for one in stages_of(campaign) if one.key == key), whole)


def countdown(campaign: Campaign) -> list[Progress]:
    """Every stage with what is still in it and how many days it has left."""
    today = clock.today()
    open_ones = Application.objects.filter(campaign=campaign).open()
    counts = {state: open_ones.filter(state=state).count() for states in STAGE_STATES.values() for state in states}
    return [
        Progress(one, sum(counts[state] for state in STAGE_STATES.get(one.key, ())), (one.closes_on - today).days)
        for one in stages_of(campaign)
    ]


def undecided(campaign: Campaign) -> ApplicationQuerySet:
    """Applications that are not decided yet: from the day after the campaign's last they are overdue (附件三(二)1)."""
    states = [state for states in STAGE_STATES.values() for state in states if state != "draft"]
    return Application.objects.filter(campaign=campaign, state__in=states)


def overdue(campaign: Campaign) -> ApplicationQuerySet:
    """Those that are late today: past their own deadline, or undecided after the campaign's last day."""
    today = clock.today()
    found = undecided(campaign)
    return found if today > campaign.closes_on else found.overdue(today)


def comparison_of(jurisdiction: Jurisdiction) -> tuple[list[Factor], str]:
    """The rulebook's factors of comparison and what decides between equal totals (AMB-33)."""
    entry: Mapping[str, Any] = current_rulebook(jurisdiction).procedure.get("comparison") or {}
    factors = [
        Factor(key=key, label=one["label"], weight=one["weight"], most=one["most"])
        for key, one in entry.get("factors", {}).items()
        if one
    ]
    return factors, entry.get("tie_rule", "")


def phase_of(jurisdiction: Jurisdiction, year: int) -> Milestone:
    """The rulebook's phase of the year. Raises Refusal where it holds none."""
    try:
        return milestone(current_rulebook(jurisdiction).procedure, PHASE, year)
    except KeyError:
        raise Refusal(
            f"{jurisdiction}的规则没有设“申报、推荐和认定”阶段。", what_to_do="请到登记所在区的市场监管局办理。"
        ) from None


def _published(jurisdiction: Jurisdiction, year: int) -> Run:
    run = Run.objects.main_of(jurisdiction.rulebook, year)
    if run is None or run.status != Run.Status.PUBLISHED:
        raise Refusal(
            f"{year}年度的分型结果还没有公布，不能启动分类认定。",
            what_to_do="请先在“分型判定”里完成并公布当年的集中判定。",
        )
    return run


def _quota(jurisdiction: Jurisdiction, run: Run) -> tuple[int, int]:
    """The base that the published run gives, and the ceiling for it (附件三(四))."""
    quota = Quota.of(current_rulebook(jurisdiction).procedure)
    if quota is None:
        raise Refusal("本区规则没有设定数量比例。", what_to_do="请管理员在规则的 procedure.yaml 中补上。")
    base = quota.base_count(run.counts["tiers"])
    return base, quota.ceiling(base)


def _demand_phase(phase: Milestone) -> None:
    today = clock.today()
    if phase.opens and today < phase.opens:
        raise Refusal(f"{phase.year}年度的认定工作还没有到启动的日子。", what_to_do=f"{_text(phase.opens)}起可以启动。")
    if today > phase.last_day:
        raise Refusal(
            f"{phase.year}年度的认定工作应当在{_text(phase.last_day)}前完成，现在不能启动。",
            what_to_do=f"请在{phase.year + 1}年启动下一年度的工作。",
        )


def _demand_whole(factors: list[Factor]) -> list[Factor]:
    total = sum(one["weight"] for one in factors)
    if total != WHOLE or any(one["weight"] < 1 or one["most"] < 1 for one in factors):
        raise Refusal(f"比选因素的权重合计是{total}，不是{WHOLE}。", what_to_do="请调整权重，每项至少1，合计正好100。")
    return factors


def _create(campaign: Campaign) -> None:
    try:
        with transaction.atomic():
            campaign.save()
    except IntegrityError as error:
        if "recognitions_campaign_once_a_year" not in str(error):
            raise
        raise Refusal(f"{campaign.year}年度的认定工作已经启动。", what_to_do="请在“名特优新”里查看。") from None


def _not_opened(jurisdiction: Jurisdiction) -> Refusal:
    today = clock.today()
    phase = phase_of(jurisdiction, today.year)
    if today > phase.last_day:
        following = phase_of(jurisdiction, today.year + 1)
        return Refusal(
            f"{today.year}年度的认定工作已经结束。",
            what_to_do=f"{_text(following.opens or phase.last_day)}起可以申报。",
        )
    when = f"{_text(phase.opens)}起" if phase.opens and today < phase.opens else "分型结果公布、工作启动以后"
    return Refusal(f"{today.year}年度的认定工作还没有启动。", what_to_do=f"{when}可以申报。")


def _stage(key: str, entry: Mapping[str, Any], year: int) -> Stage:
    first, last = (datetime.date(year, *(int(part) for part in entry[end].split("-"))) for end in ("from", "to"))
    return Stage(key, entry["label"], entry["clause"], first, last, bool(entry.get("closes")))


def _text(day: datetime.date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"

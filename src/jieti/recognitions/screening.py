"""What the shared data say before anybody writes a word: may it apply, and which criteria of which category are met.

附件三(三). The site's own titles and published results stand beside what departments delivered; what only people can
judge comes in as `given`.
"""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from jieti.determinations.fact_texts import value_of
from jieti.determinations.models import Result, Run
from jieti.determinations.screening import Asked, Row, ask
from jieti.domain.periods import last_day_of_period
from jieti.domain.terms import Category
from jieti.kit import clock
from jieti.kit.errors import Refusal
from jieti.recognitions.models import Application, Recognition
from jieti.registry.models import Business
from jieti.rulebooks.catalogue import current_rulebook
from rulecore.explain import Explanation, Finding
from rulecore.model import Criterion, Fact

ELIGIBILITY, EXTENSION = "eligibility", "extension"
CATEGORIES = tuple(one.value for one in Category)
PATH, RELAXED, EXCEPTED = "application_path", "relaxation_reason_written", "ban_exception_written"
ELIGIBLE, BARRED, OUTSIDE, MET = "eligible", "barred", "outside_source", "met"
BARS = ("typed", "no_published_penalty", "no_judgment_default", "no_live_recognition", "no_reapplication_ban")
NO_FACTS: Mapping[str, object] = {}
OPENING_STEPS = ("submit", "receive_nomination")


@dataclass(frozen=True, slots=True)
class Screening:
    """The answers of the standards on the day ``on``; an outcome that is not certain has several possible ones."""

    business: Business
    on: datetime.date
    path: str
    answers: Mapping[str, Asked]
    given: Mapping[str, object]
    moment: datetime.datetime

    @property
    def eligibility(self) -> Explanation:
        """May it apply or be nominated: `barred`, `outside_source` or `eligible`."""
        return self.answers[ELIGIBILITY].explanation

    @property
    def categories(self) -> Mapping[str, Explanation]:
        """Of each category whether one of its criteria is met: `met` or `not_met`."""
        return {key: self.answers[key].explanation for key in CATEGORIES}

    @property
    def extension(self) -> Explanation:
        """May its title be lengthened: `extend` or `lapse`; worked out when it is asked for."""
        return _answers(self.business, self.on, self.moment, (EXTENSION,), self.given)[EXTENSION].explanation

    @property
    def excluded(self) -> bool:
        """Whether it certainly may not apply, whatever is still unknown."""
        return ELIGIBLE not in self.eligibility.possible

    @property
    def met(self) -> tuple[str, ...]:
        """The categories of which a criterion is certainly met."""
        return tuple(key for key, one in self.categories.items() if one.tier == MET)

    @property
    def possible(self) -> tuple[str, ...]:
        """The categories that are met or may turn out to be."""
        return tuple(key for key, one in self.categories.items() if MET in one.possible)

    def value(self, fact: str) -> object:
        """What is known of a fact in any of the standards; None: unknown."""
        return next((one.facts[fact] for one in self.answers.values() if fact in one.facts), None)

    def as_json(self) -> dict[str, object]:
        """As an application keeps it: the day, and each standard's explanation."""
        standards = {key: one.explanation.as_json() for key, one in self.answers.items()}
        return {"on": self.on.isoformat(), "path": self.path, "standards": standards}


def screen(
    business: Business,
    *,
    on: datetime.date | None = None,
    path: str,
    given: Mapping[str, object] = NO_FACTS,
) -> Screening:
    """What the newest data say of the business on the day (by default today) on that path of recognition.

    ``given`` are facts by key that people stated in the case, as values; they stand before what the tables say.
    """
    day, moment = on or clock.today(), clock.now()
    stated = {PATH: path, **given}
    answers = _answers(business, day, moment, (ELIGIBILITY, *CATEGORIES), stated)
    return Screening(business, day, path, answers, stated, moment)


def screen_application(application: Application) -> Screening:
    """The same for an application as it now stands: the day it was made, and everything that was judged of it."""
    return screen(application.business, on=applied_on(application), path=application.path, given=given_of(application))


def applied_on(application: Application) -> datetime.date:
    """The basis date 申报或者推荐之日; today while it is a draft."""
    step = application.steps.filter(step__in=OPENING_STEPS).first() if application.pk else None
    return clock.day_of(step.at) if step else clock.today()


def given_of(application: Application) -> dict[str, object]:
    """The facts that people stated in the case: reasons that a reviewer wrote, and the newest judgment of each fact."""
    found: dict[str, object] = {}
    if application.relaxation_reason:
        found[RELAXED] = True
    if application.ban_exception_reason:
        found[EXCEPTED] = True
    if not application.pk:
        return found
    facts = current_rulebook(application.business.jurisdiction).facts
    for one in application.assessments.order_by("pk"):
        found[one.fact] = None if one.value is None else value_of(facts[one.fact], one.value)
    return found


def refusal_of(found: Screening) -> Refusal:
    """Why it may not apply or be nominated: the requirements that are not met, each with its clause."""
    broken = broken_of(found)
    said = "；".join(f"{one.sentence.rstrip('。')}（{one.clause}）" for one in broken)
    ways = [line for one in broken for line in _ways(found, one)]
    return Refusal(
        f"不能{'推荐' if found.path == Application.Path.NOMINATION else '申报'}。不符合：{said}。",
        what_to_do="".join(dict.fromkeys(ways)) or "认为数据有误的，请在“各部门提供的数据”里提出更正。",
    )


def broken_of(found: Screening) -> list[Finding]:
    """The requirements of the eligibility that are certainly not met and exclude it, in the standard's order."""
    known = {one.key: one for one in found.eligibility.findings}
    bars = [known[key] for key in BARS if key in known and known[key].outcome is False]
    if bars:
        return bars
    return [one for key, one in known.items() if key == "within_source" and one.outcome is False]


def judged_criteria(business: Business, standard: str) -> dict[str, Criterion]:
    """The criteria of a standard that people judge, by the evidence that each names."""
    criteria = current_rulebook(business.jurisdiction).standards[standard].criteria
    return {key: one for key, one in criteria.items() if one.judged_by}


def fact_of(business: Business, key: str) -> Fact:
    """A fact of the jurisdiction's rulebook. Raises Refusal where it has none of that key."""
    facts = current_rulebook(business.jurisdiction).facts
    if key not in facts:
        raise Refusal(f"规则里没有“{key}”这一事实。", what_to_do="请刷新页面后重新选择。")
    return facts[key]


def _answers(
    business: Business,
    on: datetime.date,
    moment: datetime.datetime,
    standards: Sequence[str],
    given: Mapping[str, object],
) -> dict[str, Asked]:
    own = {"recognitions": _titles(business)}
    if published := _published_tiers(business):
        own["published_tiers"] = published
    return ask(business, standards=standards, on=on, moment=moment, own=own, given=given)


def _titles(business: Business) -> list[Row]:
    """The site's own titles of the business."""
    return [
        {
            "category": one.category,
            "application_path": one.path,
            "tier_at_recognition": one.tier_at_recognition or None,
            "recognised_on": one.recognised_on,
            "last_day": one.last_day,
            "ended_on": one.ended_on,
            "end_kind": one.end_kind or None,
        }
        for one in Recognition.objects.filter(business=business)
    ]


def _published_tiers(business: Business) -> list[Row]:
    """The published results of the business; one founded since the newest run has the tier of new businesses."""
    results = Result.objects.current().published().filter(uscc=business.pk, run__kind=Run.Kind.MAIN)
    rows: list[Row] = [
        {"year": one.run.year, "tier": one.tier, "published_on": clock.day_of(one.run.published_at)}
        for one in results.select_related("run")
        if one.run.published_at
    ]
    return rows or _new_business(business)


def _new_business(business: Business) -> list[Row]:
    rule = current_rulebook(business.jurisdiction).procedure.get("new_businesses")
    run = Run.objects.of(business.jurisdiction).main().published().order_by("-year").first()
    founded = business.established_on
    if not rule or run is None or founded is None or founded <= run.basis_date:
        return []
    return [{"year": founded.year, "tier": rule["tier"], "published_on": founded}]


def _ways(found: Screening, broken: Finding) -> list[str]:
    """What helps: the day from which a bar is over, else the hint of the fact."""
    if broken.key == "no_reapplication_ban":
        return [f"{day:%Y年%-m月%-d日}起可以再次申报。" for day in _ban_ends(found)]
    if broken.key == "no_live_recognition":
        live = Recognition.objects.filter(business=found.business).live(found.on).first()
        return [f"现有认定的有效期到{live.last_day:%Y年%-m月%-d日}。"] if live else []
    facts = current_rulebook(found.business.jurisdiction).facts
    return [facts[line.fact].how for line in broken.fact_lines if facts[line.fact].how]


def _ban_ends(found: Screening) -> list[datetime.date]:
    """The first day on which a revoked business may apply again (附件三(五), 民法典 201–202)."""
    rule = current_rulebook(found.business.jurisdiction).procedure["bans"]["revocation"]
    ended = Recognition.objects.filter(business=found.business, end_kind=Recognition.End.REVOKED).values_list(
        "ended_on", flat=True
    )
    days = [last_day_of_period(day, years=rule["years"]) + datetime.timedelta(days=1) for day in ended if day]
    return [max(days)] if days else []

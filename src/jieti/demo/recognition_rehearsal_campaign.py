"""A year's campaign in the rehearsal of recognitions: who tries, the choice, the notice, the decisions, the report."""

import datetime
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from jieti.demo import recognition_rehearsal_courses as courses
from jieti.demo.rehearsal_cast import make_proprietor
from jieti.determinations.models import Result, Run
from jieti.kit import clock
from jieti.recognitions import city, comparing, deciding, filing, noticing, places, reviewing
from jieti.recognitions.campaigns import current_campaign, open_campaign
from jieti.recognitions.models import Application, Campaign, PublicNotice, Recognition
from jieti.registry.models import Business

if TYPE_CHECKING:
    from jieti.demo.recognition_rehearsal import RecognitionRehearsal

Kind = Callable[[courses.Players, Business], courses.Course]
SHARE, LEAST = 0.004, 15
"""The share of businesses that try in a year, and the least: so that a small district meets its ceiling."""
NOMINATED = 0.25
SOURCE_TIERS = ("growth", "development", "survival", "ineligible")
WEIGHTS = (60, 30, 6, 4)
"""Whom the tries come from; the last two are refused or pass by a nomination alone."""


class CampaignYear:
    """The deeds of one campaign, each through the product's own actions."""

    def __init__(self, play: "RecognitionRehearsal", year: int) -> None:
        self._play, self._year, self._rng = play, year, play.rng

    def plan(self) -> None:
        """Puts the year on the agenda."""
        on = self._play.on
        on(self._on(8, 10), partial(self._play.attempt, self._open, "启动年度工作过早"))
        on(self._on(8, 11), self._open)
        on(self._on(8, 12), self._invite)
        on(self._on(11, 2), self._select)
        on(self._on(11, 6), self._give_notice)
        on(self._on(11, 7), self._object)
        for number in (13, 14, 16, 18, 20):
            on(self._on(11, number), self._end_notices)
        for number in (20, 23, 26, 29):
            on(self._on(11, number), self._decide)
        on(self._on(12, 2), self._report)
        on(datetime.date(self._year + 1, 1, 2), self._take_effect)

    def _on(self, month: int, day: int) -> datetime.date:
        return datetime.date(self._year, month, day)

    def _open(self) -> None:
        open_campaign(by=self._play.cast.approver, jurisdiction=self._play.jurisdiction, year=self._year)

    def _invite(self) -> None:
        run = Run.objects.of(self._play.jurisdiction).main().published().get(year=self._year)
        wanted = max(LEAST, int(self._play.businesses * SHARE))
        for tier in self._rng.choices(SOURCE_TIERS, WEIGHTS, k=wanted):
            listed = Result.objects.current().filter(run=run, tier=tier).order_by("uscc").values_list("uscc", flat=True)
            if not listed:
                continue
            business = Business.objects.select_related("jurisdiction").get(pk=self._rng.choice(list(listed)))
            kind = courses.nomination if self._rng.random() < NOMINATED else courses.application
            self._play.after(self._rng.randint(0, 40), partial(self._begin, kind, business))

    def _begin(self, kind: Kind, business: Business) -> None:
        """Starts a course; a second try at once is refused."""
        title = "推荐" if kind is courses.nomination else "申报"
        self._play.note(title)
        self._play.follow(kind(self._play.who, business))
        if self._rng.random() < 0.2:
            owner = make_proprietor(business)
            again = partial(filing.start, by=owner, business=business)
            if Application.objects.open().filter(business=business).exists():
                self._play.attempt(again, "重复申报")

    def _campaign(self) -> Campaign:
        found = current_campaign(self._play.jurisdiction)
        if found is None:
            raise AssertionError(f"{clock.today()}: no campaign of the year")
        return found

    def _cases(self, *states: str) -> list[Application]:
        found = Application.objects.filter(campaign__year=self._year, state__in=states).order_by("pk")
        return [courses.fresh(one) for one in found]

    def _select(self) -> None:
        """Everybody who passed the review is compared where there are more than places."""
        campaign, who = self._campaign(), self._play.who
        for one in self._cases("failed"):
            self._play.attempt(partial(_refuse, one, self._play), "不予认定")
        if not places.must_compare(campaign):
            for one in self._cases("reviewed"):
                deed = partial(
                    comparing.propose,
                    by=who.reviewer,
                    application=one,
                    version=one.version,
                    category=courses.CATEGORY,
                    category_reason="与经营特色最相符",
                    reason="符合条件，名额足够",
                )
                self._play.attempt(deed, "拟认定")
            return
        self._compare(campaign)

    def _compare(self, campaign: Campaign) -> None:
        who = self._play.who
        for one in self._cases("reviewed"):
            comparing.compare(by=who.reviewer, application=one, version=one.version)
        for one in self._cases("comparing"):
            for officer in (who.reviewer, who.second):
                points = {factor["key"]: self._rng.randint(3, factor["most"]) for factor in campaign.factors}
                notes = dict.fromkeys(points, "现场和材料")
                comparing.score(by=officer, application=one, points=points, notes=notes, no_tie=True)
        ranking = comparing.rank(by=who.reviewer, campaign=campaign, tie_reason="同分的按申报先后")
        chosen = {row["application"] for row in ranking.rows if row["chosen"]}
        for one in self._cases("comparing"):
            if one.pk in chosen:
                deed = partial(
                    comparing.choose,
                    by=who.reviewer,
                    application=one,
                    version=one.version,
                    category=courses.CATEGORY,
                    category_reason="与经营特色最相符",
                    reason="比选入选",
                )
                self._play.attempt(deed, "比选入选")
            else:
                reason = "名次在名额以外"
                deed = partial(
                    comparing.not_choose, by=who.decider, application=one, version=one.version, reason=reason
                )
                self._play.attempt(deed, "比选未入选")

    def _give_notice(self) -> None:
        proposed = self._cases("proposed")
        for one in proposed[:2]:
            early = partial(
                deciding.recognise, by=self._play.who.decider, application=one, version=one.version, reason="急"
            )
            self._play.attempt(early, "未公示就认定")
        if proposed:
            noticing.publish_notice(by=self._play.who.decider, campaign=self._campaign(), applications=proposed)

    def _object(self) -> None:
        for notice in PublicNotice.objects.filter(campaign__year=self._year):
            for one in notice.applications.order_by("pk"):
                if self._rng.random() < 0.1:
                    deed = partial(
                        noticing.raise_objection,
                        by=None,
                        notice=notice,
                        application=one,
                        name="邻居",
                        contact="13800000000",
                        statement="经营时间不实",
                    )
                    self._play.attempt(deed, "公示异议")

    def _end_notices(self) -> None:
        play = self._play
        for notice in PublicNotice.objects.filter(campaign__year=self._year):
            if notice.applications.filter(state="noticed").exists():
                play.attempt(partial(noticing.close_notice, by=play.who.clerk, notice=notice), "公示期满")
            for objection in notice.objections.filter(finding=""):
                finding = "upheld" if self._rng.random() < 0.3 else "dismissed"
                deed = partial(
                    noticing.answer_objection, by=play.who.clerk, objection=objection, finding=finding, answer="已核实"
                )
                play.attempt(deed, "处理公示异议")
        for one in self._cases("objected"):
            upheld = one.notice_objections.filter(finding="upheld").exists()
            act = noticing.uphold_objection if upheld else noticing.dismiss_objections
            play.attempt(
                partial(act, by=play.who.decider, application=one, version=one.version, reason="已核实"), "异议结论"
            )

    def _decide(self) -> None:
        play = self._play
        for one in self._cases("deciding"):
            declines = self._rng.random() < 0.03
            act: Callable[..., object] = deciding.decline if declines else deciding.recognise
            title = "决定不予认定" if declines else "认定决定"
            play.attempt(
                partial(act, by=play.who.decider, application=one, version=one.version, reason="符合条件"), title
            )
        for one in self._cases("recognised")[:1]:
            again = partial(
                deciding.recognise, by=play.who.decider, application=one, version=one.version, reason="再来"
            )
            play.attempt(again, "重复认定")

    def _report(self) -> None:
        play = self._play
        titles = list(Recognition.objects.filter(year=self._year, published_at=None))
        if titles:
            deciding.publish_titles(by=play.who.decider, recognitions=titles)
        if city.unreported(self._campaign()).exists():
            report = city.make_report(by=play.who.reviewer, campaign=self._campaign())
            city.mark_sent(by=play.who.reviewer, report=report)

    def _take_effect(self) -> None:
        play = self._play
        for one in self._cases("reported", "recognised"):
            deed = partial(deciding.take_effect, by=play.who.reviewer, application=one, version=one.version)
            play.attempt(deed, "转入有效期管理")


def _refuse(case: Application, play: "RecognitionRehearsal") -> None:
    reviewing.refuse(by=play.who.decider, application=case, version=case.version, reason="不符合条件")

"""A campaign whose applications passed the review, the officers who choose among them, and their deeds in order."""

import datetime
import io
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image

from jieti.accounts.actions import add_member
from jieti.accounts.models import CITY_REGULATOR, OrganisationKind, Role, User
from jieti.kit import clock
from jieti.kit.advance import notices_with_us
from jieti.recognitions import city, comparing, deciding, noticing, visiting
from jieti.recognitions.models import Application, Assessment, Campaign, PublicNotice, Recognition, Visit
from tests.factories.accounts import make_city, make_jurisdiction, make_organisation, make_user
from tests.factories.recognitions import make_application, make_campaign, officer
from tests.kept_worlds import kept_world

FIRST_DAY = datetime.date(2026, 9, 14)
"""A Monday inside the campaign, and before the days off of October."""
FACTORS = [
    {"key": "quality", "label": "质量和信誉", "weight": 60, "most": 10},
    {"key": "feature", "label": "经营特色", "weight": 40, "most": 5},
]
JUDGED = "renowned"
"""The category whose judged criterion `quality_and_reputation` the bench's reviewer has found met."""
DAY = datetime.timedelta(days=1)


@dataclass(frozen=True)
class Bench:
    """The campaign and its people: two reviewers who score, one who proposes, two who decide, a visitor, the city."""

    campaign: Campaign
    clerk: User
    reviewer: User
    second: User
    approver: User
    visitor: User
    city_officer: User
    outsider: User

    def case(self, state: str = "reviewed", **changes: object) -> Application:
        """An application in the state, its judged criterion met."""
        path = str(changes.pop("path", "self"))
        one = make_application(campaign=self.campaign, state=state, category=JUDGED, path=path, **changes)  # type: ignore[arg-type]
        Assessment.objects.create(
            application=one,
            standard=JUDGED,
            criterion="quality_and_reputation",
            fact="quality_and_honesty",
            value="true",
            evidence="消费者评价",
            note="评价一直很好",
            by=self.reviewer,
        )
        return one

    def planned(self, *cases: Application, on: datetime.date | None = None) -> list[Visit]:
        return visiting.plan_visits(
            by=self.clerk, applications=cases, visitor=self.visitor, on=on or clock.today(), companion="小李"
        )

    def visited(self, case: Application) -> Application:
        (visit,) = self.planned(case)
        visiting.record_visit(by=self.visitor, visit=visit, seen=seen_of(visit))
        return fresh(case)

    def proposed(self, case: Application) -> Application:
        return comparing.propose(
            by=self.reviewer,
            application=case,
            version=case.version,
            category=JUDGED,
            category_reason="品牌影响力突出",
            reason="条件齐备",
        )

    def noticed(self, *cases: Application) -> PublicNotice:
        return noticing.publish_notice(by=self.approver, campaign=self.campaign, applications=cases)

    def deciding(self) -> Application:
        """One on which nothing but the decision waits, on the day after its notice."""
        case = self.proposed(self.visited(self.case("visiting")))
        notice = self.noticed(case)
        with clock.at(notice.closes_on + DAY):
            noticing.close_notice(by=self.clerk, notice=notice)
        return fresh(case)

    def recognised(self, case: Application | None = None) -> Recognition:
        one = case or self.deciding()
        notice = one.notices.get()
        with clock.at(notice.closes_on + DAY):
            return deciding.recognise(by=self.approver, application=one, version=one.version, reason="符合知名类条件")

    def reported(self, count: int) -> list[Recognition]:
        """So many titles, reported to the city on one day."""
        titles = [self.recognised() for _ in range(count)]
        report = city.make_report(by=self.reviewer, campaign=self.campaign)
        city.mark_sent(by=self.reviewer, report=report)
        return titles

    def another_city_officer(self) -> User:
        return _city_officer("city-officer-2")

    def score(self, case: Application, quality: int, feature: int, *, by: User | None = None) -> None:
        comparing.score(
            by=by or self.reviewer,
            application=case,
            points={"quality": quality, "feature": feature},
            notes={"quality": "走访所见", "feature": "走访所见"},
            no_tie=True,
        )

    def compared(self, scores: Sequence[tuple[int, int]]) -> list[Application]:
        """As many applications in the comparison as there are pairs, each scored alike by two reviewers."""
        cases = [self.case("reviewed") for _ in scores]
        cases = [comparing.compare(by=self.reviewer, application=one, version=one.version) for one in cases]
        for one, pair in zip(cases, scores, strict=True):
            self.score(one, *pair)
            self.score(one, *pair, by=self.second)
        return cases


@kept_world
def make_bench(ceiling: int = 51) -> Bench:
    home = make_jurisdiction()
    campaign = make_campaign(year=FIRST_DAY.year, ceiling=ceiling, factors=FACTORS)
    return Bench(
        campaign=campaign,
        clerk=officer(Role.INTAKE_CLERK, jurisdiction=home),
        reviewer=officer(Role.REVIEWER, jurisdiction=home),
        second=officer(Role.REVIEWER, username="reviewer-2", jurisdiction=home),
        approver=officer(Role.APPROVER, username="approver-2", jurisdiction=home),
        visitor=officer(Role.INTAKE_CLERK, username="visitor", jurisdiction=home),
        city_officer=_city_officer("city-officer"),
        outsider=make_user("nobody"),
    )


def _city_officer(username: str) -> User:
    regulator = make_organisation(CITY_REGULATOR, "市市场监管局", OrganisationKind.DEPARTMENT, make_city())
    user = make_user(username)
    add_member(by=None, user=user, organisation=regulator, role=Role.CITY_OFFICER)
    return user


def fresh(case: Application) -> Application:
    return Application.objects.select_related("campaign__jurisdiction", "business").get(pk=case.pk)


def seen_of(visit: Visit, **changes: object) -> visiting.Seen:
    """What a phone would send of the visit."""
    judged = visiting.judged_criteria(visit.application)
    values: dict[str, object] = {
        "client_key": uuid.uuid4(),
        "started_at": clock.now(),
        "findings": {one.key: {"met": True, "note": "现场看到"} for one in judged},
        "note": "情况属实",
        "place": "40.31660, 116.63170",
        "met_with": "张秀英",
        "photos": [("门面.jpg", picture())],
        "visitor_signature": picture("PNG"),
        "proprietor_signature": picture("PNG", colour=(10, 10, 10)),
    }
    return visiting.Seen(**(values | changes))  # type: ignore[arg-type]


def picture(kind: str = "JPEG", colour: tuple[int, int, int] = (180, 40, 40)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), colour).save(out, format=kind)
    return out.getvalue()


def after(deadline: datetime.date, working_days: int = 0) -> datetime.date:
    """The first day on which something due on that day is late, or so many working days later."""
    return notices_with_us().add(deadline, working_days).latest + DAY

"""A campaign that is open, a business that may apply, and the people who handle it."""

import io
import uuid
from dataclasses import dataclass
from datetime import date, timedelta

from jieti.accounts.models import Organisation, OrganisationKind, Role, User
from jieti.kit import clock
from jieti.kit.evidence import Kept, keep
from jieti.recognitions import filing, interests, nominating, reviewing
from jieti.recognitions.models import Application, Campaign, Nomination, Visit
from jieti.registry.models import Business, Mandate, Proprietorship
from tests.appeals.court import photo
from tests.factories.accounts import make_district, make_officer, make_organisation, make_user
from tests.factories.recognitions import make_business, make_campaign, make_full_tables, make_result
from tests.kept_worlds import kept_world

YEAR = 2026
OPEN = date(YEAR, 9, 1)
AWARD = ("traditional_culture", "traditional_title")


@dataclass(frozen=True)
class Intake:
    """Who acts, and on what."""

    campaign: Campaign
    business: Business
    clerk: User
    reviewer: User
    second_reviewer: User
    approver: User
    proprietor: User
    agent: User
    department: Organisation
    nominator: User
    second_nominator: User

    def start(self, **changes: object) -> Application:
        return filing.start(**({"by": self.proprietor, "business": self.business} | changes))  # type: ignore[arg-type]

    def drafted(self, category: str = "distinctive") -> Application:
        one = self.start()
        return filing.save_draft(
            by=self.proprietor,
            application=one,
            preferred_category=category,
            introduction="祖孙三代烤虹鳟鱼，用自家山泉养鱼",
        )

    def submitted(self, category: str = "distinctive") -> Application:
        one = self.drafted(category)
        return filing.submit(by=self.proprietor, application=one, version=one.version)

    def accepted(self, category: str = "distinctive") -> Application:
        one = self.submitted(category)
        return reviewing.accept(by=self.clerk, application=one, version=one.version)

    def reviewing(self, category: str = "distinctive") -> Application:
        one = self.accepted(category)
        interests.declare(by=self.reviewer, application=one, tie=False)
        return reviewing.review(by=self.reviewer, application=one, version=one.version)

    def judge(self, one: Application, *, by: User | None = None) -> None:
        """The features are found distinctive and representative."""
        reviewing.assess(
            by=by or self.reviewer,
            application=one,
            standard="distinctive",
            criterion="local_feature",
            judged={"distinctive_trade": "catering", "distinctive_and_representative": "true"},
            evidence="经营场所照片、文旅部门意见",
            note="自养虹鳟鱼，区内少见",
        )

    def visiting(self) -> Application:
        one = self.reviewing()
        self.judge(one)
        return reviewing.pass_to_visit(
            by=self.reviewer, application=one, version=one.version, reason="材料齐全，符合特色类条件"
        )

    def visited(self, one: Application) -> Visit:
        """A visit that was made and sent."""
        return Visit.objects.create(
            application=one,
            planned_on=clock.today(),
            planned_by=self.clerk,
            visitor=self.clerk,
            client_key=uuid.uuid4(),
            started_at=clock.now(),
            sent_at=clock.now(),
            note="与申报相符",
        )

    def mandate(self, days: int) -> Mandate:
        """The agent's, from today for so many days."""
        today = clock.today()
        return Mandate.objects.create(
            business=self.business,
            agent=self.agent,
            granted_by=self.proprietor,
            starts_on=today,
            ends_on=today + timedelta(days=days),
        )

    def nominated(self, **changes: object) -> Nomination:
        given: dict[str, object] = {
            "by": self.nominator,
            "nominator": self.department,
            "business": self.business,
            "category": "distinctive",
            "opinion": "游客评价好，带动周边农户",
        }
        return nominating.draft(**(given | changes))  # type: ignore[arg-type]

    def consented(self) -> Nomination:
        one = self.nominated()
        one = nominating.ask_consent(by=self.nominator, nomination=one, version=one.version)
        return nominating.consent(by=self.proprietor, nomination=one, version=one.version)

    def received(self) -> Application:
        one = self.consented()
        return nominating.submit(by=self.second_nominator, nomination=one, version=one.version, reason="同意推荐")


@kept_world
def make_intake() -> Intake:
    home = make_district()
    culture = make_organisation("culture_tourism_bureau", "区文化和旅游局", OrganisationKind.DEPARTMENT)
    campaign = make_campaign(year=YEAR)
    business = make_business()
    make_result(business)
    make_full_tables()
    owner = make_user("zhang", display_name="张秀英")
    Proprietorship.objects.create(user=owner, business=business)
    return Intake(
        campaign=campaign,
        business=business,
        clerk=make_officer(home, Role.INTAKE_CLERK, username="clerk"),
        reviewer=make_officer(home, Role.REVIEWER, username="reviewer"),
        second_reviewer=make_officer(home, Role.REVIEWER, username="reviewer2"),
        approver=make_officer(home, Role.APPROVER, username="approver"),
        proprietor=owner,
        agent=make_user("helper", display_name="李四"),
        department=culture,
        nominator=make_officer(culture, Role.DEPARTMENT_OFFICER, username="culture"),
        second_nominator=make_officer(culture, Role.DEPARTMENT_OFFICER, username="culture2"),
    )


def kept(content: bytes | None = None, name: str = "证书.jpg", folder: str = filing.FOLDER) -> Kept:
    return keep(io.BytesIO(content or photo()), name=name, folder=folder)

"""A published result that somebody objects to, and the people who handle it."""

import io
from dataclasses import dataclass
from datetime import timedelta

from PIL import Image

from jieti.accounts.models import Organisation, Role, User
from jieti.appeals import handling
from jieti.appeals.filing import FOLDER, file_objection
from jieti.appeals.models import Objection
from jieti.determinations.models import Result, Run
from jieti.directory.corrections import correct_result
from jieti.kit import clock
from jieti.kit.evidence import Kept, keep
from jieti.registry.models import Business, Mandate
from tests.factories.accounts import make_officer, make_user
from tests.factories.deliveries import make_feeds, organisation
from tests.kept_worlds import kept_world
from tests.web import district

TAX_RIGHT = "6000.00"
"""With this much tax the growth business still grows; what changes is the reason."""
DEVELOPMENT_TURNOVER = "3000000.00"
"""With this turnover it would be of the development tier."""


@dataclass(frozen=True)
class Court:
    """The small district's people, a tax officer, a second reviewer and approver, and an agent without a mandate."""

    people: district.People
    run: Run
    tax_officer: User
    second_reviewer: User
    second_approver: User
    both: User
    agent: User

    @property
    def business(self) -> Business:
        return Business.objects.select_related("jurisdiction").get(pk=district.GROWTH)

    @property
    def result(self) -> Result:
        found = Result.objects.published().latest_for(district.GROWTH)
        assert found is not None
        return found

    @property
    def handler(self) -> Organisation:
        return organisation()

    def file(self, **changes: object) -> Objection:
        given: dict[str, object] = {
            "by": self.people.proprietor,
            "business": self.business,
            "result": self.result,
            "statement": "去年补缴的税款没有算进去",
            "claims": {"turnover": DEVELOPMENT_TURNOVER},
        }
        return file_objection(**(given | changes))  # type: ignore[arg-type]

    def mandate(self, first: int, last: int) -> Mandate:
        """The agent's, from so many days to so many days from today."""
        today = clock.today()
        return Mandate.objects.create(
            business=self.business,
            agent=self.agent,
            granted_by=self.people.proprietor,
            starts_on=today + timedelta(days=first),
            ends_on=today + timedelta(days=last),
        )

    def verifying(self, **changes: object) -> Objection:
        one = self.file(**changes)
        one = handling.accept(by=self.people.clerk, objection=one, version=one.version)
        return handling.verify(by=self.people.reviewer, objection=one, version=one.version)

    def concluded(self, value: str = DEVELOPMENT_TURNOVER, **changes: object) -> Objection:
        one = self.verifying(**changes)
        values = {one.disputed.get().fact: value}
        return handling.conclude(
            by=self.people.reviewer, objection=one, version=one.version, values=values, reason="核对了年报和账簿"
        )

    def corrected(self) -> Objection:
        one = self.concluded()
        one = handling.uphold(by=self.people.approver, objection=one, version=one.version, reason="年报漏填一笔")
        return correct_result(by=self.people.reviewer, objection=one, version=one.version)

    def replied(self) -> Objection:
        one = self.corrected()
        return handling.reply(by=self.people.clerk, objection=one, version=one.version, message="感谢您的指正。")


@kept_world
def make_court() -> Court:
    make_feeds()
    people = district.make_people()
    run = district.published(people)
    tax = organisation("tax_bureau")
    home = organisation()
    both = make_officer(home, Role.REVIEWER, username="both")
    district.give_role(both, Role.APPROVER)
    return Court(
        people=people,
        run=run,
        tax_officer=make_officer(tax, Role.DEPARTMENT_OFFICER, username="tax"),
        second_reviewer=make_officer(home, Role.REVIEWER, username="reviewer2"),
        second_approver=make_officer(home, Role.APPROVER, username="approver2"),
        both=both,
        agent=make_user("helper", display_name="李四"),
    )


def photo(kind: str = "JPEG", size: tuple[int, int] = (40, 30), **options: object) -> bytes:
    """A small picture."""
    out = io.BytesIO()
    Image.new("RGB", size, (180, 40, 40)).save(out, format=kind, **options)
    return out.getvalue()


def kept(content: bytes | None = None, name: str = "完税证明.jpg") -> Kept:
    return keep(io.BytesIO(content or photo()), name=name, folder=FOLDER)

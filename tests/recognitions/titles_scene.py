"""A small district after its July, with a title and the people around it, for tests of the three years after."""

from dataclasses import dataclass
from datetime import date, timedelta

from jieti.accounts.models import Role, User
from jieti.determinations.models import Run
from jieti.directory.actions import publish_run
from jieti.kit import clock
from jieti.recognitions.models import Application, Recognition
from jieti.registry.models import Business
from tests.factories.accounts import make_officer
from tests.factories.deliveries import make_feeds, organisation
from tests.factories.recognitions import make_recognition
from tests.kept_worlds import kept_world
from tests.web import district


@dataclass(frozen=True)
class Scene:
    """The district's people, its published run, a second reviewer and a department's officer."""

    people: district.People
    run: Run
    second_reviewer: User
    nominator: User

    @property
    def business(self) -> Business:
        return Business.objects.select_related("jurisdiction").get(pk=district.GROWTH)

    def title(
        self, *, uscc: str = district.GROWTH, path: str = Application.Path.SELF, **changes: object
    ) -> Recognition:
        """A title, by default given today to the growth business, whose proprietor has an account."""
        business = Business.objects.select_related("jurisdiction").get(pk=uscc)
        made = make_recognition(business=business, path=path, **changes)  # type: ignore[arg-type]
        return fresh(made)


def fresh(one: Recognition) -> Recognition:
    """As it now is in the database."""
    return Recognition.objects.select_related("business", "jurisdiction", "application__nomination__nominator").get(
        pk=one.pk
    )


@kept_world
def make_scene() -> Scene:
    make_feeds()
    people = district.make_people()
    run = publish_run(run=district.determined(people), by=people.approver)
    home = organisation()
    return Scene(
        people=people,
        run=run,
        second_reviewer=make_officer(home, Role.REVIEWER, username="reviewer2"),
        nominator=make_officer(organisation("culture_tourism_bureau"), Role.DEPARTMENT_OFFICER, username="nominator"),
    )


def soon(days: int) -> date:
    """So many days from today."""
    return clock.today() + timedelta(days=days)

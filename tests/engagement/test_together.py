"""Two people at the same moment, each with a connection of their own."""

import pytest

from jieti.engagement import grievances, needs
from jieti.engagement.grievances import Account, lodge, new_number
from jieti.engagement.models import Grievance, Need
from jieti.engagement.offers import Terms, add_offer
from jieti.kit.errors import Refusal
from jieti.registry.actions import link_proprietor
from tests.appeals.test_together import together
from tests.engagement.staff import Staff, make_staff
from tests.web import district


@pytest.fixture
def staff(transactional_db: None) -> Staff:
    people = district.make_people()
    district.deliver(people.clerk, "registration", district.REGISTRATION)
    found = make_staff(people)
    link_proprietor(by=None, user=people.proprietor, business=found.business)
    return found


def refusals(found: list[object]) -> list[str]:
    return [one.message for one in found if isinstance(one, Refusal)]


def test_of_two_at_once_one_goes_through(staff: Staff) -> None:
    """The last place, the same need, the same complaint, the same step: each taken twice at once happens once."""
    owner, business = staff.people.proprietor, staff.business
    terms = Terms("course", "烹调", "四级", "1", places=1)
    offer = add_offer(by=staff.human_resources, organiser=staff.body("human_resources_bureau"), terms=terms)
    found = together(
        lambda: needs.sign_up(by=owner, business=business, offer=offer),
        lambda: needs.sign_up(by=staff.other_owner, business=staff.other, offer=offer),
    )
    assert [message for message in refusals(found) if "名额已满" in message]
    assert offer.needs.count() == 1

    def hire() -> Need:
        return needs.file_need(by=owner, business=business, kind="hiring", statement="招人")

    assert len(refusals(together(hire, hire))) == 1
    number, said = new_number(), Account("fee", "收费", "收费")

    def complain() -> Grievance:
        return lodge(by=None, jurisdiction=staff.site, account=said, number=number)

    assert refusals(together(complain, complain)) == []
    one = Grievance.objects.get()
    found = together(
        lambda: grievances.accept(by=staff.discipline, grievance=one, version=1),
        lambda: grievances.accept(by=staff.discipline, grievance=one, version=1),
    )
    assert len(refusals(found)) == 1
    assert one.steps.count() == 2

"""The register over HTTP: by scope, and every protected value given out is recorded."""

from datetime import date

import pytest

from jieti.audit.models import Event
from jieti.registry.models import Business
from tests.api.conftest import Caller
from tests.factories.deliveries import delivered
from tests.factories.tables import code, csv, register, registered

CODE = code(1)
PAGE = f"/api/v1/register/businesses/{CODE}"


@pytest.fixture
def business(tax: Caller, reviewer_key: Caller) -> Business:
    file = csv(register(registered(1, 经营者="王建国")))
    delivered(by=reviewer_key.user, source="registration", file=file, file_name="名册.csv", as_of=date(2026, 7, 1))
    return Business.objects.get(pk=CODE)


def test_a_reviewer_reads_what_their_duty_needs_and_leaves_a_record(reviewer_key: Caller, business: Business) -> None:
    answer = reviewer_key.client.get(PAGE)
    assert answer.status_code == 200, answer.content
    assert answer.json()["values"]["name"]["value"] == business.name
    assert answer.json()["values"]["proprietor"]["value"] == "王建国"
    event = Event.objects.reads_of(f"business:{CODE}").get()
    assert event.actor == reviewer_key.user.username
    assert "王建国" not in str(event.detail)


def test_a_department_without_that_duty_is_refused(tax: Caller, business: Business) -> None:
    assert tax.client.get(PAGE).status_code == 403
    assert not Event.objects.reads_of(f"business:{CODE}").exists()


def test_a_business_elsewhere_is_not_there(reviewer_key: Caller, business: Business, other_tax: Caller) -> None:
    Business.objects.filter(pk=CODE).update(jurisdiction=other_tax.organisation.jurisdiction)
    assert reviewer_key.client.get(PAGE).status_code == 404


def test_a_code_that_is_none_is_refused(reviewer_key: Caller) -> None:
    assert reviewer_key.client.get("/api/v1/register/businesses/92110116").status_code == 422

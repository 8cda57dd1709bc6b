"""A tax bureau with a feed and a key."""

from dataclasses import dataclass
from datetime import date

import pytest
from django.test.client import Client

from jieti.accounts.api_keys import issue_api_key
from jieti.accounts.models import ApiKey, Organisation, OrganisationKind, Role, User
from jieti.domain.periods import add_months
from jieti.kit import clock
from jieti.registry.models import Feed
from tests.factories.accounts import make_district, make_jurisdiction, make_officer, make_organisation


@dataclass(frozen=True)
class Caller:
    """Whoever calls with a key."""

    user: User
    organisation: Organisation
    key: ApiKey
    secret: str

    @property
    def client(self) -> Client:
        return Client(headers={"Authorization": f"Bearer {self.secret}"})


def caller(organisation: Organisation, role: Role, *, username: str = "", ends: date | None = None) -> Caller:
    """An officer of the organisation with a key."""
    user = make_officer(organisation, role, username=username or f"{organisation.key}-{role}")
    ends = ends or add_months(clock.today(), 1)
    issued = issue_api_key(by=user, organisation=organisation, name="数据交换平台", expires_on=ends)
    return Caller(user, organisation, issued.key, issued.secret)


def tax_feed(organisation: Organisation) -> Feed:
    """The tax bureau's feed in its jurisdiction."""
    return Feed.objects.create(
        jurisdiction=organisation.jurisdiction,
        source_key="tax",
        supplier=organisation,
        schedule="每年7月前",
        fresh_days=60,
    )


@pytest.fixture
def tax(db: None) -> Caller:
    """The tax bureau of the site's district."""
    organisation = make_organisation("tax_bureau", "区税务局", OrganisationKind.DEPARTMENT)
    tax_feed(organisation)
    return caller(organisation, Role.DEPARTMENT_OFFICER)


@pytest.fixture
def other_tax(db: None) -> Caller:
    """The tax bureau of another district."""
    there = make_jurisdiction("110117", "北京市平谷区", "cn-110117-pinggu")
    organisation = make_organisation("tax_bureau", "平谷区税务局", OrganisationKind.DEPARTMENT, there)
    tax_feed(organisation)
    return caller(organisation, Role.DEPARTMENT_OFFICER, username="other-tax")


@pytest.fixture
def reviewer_key(db: None) -> Caller:
    """A reviewer of the district regulator."""
    return caller(make_district(), Role.REVIEWER)

import pytest

from jieti.accounts.models import Jurisdiction, Organisation, User
from jieti.notices.actions import set_addresses
from tests.factories.accounts import make_user

EMAIL, PHONE = "laowang@example.com", "13812345678"


@pytest.fixture
def home(district: Organisation) -> Jurisdiction:
    return district.jurisdiction


@pytest.fixture
def proprietor(db: None) -> User:
    """Somebody who gave both addresses."""
    user = make_user("laowang", display_name="老王")
    set_addresses(by=user, email=EMAIL, phone=PHONE)
    user.refresh_from_db()
    return user

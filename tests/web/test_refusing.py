"""A refusal that no page has a place for is a page of its own: what is refused, what to do, the way back."""

import pytest

from jieti.accounts.models import Role
from jieti.registry.models import CorrectionRequest
from tests.factories.accounts import make_district, make_jurisdiction, make_officer, make_user
from tests.factories.recognitions import make_business
from tests.web.conftest import LogIn

VARIANT = "cn-999999-demo-variant"
"""A rulebook that does not say how long a correction may take."""


@pytest.mark.django_db
def test_a_district_without_the_time_limit_reads_what_is_missing(log_in: LogIn) -> None:
    home = make_jurisdiction("110117", "北京市平谷区", VARIANT)
    body = make_district(home)
    officer = log_in(make_officer(body, Role.REVIEWER))
    assert officer.get("/officer/corrections/").status_code == 200, "nothing waits yet"
    CorrectionRequest.objects.create(
        business=make_business(jurisdiction=home),
        source_key="registration",
        item="name",
        shown_value="甲",
        claim="应为乙",
        raised_by=make_user("owner"),
        addressed_to=body,
    )
    response = officer.get("/officer/corrections/")
    page = response.content.decode()
    assert response.status_code == 409
    assert "本区规则没有设定期限“correction_answer”" in page
    assert "procedure.yaml" in page
    assert 'href="/officer/"' in page


@pytest.mark.django_db
def test_other_faults_go_their_usual_way(log_in: LogIn) -> None:
    assert log_in(None).get("/nothing/of/the/kind/").status_code == 404

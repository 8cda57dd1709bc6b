"""Who may open which page: every page, every kind of person."""

import pytest

from jieti.determinations.models import Run
from jieti.registry.models import Delivery
from tests.web import district
from tests.web.conftest import LogIn, downloaded

LOGIN = "log in"
ANYONE_HERE = dict.fromkeys(("clerk", "reviewer", "approver", "auditor"), 200)
READERS = {"clerk": 403, "reviewer": 200, "approver": 200, "auditor": 200}
ONLY_REVIEWER = {"clerk": 403, "reviewer": 200, "approver": 403, "auditor": 403}
PAGES: dict[str, dict[str, int]] = {
    "/officer/": ANYONE_HERE,
    "/officer/deliveries/": ANYONE_HERE,
    "/officer/deliveries.xlsx": ANYONE_HERE,
    "/officer/deliveries/new/": {"clerk": 200, "reviewer": 200, "approver": 403, "auditor": 403},
    "/officer/deliveries/{delivery}/": ANYONE_HERE,
    "/officer/deliveries/{delivery}/refused.xlsx": ANYONE_HERE,
    "/officer/norms/": ANYONE_HERE,
    "/officer/norms.xlsx": ANYONE_HERE,
    "/officer/norms/new/": ONLY_REVIEWER,
    "/officer/norms/{norm}/": ANYONE_HERE,
    "/officer/runs/": ANYONE_HERE,
    "/officer/runs.xlsx": ANYONE_HERE,
    "/officer/runs/new/": ONLY_REVIEWER,
    "/officer/runs/{run}/": READERS,
    "/officer/runs/{run}/progress/": READERS,
    "/officer/runs/{run}/counts.xlsx": READERS,
    "/officer/runs/{run}/results/": READERS,
    "/officer/runs/{run}/results.xlsx": READERS,
    "/officer/runs/{run}/publish/": {"clerk": 403, "reviewer": 403, "approver": 200, "auditor": 403},
    "/officer/businesses/": READERS,
    "/officer/businesses/{growth}/": READERS,
}


@pytest.mark.parametrize("pattern", PAGES)
def test_officer_pages(run: Run, people: district.People, log_in: LogIn, pattern: str) -> None:
    delivery = Delivery.objects.latest("pk").pk
    path = pattern.format(run=run.pk, norm=run.norm_id, delivery=delivery, growth=district.GROWTH)
    stranger = log_in(None).get(path)
    assert stranger.status_code == 302
    assert stranger.headers["Location"].startswith("/login/?next=/officer/")
    expected = {"outsider": 403, "proprietor": 403, **PAGES[pattern]}
    found = {}
    for who in expected:
        response = log_in(getattr(people, who)).get(path)
        found[who] = response.status_code
        if response.streaming:
            assert downloaded(response).startswith(b"PK")
    assert found == expected


def test_every_officer_page_is_in_the_table() -> None:
    from jieti.web.officer.urls import urlpatterns

    writes = {"runs/<int:pk>/retry/"}
    assert len(PAGES) == len(urlpatterns) - len(writes)


def test_own_businesses_are_ones_own(run: Run, people: district.People, log_in: LogIn) -> None:
    mine, others = f"/my/{district.GROWTH}/", f"/my/{district.DEVELOPMENT}/"
    assert log_in(None).get(mine).status_code == 302
    assert log_in(people.proprietor).get(mine).status_code == 200
    assert log_in(people.proprietor).get(others).status_code == 404
    for who in (people.outsider, people.reviewer, people.approver, people.auditor, people.clerk):
        assert log_in(who).get(mine).status_code == 404


@pytest.mark.parametrize(
    ("path", "who"),
    [
        ("/officer/deliveries/new/", "approver"),
        ("/officer/norms/new/", "approver"),
        ("/officer/norms/{norm}/", "auditor"),
        ("/officer/runs/new/", "approver"),
        ("/officer/runs/{run}/retry/", "auditor"),
        ("/officer/runs/{run}/publish/", "reviewer"),
    ],
)
def test_writing_is_refused_to_those_who_may_only_read(
    run: Run, people: district.People, log_in: LogIn, path: str, who: str
) -> None:
    path = path.format(norm=run.norm_id, run=run.pk)
    for person in (getattr(people, who), people.outsider, people.proprietor):
        assert log_in(person).post(path, {"decision": "approve"}).status_code == 403


def test_home_leads_everybody_to_their_own(run: Run, people: district.People, log_in: LogIn) -> None:
    assert log_in(None).get("/home/").headers["Location"] == "/login/?next=/home/"
    assert log_in(people.auditor).get("/home/").headers["Location"] == "/officer/"
    assert log_in(people.proprietor).get("/home/").headers["Location"] == "/my/"


def test_a_post_without_its_token_is_refused(run: Run, people: district.People) -> None:
    from django.test import Client

    client = Client(enforce_csrf_checks=True)
    client.force_login(people.approver)
    assert client.post(f"/officer/runs/{run.pk}/publish/").status_code == 403

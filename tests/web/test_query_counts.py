"""How many statements each page takes: committed, so that a page that grows is seen in the review."""

import json
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from jieti.accounts.models import User
from jieti.determinations.models import Run
from jieti.registry.models import Delivery
from tests.web import district
from tests.web.conftest import LogIn, downloaded
from tests.web.test_access import PAGES as OFFICER_PAGES

COUNTS: dict[str, int] = json.loads((Path(__file__).parent / "query_counts.json").read_text())
PUBLIC = ("/", "/?q=老王", "/?q={growth}", "/business/{growth}/", "/standards/", "/measures/", "/accessibility/")
OWN = ("/my/", "/my/{growth}/")


def reader(people: district.People, pattern: str) -> User | None:
    """Somebody who may open the page and is not the busiest kind of user."""
    if pattern in PUBLIC:
        return None
    if pattern in OWN:
        return people.proprietor
    return people.approver if "publish" in pattern else people.reviewer


@pytest.mark.parametrize("pattern", [*PUBLIC, *OWN, *OFFICER_PAGES])
def test_statements_of_a_page(run: Run, people: district.People, log_in: LogIn, pattern: str) -> None:
    path = pattern.format(
        run=run.pk, norm=run.norm_id, delivery=Delivery.objects.latest("pk").pk, growth=district.GROWTH
    )
    client = log_in(reader(people, pattern))
    with CaptureQueriesContext(connection) as queries:
        response = client.get(path)
        if response.streaming:
            assert downloaded(response)
    assert response.status_code == 200
    assert len(queries) == COUNTS.get(pattern), f"{pattern} takes {len(queries)} statements"

"""How many statements each page takes: committed, so that a page that grows is seen in the review."""

import json
from pathlib import Path

import pytest
from django.core.cache import caches
from django.db import connection
from django.http import HttpResponseBase, StreamingHttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from jieti.accounts.models import User
from jieti.determinations.models import Run
from jieti.determinations.running import plan_of
from jieti.registry.models import Delivery
from jieti.web import navigation
from tests.architecture.tree import ROOT
from tests.web import district
from tests.web.conftest import LogIn, downloaded

KEPT = Path(__file__).parent / "query_counts.json"
FOUND = ROOT / "build" / "query_counts.json"
OPEN = ("/?", "/business/", "/standards/", "/measures/", "/accessibility/", "/publications/", "/open-data/")


def reader(people: district.People, pattern: str) -> User | None:
    """Somebody who may open the page and is not the busiest kind of user."""
    if pattern == "/" or pattern.startswith(OPEN):
        return None
    if pattern.startswith("/my/"):
        return people.proprietor
    if pattern.startswith("/officer/audit"):
        return people.auditor
    return people.approver if "publish" in pattern else people.reviewer


def statements(client: Client, path: str) -> int:
    """How many statements the page takes when nobody has asked for it before."""
    for cache in caches.all(initialized_only=True):
        cache.clear()
    with CaptureQueriesContext(connection) as queries:
        response: HttpResponseBase = client.get(path)
        if isinstance(response, StreamingHttpResponse):
            assert downloaded(response)
    assert response.status_code == 200, path
    return len(queries)


@pytest.mark.django_db
def test_statements_of_every_page(run: Run, people: district.People, log_in: LogIn) -> None:
    navigation._open_to.cache_clear()
    plan_of(run)
    kept = json.loads(KEPT.read_text(encoding="utf-8"))
    parts = {
        "run": run.pk,
        "norm": run.norm_id,
        "delivery": Delivery.objects.latest("pk").pk,
        "growth": district.GROWTH,
    }
    found = {pattern: statements(log_in(reader(people, pattern)), pattern.format(**parts)) for pattern in sorted(kept)}
    FOUND.parent.mkdir(exist_ok=True)
    FOUND.write_text(json.dumps(found, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    assert found == kept, "read build/query_counts.json; if it is right, it is the new table"

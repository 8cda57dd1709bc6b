"""The pages of effects: who may look, who may decide, and what a decision does."""

import io

import pytest

from jieti.accounts.models import Role
from jieti.determinations.models import Result, Run
from jieti.directory.models import DirectoryEntry
from jieti.registry.models import Delivery
from jieti.supervision.effects import trace_delivery
from jieti.supervision.models import Effect, Trace
from tests.factories.accounts import make_district, make_officer
from tests.factories.deliveries import delivered
from tests.web import district
from tests.web.conftest import LogIn, downloaded, log_in, people, run, static_root

__all__ = ["log_in", "people", "run", "static_root"]


@pytest.fixture
def traced(run: Run, people: district.People) -> Trace:
    """The growth business's turnover and tax turn out to have been far lower."""
    for source, text in (("annual_reports", district.REPORTS), ("tax", district.TAX)):
        changed = text.replace("654321", "1234").replace("4321.09", "0").encode()
        found = delivered(
            by=people.clerk,
            source=source,
            file=io.BytesIO(changed),
            file_name="更正.csv",
            as_of=run.basis_date,
            reason="更正",
        )
        assert found.status == Delivery.Status.ACCEPTED
        trace = trace_delivery(by=None, delivery=found, run=run)
    return trace


def label() -> str | None:
    return DirectoryEntry.objects.get(pk=district.GROWTH).tier


def test_decided_on_the_page(traced: Trace, people: district.People, log_in: LogIn) -> None:
    waiting = Effect.objects.open().filter(kind="result").get()
    trace = Trace.objects.get(cause=waiting.cause)
    path = f"/officer/effects/{trace.pk}/"
    approver = log_in(people.approver)
    assert "1户" in approver.get("/officer/effects/").content.decode()
    page = approver.get(path).content.decode()
    assert "成长型 → 生存型" in page
    data = {"uscc": [district.GROWTH], "decision": "correct", "reason": ""}
    assert approver.post(path, data).status_code == 409, "no reason"
    assert log_in(people.reviewer).post(path, {**data, "reason": "x"}).status_code == 403
    assert label() == "growth"
    assert approver.post(path, {**data, "reason": "核实后更正"}).status_code == 302
    assert label() == "survival"
    assert Result.objects.current().get(uscc=district.GROWTH).version == 2
    assert approver.post(path, {**data, "reason": "再来一次"}).status_code == 409, "a double submit"
    assert "数据更正" not in approver.get("/officer/").content.decode()


def test_who_may_look(traced: Trace, people: district.People, log_in: LogIn) -> None:
    assert log_in(None).get("/officer/effects/").status_code == 302
    pages = ("/officer/effects/", "/officer/effects.xlsx", f"/officer/effects/{traced.pk}/")
    elsewhere = make_officer(make_district(), Role.ADMINISTRATOR)
    for path in pages:
        for who in (people.outsider, people.proprietor, people.clerk, elsewhere):
            assert log_in(who).get(path).status_code == 403, path
        response = log_in(people.auditor).get(path)
        assert response.status_code == 200
        if response.streaming:
            assert downloaded(response).startswith(b"PK")

"""The pages of effects: who may look, who may decide, and what a decision does."""

import datetime
import io
from zoneinfo import ZoneInfo

import pytest
from pytest_django import Settings

from jieti.accounts.models import Role
from jieti.determinations.models import Result, Run
from jieti.directory.models import DirectoryEntry
from jieti.kit import clock
from jieti.notices.models import Notice
from jieti.registry.models import Delivery
from jieti.supervision.effects import trace_delivery
from jieti.supervision.models import Effect, Trace
from jieti.supervision.watching import watch
from tests.factories.accounts import make_district, make_officer
from tests.factories.deliveries import delivered
from tests.web import district
from tests.web.conftest import LogIn, downloaded, log_in, people, published, run, static_root

ZONE = ZoneInfo("Asia/Shanghai")
__all__ = ["log_in", "people", "published", "run", "static_root"]


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
    assert "已公布结果的影响" not in approver.get("/officer/").content.decode()


def test_late_decisions_are_seen_and_told(
    traced: Trace, people: district.People, log_in: LogIn, settings: Settings
) -> None:
    """Ten working days from Thursday 9 July 2026 end on 23 July."""
    settings.SIMULATED_CLOCK = True
    Trace.objects.update(traced_at=datetime.datetime(2026, 7, 9, 9, tzinfo=ZONE))
    approver, home = log_in(people.approver), traced.jurisdiction
    told = Notice.objects.filter(kind="answer_overdue", subject__startswith="trace:")
    with clock.at(datetime.date(2026, 7, 23)):
        assert "2026-07-23" in approver.get("/officer/effects/").content.decode()
        watch(home)
        assert not told.exists()
    with clock.at(datetime.date(2026, 7, 24)):
        page = approver.get("/officer/").content.decode()
        watch(home)
        watch(home)
    assert "对已公布结果的影响（1户）" in page
    assert "已逾期" in page
    assert told.exists()
    assert set(told.values_list("role", flat=True)) == {Role.APPROVER}
    assert told.count() == told.values("once").distinct().count()


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

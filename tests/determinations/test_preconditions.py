"""What a determination needs, one by one, and who may start it."""

import datetime

import pytest

from jieti.accounts.actions import add_member
from jieti.accounts.models import CITY_REGULATOR, Jurisdiction, Organisation, Role, User
from jieti.determinations import proving
from jieti.determinations.actions import MissingPreconditionsError, missing_preconditions, start_run
from jieti.determinations.models import Run
from jieti.determinations.preconditions import (
    Precondition,
    Standing,
    is_run_on_behalf,
    may_start_main_run,
    may_start_run,
    preconditions,
    responsible_for,
)
from jieti.determinations.proving import prove_rulebook
from jieti.determinations.running import execute
from jieti.kit.errors import Refusal
from jieti.registry.models import Delivery
from jieti.rulebooks.actions import record_rulebook
from jieti.rulebooks.models import AnnualNorm
from tests.determinations.conftest import Feed
from tests.factories.accounts import make_jurisdiction, make_user
from tests.factories.deliveries import checked, make_feeds
from tests.factories.tables import register, registered, xlsx

pytestmark = pytest.mark.django_db


def standing(title: str, year: int = 2026, basis_date: datetime.date | None = None) -> Precondition:
    found = preconditions(year, Jurisdiction.objects.site(), basis_date)
    return next(one for one in found if one.title == title)


def city_reviewer() -> User:
    """A reviewer of the city regulator, who also sees the city's districts."""
    make_feeds()
    city = Organisation.objects.get(key=CITY_REGULATOR)
    user = make_user("city")
    for role in (Role.REVIEWER, Role.CITY_OFFICER):
        add_member(by=None, user=user, organisation=city, role=role)
    return user


@pytest.mark.clause("正文二(一)2.b")
def test_everything_is_listed_one_by_one(norm: AnnualNorm, delivered: None) -> None:
    found = preconditions(2026, Jurisdiction.objects.site())
    assert [one.title for one in found][:3] == ["2026年认定标准", "规则证明", "登记注册信息"]
    assert len(found) == 2 + 7
    assert {one.title: one.standing for one in found} == {
        one.title: Standing.WARNING if one.title == "规则证明" else Standing.MET for one in found
    }
    assert not missing_preconditions(2026, Jurisdiction.objects.site())


@pytest.mark.parametrize(
    ("age", "expected"), [(0, Standing.MET), (44, Standing.MET), (45, Standing.MET), (46, Standing.MISSING)]
)
def test_the_last_day_of_freshness_is_fresh(norm: AnnualNorm, delivered: None, age: int, expected: Standing) -> None:
    """The register must not be older than 45 days on the basis date (feeds.yaml)."""
    make_feeds()
    basis_date = datetime.date(2026, 7, 1) + datetime.timedelta(days=age)
    assert standing("登记注册信息", basis_date=basis_date).standing is expected


def test_a_stale_register_stops_the_main_run_and_not_a_trial(norm: AnnualNorm, delivered: None, reviewer: User) -> None:
    make_feeds()
    day = datetime.date(2026, 8, 16)
    with pytest.raises(MissingPreconditionsError, match="已46天，时效是45天"):
        start_run(by=reviewer, year=2026, basis_date=day)
    assert start_run(by=reviewer, year=2026, basis_date=day, kind=Run.Kind.SHADOW).pk
    assert start_run(by=reviewer, year=2026, basis_date=day - datetime.timedelta(days=1)).pk


def test_another_source_that_is_missing_or_old_stops_nothing(norm: AnnualNorm, feed: Feed, reviewer: User) -> None:
    make_feeds()
    feed("registration", register(registered(1)))
    tax = standing("税务信息")
    assert (tax.standing, tax.stops(Run.Kind.MAIN)) == (Standing.WARNING, False)
    assert "按未知处理" in start_run(by=reviewer, year=2026).message


def test_a_register_that_waits_for_its_second_officer_stops_the_main_run(
    norm: AnnualNorm, delivered: None, reviewer: User, intake_clerk: User
) -> None:
    file = xlsx(register(*map(registered, range(1, 6))))
    waiting = checked(by=intake_clerk, source="registration", file=file, file_name="again.xlsx")
    assert waiting.status in (Delivery.Status.CHECKED, Delivery.Status.HELD)
    with pytest.raises(MissingPreconditionsError, match="待复核"):
        start_run(by=reviewer, year=2026)
    assert start_run(by=reviewer, year=2026, kind=Run.Kind.SHADOW).pk


def test_another_source_that_waits_is_only_said(
    norm: AnnualNorm, delivered: None, reviewer: User, intake_clerk: User
) -> None:
    file = xlsx([["统一社会信用代码", "类别", "作出决定日期"]])
    checked(by=intake_clerk, source="credit", file=file, file_name="again.xlsx")
    assert "待复核" in start_run(by=reviewer, year=2026).message


def test_the_main_run_proves_its_rulebook_once(norm: AnnualNorm, delivered: None, reviewer: User) -> None:
    run = execute(start_run(by=reviewer, year=2026))
    version = run.rulebook
    version.refresh_from_db()
    assert version.is_proved is True
    assert sum(version.proof["asked"].values()) > 100
    moment = version.proved_at
    assert prove_rulebook(version).proved_at == moment
    assert standing("规则证明").standing is Standing.MET


def test_a_rulebook_that_is_refuted_stops_the_main_run(
    norm: AnnualNorm, delivered: None, reviewer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuted = {"holds": False, "asked": {}, "refuted": ["growth: nobody can meet it"], "as_of": "2025-07-01"}
    monkeypatch.setattr(proving, "_proof", lambda *_: refuted)
    run = start_run(by=reviewer, year=2026)
    with pytest.raises(Refusal, match="没有通过证明"):
        execute(run)
    run.refresh_from_db()
    assert (run.status, "nobody can meet it" in run.message) == (Run.Status.FAILED, True)
    assert not run.results.exists()
    with pytest.raises(MissingPreconditionsError, match="没有通过证明"):
        start_run(by=reviewer, year=2026)
    assert execute(start_run(by=reviewer, year=2026, kind=Run.Kind.SHADOW)).status == Run.Status.DONE


def test_a_rulebook_not_proved_is_no_proved_one(district: Organisation) -> None:
    version = record_rulebook(by=None)
    assert version.is_proved is None
    assert standing("规则证明").standing is Standing.WARNING


@pytest.mark.clause("附件一(二)1.a")
def test_the_district_acts_for_a_city_that_has_nobody_here(norm: AnnualNorm, delivered: None, reviewer: User) -> None:
    make_feeds()
    site = Jurisdiction.objects.site()
    owner = responsible_for(site)
    assert owner is not None
    assert owner.key == CITY_REGULATOR
    assert is_run_on_behalf(site)
    assert may_start_main_run(reviewer, site)
    assert start_run(by=reviewer, year=2026).pk


@pytest.mark.clause("附件一(二)1.a")
def test_where_the_city_has_a_reviewer_the_main_run_is_theirs(
    norm: AnnualNorm, delivered: None, reviewer: User
) -> None:
    city, site = city_reviewer(), Jurisdiction.objects.site()
    assert not is_run_on_behalf(site)
    assert (may_start_main_run(reviewer, site), may_start_main_run(city, site)) == (False, True)
    with pytest.raises(Refusal, match="正式判定由"):
        start_run(by=reviewer, year=2026)
    assert start_run(by=reviewer, year=2026, kind=Run.Kind.SHADOW).pk
    assert start_run(by=city, year=2026, jurisdiction=site).pk


def test_somebody_who_only_looks_for_the_city_changes_nothing(norm: AnnualNorm, reviewer: User) -> None:
    make_feeds()
    looking = make_user("looking")
    add_member(by=None, user=looking, organisation=Organisation.objects.get(key=CITY_REGULATOR), role=Role.CITY_OFFICER)
    site = Jurisdiction.objects.site()
    assert is_run_on_behalf(site)
    assert not may_start_run(looking, site)


def test_a_stranger_and_another_district_may_start_nothing(reviewer: User, outsider: User, auditor: User) -> None:
    other = make_jurisdiction("999999", "某区", "cn-999999-demo-variant", in_city=False)
    site = Jurisdiction.objects.site()
    assert may_start_run(reviewer, site)
    assert not may_start_run(reviewer, other)
    assert not may_start_main_run(reviewer, other)
    assert not may_start_run(outsider, site)
    assert not may_start_run(auditor, site)

"""What if: studies of thresholds, the norm that comes of them, and the run that must agree."""

from collections import Counter
from decimal import Decimal

import pyarrow.parquet as pq
import pytest

from jieti.accounts.models import Jurisdiction, User
from jieti.audit.models import Event
from jieti.determinations.actions import MissingPreconditionsError, start_run
from jieti.determinations.models import NormStudy, Result, Run
from jieti.determinations.running import execute
from jieti.determinations.studies import (
    agreement,
    execute_study,
    keep_report,
    movers,
    movers_file,
    start_study,
    values_between,
)
from jieti.kit.errors import Refusal
from jieti.rulebooks.actions import approve_norm, propose_norm, refuse_norm
from jieti.rulebooks.models import AnnualNorm
from tests.determinations.conftest import NORM, Feed
from tests.determinations.generated import district
from tests.factories.tables import code, register, registered

pytestmark = pytest.mark.django_db
BASE = {key: Decimal(value) for key, value in NORM.items()}
TRIED = [Decimal(value) for value in (100_000, 300_000, 450_000)]


def study_of(by: User, varied: dict[str, list[Decimal]] | None = None, **changes: Decimal) -> NormStudy:
    return start_study(
        by=by,
        jurisdiction=Jurisdiction.objects.site(),
        year=2026,
        values=BASE | changes,
        varied={"growth_turnover": TRIED} if varied is None else varied,
    )


def approved(by: User, second: User, values: dict[str, str]) -> AnnualNorm:
    return approve_norm(by=second, norm=propose_norm(by=by, year=2026, values=values, is_sample=True))


def states(run: Run) -> Counter[str]:
    return Counter("|".join(possible) for possible in run.results.values_list("possible", flat=True))


@pytest.fixture
def five_hundred(feed: Feed) -> None:
    """500 generated businesses, every table delivered."""
    for source, rows in district(500, seed=7).items():
        feed(source, rows)


def test_study_and_run_agree_bit_for_bit(five_hundred: None, reviewer: User, approver: User) -> None:
    study = execute_study(study_of(reviewer))
    norm = propose_norm(by=reviewer, year=2026, values={**NORM, "growth_turnover": "450000"}, is_sample=True)
    keep_report(by=reviewer, study=study, norm=norm)
    approve_norm(by=approver, norm=norm)
    run = execute(start_run(by=reviewer, year=2026))
    chosen = next(one for one in study.report["scenarios"] if one["values"]["growth_turnover"] == "450000.00")
    assert chosen["states"] == states(run) == run.counts["states"]
    assert chosen["tiers"] == run.counts["tiers"]
    assert len(chosen["states"]) > 3
    found = agreement(run)
    assert found is not None
    assert (found.is_equal, found.reasons, found.study) == (True, (), study)


def test_every_scenario_is_what_a_run_would_count(five_hundred: None, reviewer: User, approver: User) -> None:
    study = execute_study(study_of(reviewer))
    assert study.report["rows"] == 500
    for one in study.report["scenarios"][1:]:
        AnnualNorm.objects.all().delete()
        approved(reviewer, approver, one["values"])
        run = execute(start_run(by=reviewer, year=2026, kind=Run.Kind.SHADOW))
        assert one["states"] == states(run)
        Run.objects.all().delete()


def test_who_moves_is_counted_by_town_and_industry_and_listed(five_hundred: None, reviewer: User) -> None:
    study = execute_study(study_of(reviewer))
    for one in study.report["scenarios"]:
        listed = list(movers(study, one["number"]))
        assert len(listed) == one["moved"] == sum(move["count"] for move in one["moves"])
        assert sum(one["by"]["town"].values()) == sum(one["by"]["industry"].values()) == one["moved"]
        assert Counter((was, becomes) for _, was, becomes in listed) == {
            (move["from"], move["to"]): move["count"] for move in one["moves"]
        }
    assert any(one["moved"] for one in study.report["scenarios"])
    assert study.report["scenarios"][0]["moved"] == 0
    assert "餐饮业" in study.report["scenarios"][1]["by"]["industry"]


def test_the_base_of_the_quota_is_counted(delivered: None, reviewer: User) -> None:
    base = execute_study(study_of(reviewer)).report["scenarios"][0]
    assert base["quota_base"] == {"certain": 2, "conceivable": 2, "ceiling": 0}
    assert base["tiers"] == {"survival": 2, "growth": 1, "development": 1, "ineligible": 1}


def test_two_thresholds_are_crossed_and_those_out_of_order_are_said(delivered: None, reviewer: User) -> None:
    varied = {"growth_turnover": TRIED, "development_turnover": [Decimal(300_000), Decimal(3_000_000)]}
    report = execute_study(study_of(reviewer, varied)).report
    assert len(report["scenarios"]) == 1 + 4
    assert {(one["growth_turnover"], one["development_turnover"]) for one in report["not_permitted"]} == {
        ("300000.00", "300000.00"),
        ("450000.00", "300000.00"),
    }


def test_a_later_delivery_is_named_when_the_run_differs(
    delivered: None, feed: Feed, reviewer: User, approver: User
) -> None:
    study = execute_study(study_of(reviewer, {}))
    norm = propose_norm(by=reviewer, year=2026, values=NORM, is_sample=True)
    keep_report(by=reviewer, study=study, norm=norm)
    approve_norm(by=approver, norm=norm)
    feed("registration", register(*map(registered, range(1, 5))))
    run = execute(start_run(by=reviewer, year=2026))
    found = agreement(run)
    assert found is not None
    assert found.differences == {"survival": (2, 1)}
    (reason,) = found.reasons
    used = run.inputs["registration"]["delivery"]
    assert reason == f"“登记注册信息”试算时用第{study.inputs['registration']['delivery']}批，判定时用第{used}批"


def test_a_norm_of_other_amounts_gets_a_study_of_its_own(delivered: None, reviewer: User, approver: User) -> None:
    study = execute_study(study_of(reviewer))
    norm = propose_norm(by=reviewer, year=2026, values={**NORM, "growth_turnover": "123456"}, is_sample=True)
    own = keep_report(by=reviewer, study=study, norm=norm)
    study.refresh_from_db()
    assert (study.norm, own.norm, own.varied) == (None, norm, {})
    assert own.values["growth_turnover"] == "123456.00"
    approve_norm(by=approver, norm=norm)
    run = execute(start_run(by=reviewer, year=2026))
    assert agreement(run) is None, "it has not been counted yet"
    execute_study(own)
    found = agreement(run)
    assert found is not None
    assert found.is_equal


def test_a_report_goes_over_to_another_norm_only_after_a_refusal(
    delivered: None, reviewer: User, approver: User
) -> None:
    study = execute_study(study_of(reviewer))
    first = propose_norm(by=reviewer, year=2026, values=NORM, is_sample=True)
    keep_report(by=reviewer, study=study, norm=first)
    refuse_norm(by=approver, norm=first, reason="再议")
    second = propose_norm(by=reviewer, year=2026, values=NORM, is_sample=True)
    assert keep_report(by=reviewer, study=study, norm=second).pk == study.pk


def test_a_norm_without_a_study_has_nothing_to_agree_with(delivered: None, norm: AnnualNorm, reviewer: User) -> None:
    assert agreement(execute(start_run(by=reviewer, year=2026))) is None


def test_a_study_counts_once(delivered: None, reviewer: User) -> None:
    study = execute_study(study_of(reviewer))
    before = pq.read_table(movers_file(study))
    assert execute_study(NormStudy.objects.get(pk=study.pk)).report == study.report
    assert before == pq.read_table(movers_file(study))
    assert Event.objects.filter(verb="determinations.start_study").count() == 1
    assert not Result.objects.exists(), "a study changes no result"


def test_a_failed_study_says_why(delivered: None, reviewer: User, monkeypatch: pytest.MonkeyPatch) -> None:
    study = study_of(reviewer)
    monkeypatch.setattr("jieti.determinations.studies.assemble", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        execute_study(study)
    study.refresh_from_db()
    assert (study.status, study.message[:17]) == (NormStudy.Status.FAILED, "ZeroDivisionError")


def test_what_cannot_be_studied_is_refused(delivered: None, reviewer: User) -> None:
    with pytest.raises(Refusal, match="没有“quota_rate”这一项标准"):
        study_of(reviewer, {"quota_rate": TRIED})
    with pytest.raises(Refusal, match="最多试算100种"):
        study_of(reviewer, {"growth_turnover": [Decimal(n) for n in range(101)]})
    with pytest.raises(Refusal, match="不能试算"):
        study_of(reviewer, {"growth_turnover": [Decimal("0.001")]})
    with pytest.raises(Refusal, match="从低到高"):
        values_between(Decimal(5), Decimal(1), Decimal(1))
    with pytest.raises(Refusal, match="从低到高"):
        values_between(Decimal(1), Decimal(5), Decimal(0))
    assert values_between(Decimal(1), Decimal(5), Decimal(2)) == [1, 3, 5]
    assert values_between(Decimal(1), Decimal(4), Decimal(2)) == [1, 3]
    assert not NormStudy.objects.exists()


def test_without_the_register_there_is_nothing_to_study(reviewer: User, district: None) -> None:
    with pytest.raises(MissingPreconditionsError, match="登记注册信息"):
        study_of(reviewer)


def test_codes_alone_stand_in_the_list_of_who_moves(delivered: None, reviewer: User) -> None:
    study = execute_study(study_of(reviewer, {"growth_tax_paid": [Decimal(1), Decimal(20_000)]}))
    assert pq.read_table(movers_file(study)).column_names == ["uscc", "scenario", "was", "becomes"]
    assert code(2) in {uscc for uscc, *_ in movers(study, 2)}

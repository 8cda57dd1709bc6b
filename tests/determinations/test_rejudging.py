"""Pending results judged again when what they wait for comes: never wider, never another decided one."""

from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jieti.accounts.models import User
from jieti.audit.models import Event
from jieti.determinations.actions import chase, start_run
from jieti.determinations.amending import amend_result, rework
from jieti.determinations.models import Result, Run
from jieti.determinations.rejudging import late_deliveries, rejudge
from jieti.determinations.running import execute, explain_result
from jieti.determinations.tasks import rejudge_late
from jieti.kit import clock
from jieti.kit.errors import Refusal
from jieti.notices.models import Notice
from jieti.registry.models import Delivery
from jieti.rulebooks.models import AnnualNorm
from tests.determinations.conftest import Feed
from tests.determinations.generated import district, without
from tests.factories.deliveries import checked, make_feeds
from tests.factories.tables import Rows, code, register, registered, xlsx

pytestmark = pytest.mark.django_db
SOURCES = ("annual_reports", "tax", "social_insurance", "credit", "suspension", "intellectual_property")


def deliver(feed: Feed, tables: dict[str, Rows]) -> None:
    for source, rows in tables.items():
        feed(source, rows)


def current(run: Run) -> dict[str, Result]:
    return {one.uscc: one for one in Result.objects.current().filter(run=run)}


def as_found(results: dict[str, Result]) -> dict[str, tuple[str | None, tuple[str, ...]]]:
    return {uscc: (one.tier, tuple(one.possible)) for uscc, one in results.items()}


def main_and_whole(feed: Feed, reviewer: User, missing: str, seed: int, count: int = 120) -> tuple[Run, Delivery, Run]:
    """A main run without a source, its delivery afterwards, and a trial that had everything."""
    tables = district(count, seed)
    deliver(feed, without(tables, missing))
    run = execute(start_run(by=reviewer, year=2026))
    late = feed(missing, tables[missing])
    return run, late, execute(start_run(by=reviewer, year=2026, kind=Run.Kind.SHADOW))


@pytest.mark.clause("正文二(一)2.b")
@pytest.mark.parametrize("missing", SOURCES)
def test_only_those_who_depend_on_a_missing_feed_are_pending(
    feed: Feed, norm: AnnualNorm, reviewer: User, missing: str
) -> None:
    """The others have the result that they have when nothing is missing."""
    run, _, whole = main_and_whole(feed, reviewer, missing, seed=11)
    partly, wholly = current(run), current(whole)
    for uscc, result in partly.items():
        if result.tier is not None:
            assert result.tier == wholly[uscc].tier
        else:
            assert set(wholly[uscc].possible) <= set(result.possible)
    decided = sum(result.tier is not None for result in partly.values())
    assert decided > 0, "a feed that is late leaves others decided"


@pytest.mark.parametrize("missing", ["social_insurance", "credit"])
def test_each_pending_result_really_depends_on_the_missing_feed(
    feed: Feed, norm: AnnualNorm, reviewer: User, missing: str
) -> None:
    """Some value of the missing facts would give another result: nobody waits for nothing."""
    run, _, whole = main_and_whole(feed, reviewer, missing, seed=5)
    told = {"social_insurance": ("insured_headcount", (0, 50)), "credit": ("abnormal_mark", (True, False))}
    fact, values = told[missing]
    others = current(whole)
    only_here = [one for one in current(run).values() if one.tier is None and others[one.uscc].tier is not None]
    assert only_here
    for result in only_here:
        found = {rework(result, facts={fact: value}).possible for value in values}
        assert len(found) > 1


def test_what_was_pending_for_one_feed_is_settled_by_it(feed: Feed, norm: AnnualNorm, reviewer: User) -> None:
    run, late, whole = main_and_whole(feed, reviewer, "tax", seed=3)
    before = current(run)
    found = rejudge(by=reviewer, run=run, delivery=late)
    after = current(run)
    assert as_found(after) == as_found(current(whole))
    assert found.pending == sum(one.tier is None for one in before.values())
    assert found.settled == sum(after[uscc].tier is not None for uscc, one in before.items() if one.tier is None)
    changed = [one for one in after.values() if one.version == 2]
    assert len(changed) == found.settled + found.narrowed > 0
    assert {(one.cause, one.decided_by_id) for one in changed} == {(f"delivery:{late.pk}", reviewer.pk)}
    assert Result.objects.filter(run=run, version=1).count() == 120
    assert all(after[uscc].pk == one.pk for uscc, one in before.items() if one.tier is not None)


@settings(
    max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(seed=st.integers(0, 10_000), missing=st.sampled_from(SOURCES), withheld=st.sampled_from(SOURCES))
def test_more_data_never_widens_and_never_changes_what_is_decided(
    feed: Feed, norm: AnnualNorm, reviewer: User, seed: int, missing: str, withheld: str
) -> None:
    Run.objects.all().delete()
    Delivery.objects.exclude(source_key="registration").update(source_key="gone")
    tables = district(40, seed)
    deliver(feed, without(tables, missing, withheld))
    run = execute(start_run(by=reviewer, year=2026))
    for source in dict.fromkeys((missing, withheld)):
        before = current(run)
        rejudge(by=None, run=run, delivery=feed(source, tables[source]))
        for uscc, result in current(run).items():
            assert set(result.possible) <= set(before[uscc].possible)
            if before[uscc].tier is not None:
                assert result.pk == before[uscc].pk
    whole = execute(start_run(by=reviewer, year=2026, kind=Run.Kind.SHADOW))
    assert as_found(current(run)) == as_found(current(whole))


def test_a_delivery_that_now_says_otherwise_changes_nothing_that_was_known(
    feed: Feed, norm: AnnualNorm, reviewer: User
) -> None:
    """The newer table fills gaps; it does not replace what the run knew."""
    feed("registration", register(registered(1), registered(2)))
    header = ["统一社会信用代码", "所属年度", "已办税务登记", "纳税人类型", "非正常户", "实际入库税款", "退库税款"]
    feed("tax", [header, [code(1), 2025, "是", "小规模纳税人", "否", 10_000, 0]])
    run = execute(start_run(by=reviewer, year=2026))
    before = current(run)
    assert before[code(1)].tier is None
    newer = feed("tax", [header, [code(1), 2025, "否", "小规模纳税人", "否", 0, 0]])
    rejudge(by=None, run=run, delivery=newer)
    assert as_found(current(run)) == as_found(before)


def test_a_settled_result_explains_itself_from_what_came(
    delivered: None, feed: Feed, norm: AnnualNorm, reviewer: User
) -> None:
    Delivery.objects.filter(source_key="tax").update(source_key="gone")
    run = execute(start_run(by=reviewer, year=2026))
    assert current(run)[code(2)].tier is None
    header = ["统一社会信用代码", "所属年度", "已办税务登记", "纳税人类型", "非正常户", "实际入库税款", "退库税款"]
    rejudge(by=None, run=run, delivery=feed("tax", [header, [code(2), 2025, "是", "小规模纳税人", "否", 10_000, 0]]))
    result = current(run)[code(2)]
    assert (result.tier, result.version) == ("growth", 2)
    assert result.facts["tax_paid"] == "10000.00"
    assert explain_result(result).tier == "growth"


def test_a_fact_that_was_corrected_stays_as_corrected(
    delivered: None, feed: Feed, norm: AnnualNorm, reviewer: User, approver: User
) -> None:
    Delivery.objects.filter(source_key="social_insurance").update(source_key="gone")
    run = execute(start_run(by=reviewer, year=2026))
    first = current(run)[code(3)]
    amended = amend_result(
        by=approver, result=first, facts={"turnover": Decimal(200_000)}, cause="objection:1", clause="附件一(二)3"
    )
    assert amended.tier is None
    table: Rows = [["统一社会信用代码", "费款所属期", "参保形式", "参保人数"], [code(3), "2025-07", "单位", 1]]
    rejudge(by=None, run=run, delivery=feed("social_insurance", table))
    result = current(run)[code(3)]
    assert (result.version, result.facts["turnover"]) == (3, "200000.00")
    assert (result.tier, first.run_id) == ("growth", run.pk)


def test_the_hourly_task_finds_what_came_and_uses_it_once(feed: Feed, norm: AnnualNorm, reviewer: User) -> None:
    tables = district(40, seed=2)
    deliver(feed, without(tables, "tax"))
    run = execute(start_run(by=reviewer, year=2026))
    assert late_deliveries(run) == []
    late = feed("tax", tables["tax"])
    assert late_deliveries(run) == [late]
    rejudge_late(timestamp=0)
    run.refresh_from_db()
    assert [entry["delivery"] for entry in run.counts["late"]] == [late.pk]
    assert late_deliveries(run) == []
    count = Result.objects.count()
    rejudge_late(timestamp=0)
    rejudge(by=reviewer, run=run, delivery=late)
    assert Result.objects.count() == count
    assert len(Run.objects.get(pk=run.pk).counts["late"]) == 1


def test_what_does_not_fit_is_refused(
    delivered: None, feed: Feed, norm: AnnualNorm, reviewer: User, intake_clerk: User
) -> None:
    run = start_run(by=reviewer, year=2026)
    tax = Delivery.objects.filter(source_key="tax").get()
    with pytest.raises(Refusal, match="没有结果"):
        rejudge(by=reviewer, run=run, delivery=tax)
    run = execute(run)
    file = xlsx([["统一社会信用代码", "类别", "作出决定日期"]])
    waiting = checked(by=intake_clerk, source="credit", file=file, file_name="again.xlsx")
    with pytest.raises(Refusal, match="没有生效"):
        rejudge(by=reviewer, run=run, delivery=waiting)
    with pytest.raises(Refusal, match="不使用这个来源"):
        rejudge(by=reviewer, run=run, delivery=Delivery.objects.get(source_key="courts"))


def test_a_supplier_is_chased_once_a_day(feed: Feed, norm: AnnualNorm, reviewer: User) -> None:
    make_feeds()
    deliver(feed, without(district(10, seed=1), "tax"))
    run = execute(start_run(by=reviewer, year=2026))
    supplier = chase(by=reviewer, run=run, source_key="tax")
    notice = Notice.objects.get()
    assert (notice.organisation, notice.kind, supplier.key) == (supplier, "feed_late", "tax_bureau")
    with pytest.raises(Refusal, match="今天已经催过"):
        chase(by=reviewer, run=run, source_key="tax")
    assert Event.objects.filter(verb="determinations.chase").count() == 1
    assert notice.once.endswith(str(clock.today()))

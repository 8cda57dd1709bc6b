"""A run from its preconditions to its published results."""

import datetime

import pytest
from django.db import IntegrityError, connection, transaction

from jieti.accounts.models import Jurisdiction, User
from jieti.audit.models import Event
from jieti.determinations import running
from jieti.determinations.actions import (
    MissingPreconditionsError,
    caveats,
    mark_published,
    retry_run,
    start_run,
)
from jieti.determinations.models import Result, Run
from jieti.determinations.running import execute, explain_result
from jieti.determinations.tasks import execute_run
from jieti.kit.errors import Refusal
from jieti.rulebooks.actions import approve_norm, propose_norm
from jieti.rulebooks.models import AnnualNorm
from tests.determinations.conftest import NORM, Feed
from tests.factories.tables import code, register, registered

pytestmark = pytest.mark.django_db


def tiers(run: Run) -> dict[str, str | None]:
    return dict(run.results.order_by("uscc").values_list("uscc", "tier"))


def queued_jobs() -> int:
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from procrastinate_jobs where task_name = 'determinations.execute_run'")
        count: int = cursor.fetchone()[0]
    return count


@pytest.mark.clause(
    "附件一(三)1.a",
    "附件一(三)1.b",
    "附件一(三)2(1).a",
    "附件一(三)2(1).b",
    "附件一(三)2(2)",
    "附件一(三)2(3)",
)
def test_from_deliveries_to_explained_results(reviewer: User, norm: AnnualNorm, delivered: None) -> None:
    run = start_run(by=reviewer, year=2026)
    assert (run.status, run.basis_date, run.norm) == (Run.Status.QUEUED, datetime.date(2026, 7, 1), norm)
    assert queued_jobs() == 1
    run = execute(run)
    assert (run.status, run.progress, run.stage) == (Run.Status.DONE, 100, "已完成")
    expected = ["survival", "growth", "development", "ineligible", "survival"]
    assert tiers(run) == {code(n): tier for n, tier in enumerate(expected, start=1)}
    assert run.counts["businesses"] == 5
    assert run.counts["tiers"] == {"survival": 2, "growth": 1, "development": 1, "ineligible": 1}
    explanation = explain_result(run.results.get(uscc=code(2)))
    assert explanation.tier == "growth"
    assert "10,000" in explanation.text() or "10000" in explanation.text()


def test_facts_say_from_which_delivery_they_are(reviewer: User, norm: AnnualNorm, delivered: None) -> None:
    run = execute(start_run(by=reviewer, year=2026))
    explanation = explain_result(run.results.get(uscc=code(2)))
    lines = {line.fact: line for finding in explanation.findings for line in finding.fact_lines}
    used = run.inputs["annual_reports"]
    line = lines["annual_report_filed"]
    assert (line.as_of, line.batch) == (datetime.date.fromisoformat(used["as_of"]), str(used["delivery"]))


def test_orphans_have_no_result(reviewer: User, norm: AnnualNorm, delivered: None) -> None:
    run = execute(start_run(by=reviewer, year=2026))
    assert code(9) not in tiers(run)


def test_every_missing_precondition_is_listed(reviewer: User) -> None:
    with pytest.raises(MissingPreconditionsError) as caught:
        start_run(by=reviewer, year=2026)
    assert caught.value.missing == ["2026年的认定标准还没有审批", "“登记注册信息”还没有送来"]
    assert not Run.objects.exists()
    assert queued_jobs() == 0


def test_a_proposed_norm_is_not_enough(reviewer: User, delivered: None) -> None:
    propose_norm(by=reviewer, year=2026, values=NORM, is_sample=True)
    with pytest.raises(MissingPreconditionsError, match="还没有审批"):
        start_run(by=reviewer, year=2026)


def test_a_source_not_delivered_leaves_results_unknown_and_is_said(
    reviewer: User, norm: AnnualNorm, feed: Feed
) -> None:
    feed("registration", register(registered(1), registered(2, 登记状态="注销")))
    assert len(caveats(2026, Jurisdiction.objects.site())) == 6  # one for each source of the tiers, the register aside
    run = execute(start_run(by=reviewer, year=2026))
    assert tiers(run) == {code(1): None, code(2): "ineligible"}
    assert run.inputs["tax"] is None
    pending = run.results.pending().get()
    assert set(pending.possible) == {"survival", "growth", "development", "ineligible"}
    explanation = explain_result(pending)
    assert "税务" in explanation.text()
    lines = [line for finding in explanation.findings for line in finding.fact_lines]
    assert {line.fact for line in lines if line.as_of} >= {"registration_status"}
    assert {(line.as_of, line.batch) for line in lines if line.fact.startswith("tax_")} == {(None, "")}


def test_refused_rows_that_nobody_mended_are_said(reviewer: User, norm: AnnualNorm, feed: Feed) -> None:
    feed("registration", register(registered(1), registered(2, 成立日期="2023-02-30")))
    run = start_run(by=reviewer, year=2026)
    assert "“登记注册信息”还有1行退回后没有补送" in run.message
    assert run.inputs["registration"]["refused"] == 1


def test_a_threshold_not_published_leaves_results_unknown(reviewer: User, approver: User, delivered: None) -> None:
    approve_norm(by=approver, norm=propose_norm(by=reviewer, year=2026, values={}, is_sample=True))
    run = execute(start_run(by=reviewer, year=2026))
    assert tiers(run)[code(2)] is None
    assert tiers(run)[code(3)] == "development"


def test_a_run_uses_what_had_been_delivered_when_it_started(
    reviewer: User, norm: AnnualNorm, delivered: None, feed: Feed
) -> None:
    run = start_run(by=reviewer, year=2026)
    feed("registration", register(registered(7)))
    assert len(tiers(execute(run))) == 5


@pytest.mark.clause("正文二(一)2.b")
def test_a_second_main_run_of_the_year_is_refused(reviewer: User, norm: AnnualNorm, delivered: None) -> None:
    start_run(by=reviewer, year=2026)
    with pytest.raises(Refusal, match="一年只作一次") as caught:
        start_run(by=reviewer, year=2026)
    assert "试算" in caught.value.what_to_do
    assert start_run(by=reviewer, year=2026, kind=Run.Kind.SHADOW).pk


def test_a_basis_date_outside_the_year_is_refused(reviewer: User, norm: AnnualNorm, delivered: None) -> None:
    with pytest.raises(Refusal, match="不在2026年"):
        start_run(by=reviewer, year=2026, basis_date=datetime.date(2025, 7, 1))


def test_the_task_executes_and_does_it_once(reviewer: User, norm: AnnualNorm, delivered: None) -> None:
    run = start_run(by=reviewer, year=2026)
    execute_run(run_id=run.pk)
    finished = Run.objects.get(pk=run.pk).finished_at
    execute_run(run_id=run.pk)
    assert Run.objects.get(pk=run.pk).finished_at == finished
    assert run.results.count() == 5


@pytest.mark.parametrize("where", ["assemble", "_copy", "record"])
def test_a_failure_leaves_no_results_and_may_be_retried(
    where: str, reviewer: User, norm: AnnualNorm, delivered: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = start_run(by=reviewer, year=2026)
    real = getattr(running, where)

    def fail(*arguments: object, **named: object) -> object:
        if named.get("verb") == "determinations.fail_run":
            return real(*arguments, **named)
        if where == "_copy":
            real(*arguments)
        raise OSError("disk full")

    monkeypatch.setattr(running, where, fail)
    with pytest.raises(OSError, match="disk full"):
        execute(run)
    failed = Run.objects.get(pk=run.pk)
    assert (failed.status, failed.message) == (Run.Status.FAILED, "OSError：disk full")
    assert not Result.objects.exists()
    assert Event.objects.filter(verb="determinations.fail_run").exists()
    monkeypatch.undo()
    assert execute(failed).status == Run.Status.FAILED, "a failed run waits for somebody to say retry"
    assert execute(retry_run(by=reviewer, run=failed)).status == Run.Status.DONE
    assert Result.objects.count() == 5


def test_a_run_whose_process_died_is_taken_up_again(reviewer: User, norm: AnnualNorm, delivered: None) -> None:
    run = start_run(by=reviewer, year=2026)
    Run.objects.filter(pk=run.pk).update(status=Run.Status.RUNNING, progress=45, stage="逐户判定")
    assert execute(run).status == Run.Status.DONE


def test_a_failed_run_makes_room_and_then_cannot_come_back(
    reviewer: User, norm: AnnualNorm, delivered: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed = start_run(by=reviewer, year=2026)
    monkeypatch.setattr(running, "assemble", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        execute(failed)
    start_run(by=reviewer, year=2026)
    with pytest.raises(Refusal, match="一年只作一次"):
        retry_run(by=reviewer, run=failed)


def test_only_a_finished_main_run_is_published_and_once(
    reviewer: User, approver: User, norm: AnnualNorm, delivered: None
) -> None:
    run = start_run(by=reviewer, year=2026)
    shadow = execute(start_run(by=reviewer, year=2026, kind=Run.Kind.SHADOW))
    with pytest.raises(Refusal, match="排队中"):
        mark_published(by=approver, run=run)
    with pytest.raises(Refusal, match="试算"):
        mark_published(by=approver, run=shadow)
    assert Result.objects.published().latest_for(code(2)) is None
    published = mark_published(by=approver, run=execute(run))
    assert (published.status, published.published_by) == (Run.Status.PUBLISHED, approver)
    found = Result.objects.published().latest_for(code(2))
    assert found is not None
    assert found.run == run
    with pytest.raises(Refusal, match="不需要再次公布"):
        mark_published(by=approver, run=published)
    with pytest.raises(Refusal, match="不能重试"):
        retry_run(by=reviewer, run=published)


def test_a_business_that_the_run_did_not_see_cannot_be_explained(
    reviewer: User, norm: AnnualNorm, delivered: None
) -> None:
    run = execute(start_run(by=reviewer, year=2026))
    ghost = Result(run=run, uscc=code(77), possible=["survival"], tier="survival", true_bits=0, unknown_bits=0)
    with pytest.raises(Refusal, match=code(77)):
        explain_result(ghost)


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"published_at": datetime.datetime(2026, 8, 1, tzinfo=datetime.UTC)}, "published_together"),
        ({"status": "failed"}, "failed_has_reason"),
        ({"status": "done"}, "done_has_results"),
        ({"progress": 101}, "run_progress"),
        ({"year": 2025}, "basis_date_in_year"),
    ],
)
def test_the_database_refuses_a_run_that_makes_no_sense(
    reviewer: User, norm: AnnualNorm, delivered: None, change: dict[str, object], name: str
) -> None:
    run = start_run(by=reviewer, year=2026)
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        Run.objects.filter(pk=run.pk).update(**({"message": ""} | change))


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"possible": []}, "result_possible"),
        ({"possible": ["weather"], "tier": "weather"}, "result_possible"),
        ({"tier": None}, "tier_is_the_only_possible"),
        ({"tier": "growth"}, "tier_is_the_only_possible"),
        ({"possible": ["survival", "growth"]}, "tier_is_the_only_possible"),
        ({"true_bits": -1}, "result_bits"),
        ({"uscc": "9211"}, "uscc_shape"),
    ],
)
def test_the_database_refuses_a_result_that_makes_no_sense(
    reviewer: User, norm: AnnualNorm, delivered: None, change: dict[str, object], name: str
) -> None:
    run = start_run(by=reviewer, year=2026)
    good = {"uscc": code(1), "tier": "survival", "possible": ["survival"], "true_bits": 1, "unknown_bits": 0}
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        Result.objects.create(run=run, **(good | change))

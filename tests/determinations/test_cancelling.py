"""Runs given up, killed, failed and taken up again: nothing half written, ever."""

from collections.abc import Callable

import pytest
from django.db import connection
from procrastinate.contrib.django import app

from jieti.accounts.models import User
from jieti.audit.models import Event
from jieti.determinations import running
from jieti.determinations.actions import cancel_run, retry_run, start_run
from jieti.determinations.models import Result, Run
from jieti.determinations.running import execute, folder_of
from jieti.determinations.tasks import execute_run
from jieti.kit.errors import Refusal
from jieti.registry.tasks import requeue_stalled
from jieti.rulebooks.models import AnnualNorm

pytestmark = pytest.mark.django_db
STAGES = ("证明规则", "汇集各部门数据，整理事实", "逐户判定", "生成收据", "写入结果")


@pytest.fixture
def run(reviewer: User, norm: AnnualNorm, delivered: None) -> Run:
    return start_run(by=reviewer, year=2026)


def before_stage(monkeypatch: pytest.MonkeyPatch, stage: str, deed: Callable[[], object]) -> None:
    """Does something when the run reaches a stage."""
    advance = running._advance

    def wrapped(run: Run, name: str, progress: int) -> None:
        if name == stage:
            deed()
        advance(run, name, progress)

    monkeypatch.setattr(running, "_advance", wrapped)


def assert_gone(run: Run, status: str) -> None:
    run.refresh_from_db()
    assert run.status == status
    assert run.message
    assert not Result.objects.filter(run=run).exists()
    assert not folder_of(run).exists()
    assert (run.facts_path, run.results_path, run.merkle_root, run.manifest) == ("", "", "", {})


@pytest.mark.parametrize("stage", STAGES)
def test_a_run_is_given_up_at_each_stage(run: Run, reviewer: User, stage: str, monkeypatch: pytest.MonkeyPatch) -> None:
    before_stage(monkeypatch, stage, lambda: cancel_run(by=reviewer, run=run))
    assert execute(run).status == Run.Status.CANCELLED
    assert_gone(run, Run.Status.CANCELLED)
    verbs = [event.verb for event in Event.objects.filter(subject=f"run:{run.pk}").order_by("pk")]
    assert verbs == ["determinations.start_run", "determinations.cancel_run", "determinations.stop_run"]


def test_a_run_is_given_up_between_two_batches_of_results(
    run: Run, reviewer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "BATCH_ROWS", 2)
    wanted, asked = running._demand_wanted, []

    def demand(one: Run) -> None:
        if Result.objects.filter(run=one).count() == 2:
            asked.append(cancel_run(by=reviewer, run=one))
        wanted(one)

    monkeypatch.setattr(running, "_demand_wanted", demand)
    assert execute(run).status == Run.Status.CANCELLED
    assert asked
    assert_gone(run, Run.Status.CANCELLED)


def test_a_run_given_up_after_its_last_batch_is_given_up_too(
    run: Run, reviewer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = running._copy

    def copy_and_cancel(one: Run, *rest: object) -> None:
        copy(one, *rest)  # type: ignore[arg-type]
        cancel_run(by=reviewer, run=one)

    monkeypatch.setattr(running, "_copy", copy_and_cancel)
    assert execute(run).status == Run.Status.CANCELLED
    assert not Result.objects.exists()


def test_a_run_that_waits_is_given_up_at_once_and_its_job_does_nothing(run: Run, reviewer: User) -> None:
    assert cancel_run(by=reviewer, run=run).status == Run.Status.CANCELLED
    execute_run(run_id=run.pk)
    assert_gone(run, Run.Status.CANCELLED)
    with pytest.raises(Refusal, match="不能取消"):
        cancel_run(by=reviewer, run=run)
    with pytest.raises(Refusal, match="不能重试"):
        retry_run(by=reviewer, run=run)


def test_a_run_given_up_makes_room_for_another(run: Run, reviewer: User) -> None:
    cancel_run(by=reviewer, run=run)
    again = start_run(by=reviewer, year=2026)
    assert execute(again).status == Run.Status.DONE
    with pytest.raises(Refusal, match="已完成，不能取消"):
        cancel_run(by=reviewer, run=again)


def test_asking_twice_is_said(run: Run, reviewer: User) -> None:
    Run.objects.filter(pk=run.pk).update(status=Run.Status.RUNNING)
    cancel_run(by=reviewer, run=run)
    with pytest.raises(Refusal, match="已经要求取消"):
        cancel_run(by=reviewer, run=run)


def test_a_cancelled_run_whose_process_died_ends_when_it_is_taken_up(run: Run, reviewer: User) -> None:
    Run.objects.filter(pk=run.pk).update(status=Run.Status.RUNNING, stage="写入结果", progress=75)
    cancel_run(by=reviewer, run=run)
    assert execute(run).status == Run.Status.CANCELLED


@pytest.mark.parametrize("stage", STAGES)
def test_a_run_killed_at_each_stage_is_done_from_the_start(
    run: Run, stage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What kills a process (here: SystemExit, which nothing of ours catches) leaves the run as it stood."""

    def die() -> None:
        raise SystemExit

    with monkeypatch.context() as patch:
        before_stage(patch, stage, die)
        with pytest.raises(SystemExit):
            execute(run)
    run.refresh_from_db()
    assert run.status == Run.Status.RUNNING
    assert not Result.objects.exists()
    done = execute(run)
    assert (done.status, done.results.count()) == (Run.Status.DONE, 5)


def test_a_run_killed_while_it_writes_has_written_nothing(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(running, "BATCH_ROWS", 2)
        wanted = running._demand_wanted

        def die(one: Run) -> None:
            if Result.objects.filter(run=one).exists():
                raise SystemExit
            wanted(one)

        patch.setattr(running, "_demand_wanted", die)
        with pytest.raises(SystemExit):
            execute(run)
    assert not Result.objects.exists()
    first = execute(run)
    assert first.results.count() == 5
    root = first.merkle_root
    Run.objects.filter(pk=run.pk).update(status=Run.Status.RUNNING, finished_at=None)
    assert execute(first).merkle_root == root, "the same run again gives the same root"
    assert Result.objects.filter(run=run).count() == 5


def test_a_failed_run_leaves_no_files_and_is_retried(run: Run, reviewer: User, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(running, "_receipt", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            execute(run)
    assert_gone(run, Run.Status.FAILED)
    assert execute(retry_run(by=reviewer, run=run)).status == Run.Status.DONE


def test_the_job_of_a_worker_that_died_is_queued_again(run: Run) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "update procrastinate_jobs set status = 'doing' where queue_name = 'determinations' returning id"
        )
        assert cursor.rowcount == 1
    requeue_stalled(timestamp=0)
    with connection.cursor() as cursor:
        cursor.execute("select status::text from procrastinate_jobs where task_name = 'determinations.execute_run'")
        assert cursor.fetchall() == [("todo",)]


def test_runs_and_studies_wait_for_each_other() -> None:
    tasks = app.tasks
    names = ("determinations.execute_run", "determinations.study", "determinations.rejudge_late")
    assert {tasks[name].lock for name in names} == {"determinations"}

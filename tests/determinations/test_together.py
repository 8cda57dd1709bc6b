"""Two at once, with real transactions."""

import threading
from collections.abc import Callable

import pytest
from django.db import connection

from jieti.accounts.models import User
from jieti.determinations import running
from jieti.determinations.actions import start_run
from jieti.determinations.models import Result, Run
from jieti.determinations.running import execute
from jieti.kit.errors import Refusal
from jieti.rulebooks.models import AnnualNorm

pytestmark = pytest.mark.django_db(transaction=True)


def together(*deeds: Callable[[], object]) -> list[object]:
    """What each deed answered, or refused, when all begin at the same moment."""
    start, answers = threading.Barrier(len(deeds)), []

    def attempt(deed: Callable[[], object]) -> None:
        try:
            start.wait(timeout=30)
            answers.append(deed())
        except Refusal as refusal:
            answers.append(refusal)
        finally:
            connection.close()

    threads = [threading.Thread(target=attempt, args=(deed,)) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    return answers


@pytest.mark.clause("正文二(一)2.b")
def test_two_main_runs_started_together_are_one(reviewer: User, norm: AnnualNorm, delivered: None) -> None:
    answers = together(*[lambda: start_run(by=reviewer, year=2026)] * 2)
    assert sorted(type(answer).__name__ for answer in answers) == ["Refusal", "Run"]
    assert Run.objects.count() == 1


def test_a_run_executed_twice_at_once_has_each_result_once(reviewer: User, norm: AnnualNorm, delivered: None) -> None:
    run = start_run(by=reviewer, year=2026)
    together(*[lambda: execute(run)] * 2)
    assert Run.objects.get(pk=run.pk).status == Run.Status.DONE
    assert Result.objects.filter(run=run).count() == 5


def test_others_see_the_progress_while_a_run_goes(
    reviewer: User, norm: AnnualNorm, delivered: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = start_run(by=reviewer, year=2026)
    seen: list[tuple[str, int]] = []
    advance = running._advance

    def advance_and_look(run: Run, stage: str, progress: int) -> None:
        advance(run, stage, progress)
        looker = threading.Thread(target=look)
        looker.start()
        looker.join(timeout=30)

    def look() -> None:
        try:
            seen.append(Run.objects.values_list("stage", "progress").get(pk=run.pk))
        finally:
            connection.close()

    monkeypatch.setattr(running, "_advance", advance_and_look)
    execute(run)
    assert seen == [
        ("证明规则", 2),
        ("汇集各部门数据，整理事实", 15),
        ("逐户判定", 45),
        ("生成收据", 60),
        ("写入结果", 75),
    ]

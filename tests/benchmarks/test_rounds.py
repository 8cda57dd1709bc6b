"""Which rounds count, what a ratio is, and what the table says of it: arithmetic alone, nothing is timed."""

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks.__main__ import is_sound, wanted
from benchmarks.bars import Bar, Sitting, sittings
from benchmarks.jobs import JOBS
from benchmarks.report import judged, throughput, write_table
from benchmarks.rounds import Job, Run, counted, median_of, ratio_of
from benchmarks.running import comparisons
from benchmarks.stopwatch import Stopwatch, foreign_cores, peak_memory_mb

OURS, PEER = Job("ours", 10), Job("peer", 10)


def run(job: Job, number: int, wall: float, foreign: float = 0.0, **more: Any) -> Run:
    return {"job": job.name, "rows": job.rows, "round": number, "wall": wall, "foreign": foreign, "rss_mb": 1.0, **more}


def test_a_disturbed_round_does_not_count_for_either_side() -> None:
    runs = [run(OURS, 0, 1), run(PEER, 0, 2), run(OURS, 1, 50, 0.31), run(PEER, 1, 4), run(OURS, 2, 3), run(PEER, 2, 8)]
    found = ratio_of(runs, OURS, PEER, "wall")
    assert found is not None
    assert (found.above, found.below, found.rounds, found.clean) == (2, 5, 2, True)
    assert found.value == pytest.approx(0.4)


def test_the_limit_itself_is_quiet() -> None:
    found = median_of([run(OURS, 0, 1, 0.3), run(OURS, 1, 9, 0.3000001)], OURS, "wall")
    assert found is not None
    assert (found.value, found.rounds, found.clean) == (1, 1, True)


def test_when_every_round_was_disturbed_all_are_kept_and_marked() -> None:
    runs = [run(OURS, 0, 1, 0.9), run(PEER, 0, 2), run(OURS, 1, 3, 0.9), run(PEER, 1, 4)]
    found = ratio_of(runs, OURS, PEER, "wall")
    assert found is not None
    assert (found.above, found.below, found.rounds, found.clean) == (2, 3, 2, False)


def test_the_ratio_of_medians_is_not_the_median_of_ratios() -> None:
    walls = [(1, 10), (2, 1), (3, 2)]
    runs = [item for number, (a, b) in enumerate(walls) for item in (run(OURS, number, a), run(PEER, number, b))]
    found = ratio_of(runs, OURS, PEER, "wall")
    assert found is not None
    assert found.value == pytest.approx(2 / 2)


def test_a_round_without_one_side_does_not_count() -> None:
    runs = [run(OURS, 0, 1), run(OURS, 1, 2), run(PEER, 1, 4)]
    kept, clean = counted(runs, [OURS, PEER])
    assert [item["round"] for item in kept[OURS]] == [1]
    assert clean
    assert ratio_of(runs[:1], OURS, PEER, "wall") is None


def test_the_same_job_on_another_population_is_another_job() -> None:
    runs = [run(OURS, 0, 1), run(Job("ours", 99), 0, 7)]
    found = ratio_of(runs, Job("ours", 99), OURS, "wall")
    assert found is not None
    assert found.value == pytest.approx(7)


@pytest.mark.parametrize(
    ("wall", "busy", "own", "cores"), [(2.0, 3.0, 2.0, 0.5), (2.0, 1.9, 2.0, 0.0), (0.0, 1.0, 0.0, 0.0)]
)
def test_what_others_took(wall: float, busy: float, own: float, cores: float) -> None:
    assert foreign_cores(wall=wall, busy=busy, own=own) == pytest.approx(cores)


def test_a_stopwatch_sees_its_own_work() -> None:
    with Stopwatch() as watch:
        sum(number * number for number in range(300_000))
    assert watch.cost.cpu > 0
    assert watch.cost.wall > 0
    assert watch.cost.foreign >= 0
    assert 1 < watch.cost.rss_mb <= peak_memory_mb() + 1


@pytest.mark.parametrize(
    ("sense", "value", "met"),
    [("at most", 1.3, True), ("at most", 1.31, False), ("at least", 1.3, True), ("at least", 1.29, False)],
)
def test_a_bar_includes_its_limit(sense: Any, value: float, met: bool) -> None:
    assert Bar("A", "text", OURS, PEER, sense, 1.3).met(value) is met


def test_slices_are_compared_by_business() -> None:
    """The peer judged 5 of its 10 businesses in 2 s; we judged all 10 in 1 s: four times as fast."""
    bar = Bar("7", "peer ÷ ours", PEER, OURS, "at least", 3, "per_row")
    sitting = Sitting("peers", "Peers", (OURS, PEER), (bar,))
    runs = [run(OURS, 0, 1.0, cpu=1.0), run(PEER, 0, 2.0, cpu=2.0, per_row=0.4, judged=5, agreeing=5)]
    (found,) = judged(sitting, runs, {})
    assert found["value"] == pytest.approx(4)
    assert found["met"]
    rates = {row["job"]: row["rows_per_second"] for row in throughput(sitting, runs)}
    assert rates == {"ours": pytest.approx(10), "peer": pytest.approx(2.5)}


def test_what_could_not_run_says_why() -> None:
    bar = Bar("13", "peer ÷ ours", PEER, OURS, "at most", 3)
    (found,) = judged(Sitting("s", "S", (OURS, PEER), (bar,)), [run(OURS, 0, 1)], {"peer (10)": "no Java"})
    assert found["not_measured"] == "no Java"
    assert "met" not in found


def test_differing_counts_are_found() -> None:
    sitting = Sitting("s", "S", (OURS, PEER), (), ((OURS, PEER),))
    runs = [run(OURS, 0, 1, counts=[[1, 2], [3, 4]]), run(PEER, 0, 1, counts=[[1, 2], [3, 5]])]
    assert comparisons(sitting, runs) == [{"job": "peer", "ours": "ours", "rows_differing": 1}]
    assert not is_sound({"left_out": {}, "same": comparisons(sitting, runs)})


def test_openfisca_may_differ_and_a_failure_may_not() -> None:
    assert is_sound(
        {"left_out": {"zen (1)": "No module named 'zen'"}, "same": [{"job": "openfisca", "rows_differing": 3}]}
    )
    assert not is_sound({"left_out": {"zen (1)": "failed: KeyError"}, "same": []})


def test_all_sixteen_bars_are_there() -> None:
    every = sittings((1_000_000, 10_000_000), nation=True)
    assert {bar.key for item in every for bar in item.bars} == {"A", "explain", "sources", *map(str, range(1, 17))}
    assert {job.name for item in every for job in item.jobs} == set(JOBS)
    for item in every:
        assert {job for bar in item.bars for job in bar.jobs} | {j for group in item.alike for j in group} <= set(
            item.jobs
        )


def test_only_what_is_asked_for() -> None:
    every = sittings((10, 20), nation=False)
    assert [item.key for item in every if wanted(item, "bar12")] == ["growth"]
    assert [item.key for item in every if wanted(item, "bar1")] == ["whole-20"]
    assert [item.key for item in every if wanted(item, "single, delta")] == ["single", "delta"]
    assert len([item for item in every if wanted(item, "")]) == len(every)


def test_the_table_tells_held_missed_and_unmeasured(tmp_path: Path) -> None:
    about = {"measure": "wall", "sense": "at most", "limit": 1.3}
    bars = [
        {"bar": "1", "text": "held", "value": 1.2, "met": True, "clean": True, "rounds": 3, **about},
        {"bar": "2", "text": "missed", "value": 1.4, "met": False, "clean": False, "rounds": 5, **about},
        {"bar": "3", "text": "absent", "not_measured": "no Java", **about},
    ]
    machine = {"cpu": "C", "cores": 2, "memory_gb": 4.0, "kernel": "6", "date": "2026-11-22"}
    data = {"order": 0, "title": "T", "businesses": 10, "command": "c", "machine": machine, "bars": bars}
    row = {"job": "peer", "rows": 10, "rows_per_second": 5.0, "wall": 2.0, "cpu": 2.0, "rss_mb": 9.0, "rounds": 3}
    shown = {"throughput": [{**row, "clean": True}], "same": [{"job": "peer", "rows_differing": 7}], "left_out": {}}
    (tmp_path / "results").mkdir()
    (tmp_path / "results" / "a.json").write_text(json.dumps({**data, **shown}))
    write_table(tmp_path / "results", tmp_path / "RESULTS.md")
    text = (tmp_path / "RESULTS.md").read_text()
    assert "| 1 | held | 1.20 | ≤ 1.30 | yes | 3, clean | 10 | 2026-11-22 |" in text
    assert "| 2 | missed | 1.40 | ≤ 1.30 | **no** | 5, mixed | 10 | 2026-11-22 |" in text
    assert "not measured: no Java" in text
    assert "7 differ" in text

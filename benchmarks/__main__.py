"""`python -m benchmarks`: measure, compare, store, and print every ratio beside its bar."""

import argparse
import sys
from pathlib import Path
from typing import Any

from benchmarks.bars import Sitting, sittings
from benchmarks.machine import machine
from benchmarks.report import judged, throughput, write_table
from benchmarks.running import run_sitting, save
from benchmarks.standard import ROOT


def main() -> int:
    """Exit code 1 where a job failed or an output that should equal ours does not; a missed bar is no failure."""
    options = _options()
    sizes = tuple(int(size) for size in options.rows.split(","))
    every = enumerate(sittings(sizes, nation=options.nation))
    chosen = [(place, item) for place, item in every if wanted(item, options.only)]
    if not chosen:
        print(f"nothing is named {options.only}", file=sys.stderr)
        return 2
    sound = True
    for order, sitting in chosen:
        print(f"{sitting.title} ({sitting.key})", flush=True)
        data = run_sitting(sitting, options.rounds, lambda text: print(text, flush=True))
        whole = _whole(sitting, data, order)
        save(options.out, sitting.key, whole)
        _print_bars(whole)
        sound = sound and is_sound(whole)
    write_table(options.out, options.out.parent / "RESULTS.md")
    return 0 if sound else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--rows", default="1000000,10000000", help="populations, separated by commas")
    parser.add_argument("--rounds", type=int, default=5, help="rounds of every sitting")
    parser.add_argument("--only", default="", help="bars (bar1, bar16) or sittings (growth), separated by commas")
    parser.add_argument("--nation", action="store_true", help="127 million businesses too: 4 GB of disk, half an hour")
    parser.add_argument("--out", type=Path, default=ROOT / "benchmarks" / "results", help="folder for the results")
    return parser.parse_args()


def wanted(sitting: Sitting, only: str) -> bool:
    """Whether the sitting, or one of its bars, is asked for; nothing asked: everything."""
    names = {name.strip() for name in only.split(",") if name.strip()}
    own = {sitting.key, *(f"bar{bar.key}" for bar in sitting.bars)}
    return not names or bool(names & own)


def is_sound(data: dict[str, Any]) -> bool:
    """No job failed, and no output differs but that of OpenFisca, whose whole numbers turn over at 2³¹."""
    failed = [reason for reason in data["left_out"].values() if reason.startswith("failed")]
    differing = [item for item in data["same"] if item["rows_differing"] and item["job"] != "openfisca"]
    return not failed and not differing


def _whole(sitting: Sitting, data: dict[str, Any], order: int) -> dict[str, Any]:
    return {
        "order": order,
        "title": sitting.title,
        "businesses": max(job.rows for job in sitting.jobs),
        "command": " ".join(["python -m benchmarks", *sys.argv[1:]]),
        "machine": machine(),
        "bars": judged(sitting, data["runs"], data["left_out"]),
        "throughput": throughput(sitting, data["runs"]),
        **data,
    }


def _print_bars(data: dict[str, Any]) -> None:
    for bar in data["bars"]:
        limit = f"{bar['sense']} {bar['limit']:.4g}"
        if "not_measured" in bar:
            print(f"  bar {bar['bar']}: {bar['text']}: not measured: {bar['not_measured']}", flush=True)
            continue
        word, clean = "holds" if bar["met"] else "MISSED", "clean" if bar["clean"] else "mixed"
        print(f"  bar {bar['bar']}: {bar['text']}: {bar['value']:.4g} ({limit}) {word} [{clean}]", flush=True)
    for item in data["same"]:
        print(f"  {item['job']}: {item['rows_differing']} rows differ", flush=True)


if __name__ == "__main__":
    sys.exit(main())

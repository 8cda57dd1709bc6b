"""What a nation costs on Spark: `python -m benchmarks.costs` writes the table of docs/spark.md from the stored results.

The sitting `spark` measures how many businesses a core judges in a second on the machine that it names; cores of the
same kind that share the files evenly take as long as the division says, and starting a session comes on top.
"""

import json
import sys
from collections.abc import Iterator, Mapping
from typing import Any

from benchmarks.population import NATION
from benchmarks.standard import ROOT

CORES = (2, 8, 32, 128)
START, END = "<!-- costs: begin -->", "<!-- costs: end -->"
DOCUMENT = ROOT / "docs" / "spark.md"
RESULT = ROOT / "benchmarks" / "results" / "spark.json"


def main() -> int:
    """Exit code 1 where the sitting has not been run."""
    if not RESULT.exists():
        print("not measured yet: python -m benchmarks --only spark", file=sys.stderr)
        return 1
    text = "\n".join(lines(json.loads(RESULT.read_text(encoding="utf-8"))))
    before, _, rest = DOCUMENT.read_text(encoding="utf-8").partition(START)
    DOCUMENT.write_text(f"{before}{START}\n{text}\n{END}{rest.partition(END)[2]}", encoding="utf-8")
    print(text)
    return 0


def lines(data: Mapping[str, Any]) -> Iterator[str]:
    """The table, and what it was measured on."""
    measured = next(row for row in data["throughput"] if row["job"] == "spark")
    rate, machine = measured["rows_per_core_second"], data["machine"]
    yield f"Measured on {machine['cpu']}, {machine['cores']} cores, {machine['date']}, by `{data['command']}`:"
    yield f"{measured['rows']:,} businesses, {rate:,.0f} rows a second and core ({measured['cpu']:.1f} CPU seconds)."
    if not measured["clean"]:
        yield "Other programs shared the cores meanwhile: a quiet machine does better."
    yield ""
    yield f"| cores | minutes for {NATION:,} businesses |"
    yield "| ---: | ---: |"
    for cores in CORES:
        yield f"| {cores} | {NATION / rate / cores / 60:.1f} |"


if __name__ == "__main__":
    sys.exit(main())

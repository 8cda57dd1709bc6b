"""One measured job in a process of its own: `python -m benchmarks.job NAME ROWS` prints what it cost as JSON."""

import json
import os
import sys
from importlib import import_module

from benchmarks.jobs import FOLDER, JOBS, NotPossibleError

NOT_POSSIBLE = 3
"""Exit code of a job that needs what this machine does not have."""


THREADS = 2
"""Every side has as many."""


def main(name: str, rows: int) -> int:
    """Run the job; exit code 3 and its reason where a peer is not installed."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:THREADS])
    try:
        module = import_module(f"benchmarks.jobs.{JOBS[name]}")
        cost = getattr(module, name)(rows)
    except (NotPossibleError, ModuleNotFoundError) as error:
        print(json.dumps({"error": str(error)}))
        return NOT_POSSIBLE
    print(json.dumps({"job": name, "rows": rows, **cost.data()}))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2])))

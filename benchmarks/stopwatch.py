"""What a piece of work cost: wall time, our own CPU time, what others took of the machine, peak memory."""

import os
import resource
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

_TICKS = os.sysconf("SC_CLK_TCK")
_BUSY = (1, 2, 3, 6, 7, 8)
"""user, nice, system, irq, softirq and steal among the words of the first line of /proc/stat."""


@dataclass
class Cost:
    """Seconds of wall and CPU, cores that other processes used meanwhile, mebibytes of peak memory; and what else."""

    wall: float
    cpu: float
    foreign: float
    rss_mb: float
    more: dict[str, Any] = field(default_factory=dict)

    def data(self) -> dict[str, Any]:
        """As JSON has it."""
        own = asdict(self)
        return {**{key: round(value, 6) for key, value in own.items() if key != "more"}, **self.more}


class Stopwatch:
    """`with Stopwatch() as watch: work()`, then `watch.cost`. `servers` are pids whose trees work for us too."""

    def __init__(self, servers: tuple[int, ...] = ()) -> None:
        self._servers = servers
        self.cost = Cost(0, 0, 0, 0)

    def __enter__(self) -> Self:
        self._busy, self._own, self._start = busy_seconds(), self._own_seconds(), time.perf_counter()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        wall = time.perf_counter() - self._start
        cpu = self._own_seconds() - self._own
        foreign = foreign_cores(wall=wall, busy=busy_seconds() - self._busy, own=cpu)
        self.cost = Cost(wall, cpu, foreign, peak_memory_mb())

    def _own_seconds(self) -> float:
        me, waited = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        direct = me.ru_utime + me.ru_stime + waited.ru_utime + waited.ru_stime
        return direct + _trees((os.getpid(), *self._servers)) - _process_seconds(os.getpid())


def foreign_cores(*, wall: float, busy: float, own: float) -> float:
    """How many cores others used: everything the machine did less what we did, over the time."""
    return max(0.0, busy - own) / wall if wall > 0 else 0.0


def busy_seconds() -> float:
    """CPU seconds that the machine has worked since its start."""
    words = Path("/proc/stat").read_text(encoding="ascii").splitlines()[0].split()
    return sum(int(words[place]) for place in _BUSY) / _TICKS


def peak_memory_mb() -> float:
    """Peak memory of this process alone; unlike ru_maxrss it forgets what stood here before exec."""
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) / 1024


def _trees(roots: tuple[int, ...]) -> float:
    """CPU seconds of these processes and of all that descend from them."""
    parents = {int(path.name): _stat(int(path.name)) for path in Path("/proc").iterdir() if path.name.isdigit()}
    found, frontier = set(roots), set(roots)
    while frontier:
        frontier = {pid for pid, words in parents.items() if words and int(words[1]) in frontier} - found
        found |= frontier
    return sum(_process_seconds(pid) for pid in found)


def _process_seconds(pid: int) -> float:
    words = _stat(pid)
    return sum(int(words[place]) for place in (11, 12, 13, 14)) / _TICKS if words else 0.0


def _stat(pid: int) -> list[str]:
    """The words of /proc/PID/stat after the name: state, parent, … ; none: it is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        return []

"""One piece of work behind another: while a block is written, the next is read."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass


@dataclass
class Behind:
    """Does one block's last part while the next block is read; the blocks keep their order.

    `pool` has one worker. Two blocks are in memory at most.
    """

    pool: ThreadPoolExecutor
    _going: "Future[None] | None" = None

    def hand_over(self, work: Callable[[], None]) -> None:
        """Begins `work` as soon as the one before is done, whose failure is raised here."""
        self.wait()
        self._going = self.pool.submit(work)

    def wait(self) -> None:
        """Until all that was handed over is done. Raises what it raised."""
        if self._going:
            self._going.result()

"""Jobs in processes of joblib (loky): each has a pool of its own, so that one that is killed takes no other with it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from assay.launchers.here import end_with
from assay.launchers.running import Job, Running, WorkerLostError


def start_in_joblib(jobs: Sequence[Job]) -> list[Running]:
    """Start a process for each job."""
    return [ProcessOfJoblib(job) for job in jobs]


class ProcessOfJoblib:
    """A job in a process of joblib; see `Running`."""

    def __init__(self, job: Job) -> None:
        from joblib.externals.loky.process_executor import ProcessPoolExecutor

        self._pool = ProcessPoolExecutor(max_workers=1, initializer=end_with, initargs=(os.getpid(),))
        self._future = self._pool.submit(job)

    def done(self) -> bool:
        """See `Running`."""
        return bool(self._future.done())

    def result(self) -> Any:
        """See `Running`."""
        from concurrent.futures.process import BrokenProcessPool

        try:
            return self._future.result()
        except BrokenProcessPool as error:
            lines = str(error).strip().splitlines()
            raise WorkerLostError(f"a process of joblib ended without an answer: {lines[0]}") from None
        finally:
            self._pool.shutdown(wait=False)

    def stop(self) -> None:
        """See `Running`."""
        self._pool.shutdown(kill_workers=True)

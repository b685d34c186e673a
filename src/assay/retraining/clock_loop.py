"""`clock`: `due` again and again in one process, for those who have no timer."""

from __future__ import annotations

import logging
import threading

from assay.errors import ServiceError
from assay.retraining.clock import JobClock
from assay.retraining.due import RetrainJob, due
from assay.retraining.job import JobRun
from assay.store.service_store import ServiceStore

logger = logging.getLogger(__name__)


def keep_time(
    store: ServiceStore, job: RetrainJob, clock: JobClock, ended: threading.Event, *, every: float
) -> tuple[JobRun, ...]:
    """Run what is due until an event.

    A store that does not answer is asked again at the next look: what was due meanwhile is made up for.

    Args:
        store: of the service.
        job: that is meant.
        clock: that slots and waiting go by.
        ended: ends it, when a run that is at work has come to its end.
        every: seconds between two looks.

    Returns:
        The runs that were taken up, as they were left last.
    """
    left: dict[str, JobRun] = {}
    printed = ""
    while not ended.is_set():
        try:
            result = due(store, job, clock)
        except ServiceError as error:
            logger.warning("%s: not looked at: %s", job.name, error)
        else:
            for run in result.runs:
                logger.info("%s: %s is %s: %s", job.name, run.slot, run.state, run.verdict or run.reason)
            left |= {run.id: run for run in result.runs}
            if result.waits and result.waits != printed:
                logger.info("%s: %s", job.name, result.waits)
            printed = result.waits
        clock.wait(ended, every)
    return tuple(left.values())

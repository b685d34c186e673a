"""JobStep: one step of a retraining, and what it is handed; its result is kept, so what is done never runs again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from assay.retraining.clock import JobClock
from assay.retraining.job import JobRun

COST = "cost"
"""Key of a result: what the step has spent, {"pictures": 30, "downloads": 30}; its hours are measured around it."""
VERDICT = "verdict"
"""Key of a result: how the run ends as far as this step knows, "promoted", "kept", …; that of the last one stands."""
ENDS = "ends"
"""Key of a result: why no further step is needed, for people; the run is done with this step."""
WAITS = "waits"
"""Key of a result: what the step waits for, for people. It is not done: it is called again at `RESUMES`."""
RESUMES = "resumes"
"""Key of a result beside `WAITS`: UTC time as of `ids.as_time`; without it at the next call of `assay retrain due`."""


@dataclass(frozen=True)
class StepContext:
    """What a step is handed.

    Attributes:
        run: that it belongs to; `run.slot` is the time that the step's result may depend on.
        folder: of the run's own files, the same at each attempt; what lies in it after a kill may be half of a file.
        results: name of each earlier step -> its result.
        clock: that waiting and deadlines go by.
        left: what is left of the budget in its period: "hours", "pictures", "downloads"; what has no limit is missing.
        earlier: what this step returned when it last waited; {} where it did not.
        hold: returns while this process still has the run and raises `LeaseLost` where another has taken it. Call it
            right before what cannot be undone (promotion), since a machine may sleep at any line.
    """

    run: JobRun
    folder: Path
    results: Mapping[str, Mapping[str, Any]]
    clock: JobClock
    left: Mapping[str, float]
    earlier: Mapping[str, Any]
    hold: Callable[[], None]


class JobStep(Protocol):
    """One step. A kill may come at any line of it, and then it is run again: with the same result."""

    @property
    def name(self) -> str:
        """In the ledger: "train"; each once in a job."""
        ...

    def run(self, context: StepContext) -> Mapping[str, Any]:
        """Do it, or what is left of it.

        Args:
            context: the run, its folder, results of earlier steps.

        Returns:
            JSON values that name nobody; `COST`, `VERDICT`, `ENDS`, `WAITS` and `RESUMES` mean something to the runner.

        Raises:
            TrackingError, ServiceError: what the step needs does not answer; it is tried again some minutes later.
            AssayError: any other: a person has to mend something; the run has failed, and is not tried again by itself.
            Exception: anything else is tried again at once, as often as the job allows.
        """
        ...

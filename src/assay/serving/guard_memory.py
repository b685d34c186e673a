"""GuardMemory: what a guard has counted outlasts the service, so that a new start spends no new chance of an error."""

from __future__ import annotations

from assay.serving.arms import CHAMPION, Arms
from assay.store.experiment_counts import (
    Bundles,
    ExperimentCounts,
    experiment_counts,
    note_failure,
    note_look,
)
from assay.store.service_store import ServiceStore


class GuardMemory:
    """Remembers for the guard of a service, by experiment and bundles; answers are in the log already.

    Args:
        store: of the service.
        arms: that are compared.
    """

    def __init__(self, store: ServiceStore, arms: Arms) -> None:
        self._store, self._arms = store, arms

    @property
    def bundles(self) -> Bundles | None:
        """That are compared now; None without an experiment."""
        experiment, rival = self._arms.experiment, self._arms.rival
        if experiment is None or rival is None:
            return None
        return Bundles(experiment.name, experiment.arm, self._arms.champion.engine.digest, rival.engine.digest)

    def counts(self, bundles: Bundles, *, newest: int) -> ExperimentCounts:
        """What they have done so far; `newest` times of each.

        Raises:
            ServiceError: the store cannot be read.
        """
        with self._store.reading() as connection:
            return experiment_counts(connection, bundles, newest=newest)

    def failed(self, bundles: Bundles, arm: str) -> None:
        """Have a failure counted, soon.

        Raises:
            ServiceError: the store is closed.
        """
        self._store.submit(lambda connection: note_failure(connection, bundles, rival=arm != CHAMPION))

    def looks(self, bundles: Bundles, next_look: int) -> int:
        """Have a look counted, durably, and give its number.

        Raises:
            ServiceError: it cannot be counted, and is not to be taken.
        """
        return self._store.write(lambda connection: note_look(connection, bundles, next_look))

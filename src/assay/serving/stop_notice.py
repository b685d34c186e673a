"""StopNotice: a running service heeds that somebody has stopped its experiment by `assay experiment stop`."""

from __future__ import annotations

from assay.serving.arms import Arms
from assay.store.experiments import stopped_since
from assay.store.service_store import ServiceStore


class StopNotice:
    """Looks whether the end of an experiment was put on record since it looked last.

    Args:
        store: of the service.
        arms: that are compared.
    """

    def __init__(self, store: ServiceStore, arms: Arms) -> None:
        self._store, self._arms, self._after = store, arms, 0
        self.look()

    def look(self) -> None:
        """Let the champion answer alone where it was.

        Raises:
            ServiceError: the store cannot be read.
        """
        experiment = self._arms.experiment
        if experiment is None or self._arms.stopped:
            return
        with self._store.reading() as connection:
            why, self._after = stopped_since(connection, experiment.name, self._after)
        if why:
            self._arms.stop(why)

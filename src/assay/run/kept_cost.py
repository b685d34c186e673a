"""What an answer costs, kept beside what the same predictions gave: one model is not timed twice within the hour."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import torch

from assay.data.cores import usable_cores
from assay.errors import DataError
from assay.evaluation.cost import Cost
from assay.evaluation.record import load_record, save_record
from assay.files import digest_of
from assay.run.kept_measurement import SOURCES, KeptMeasurement, digest_of_sources
from assay.tracking.process import machine

logger = logging.getLogger(__name__)

COST = "cost.json"
SCHEMA_VERSION = 1
FRESH = 3600.0
"""Seconds for which times hold: the machine may be another by then."""
ANSWERING = (*SOURCES, "data", "embeddings", "models")
"""Assay's own code that makes an answer."""


@dataclass(frozen=True)
class _TimedCost:
    cost: Cost
    at: float
    about: str


@dataclass(frozen=True)
class KeptCost:
    """A place in the cache for what an answer of one model costs on this machine.

    Times are a measurement of a machine at a time. They are taken over from the same model (to the last bit of its
    predictions), pictures, packages, code, machine and number of cores, where the machine was at rest when they were
    taken, for an hour; and the cost says which run took them, and when.

    Attributes:
        folder: where it lies; None for a model of which nothing is kept.
        about: digest of what times depend on beside the model.
    """

    folder: Path | None
    about: str

    def load(self) -> Cost | None:
        """The cost that was kept, which says where its times come from; None where none holds now."""
        if self.folder is None or not (self.folder / COST).exists():
            return None
        try:
            timed = load_record(self.folder / COST, _TimedCost, "cost", schema=SCHEMA_VERSION)
        except DataError as error:
            logger.warning("%s; timed again", error)
            return None
        if timed.about != self.about or not 0 <= time.time() - timed.at < FRESH:
            return None
        return replace(timed.cost, latency_at=f"{datetime.fromtimestamp(timed.at, UTC):%Y-%m-%d %H:%M} UTC")

    def save(self, cost: Cost, run: str) -> None:
        """Keep what was measured now, unless others may have been at work meanwhile.

        Args:
            cost: that the run has timed itself.
            run: its id.
        """
        if self.folder is None or not cost.latency_n or cost.load is None or cost.busy:
            return
        try:
            save_record(
                self.folder / COST,
                _TimedCost(replace(cost, latency_by=run), time.time(), self.about),
                schema=SCHEMA_VERSION,
            )
        except OSError as error:
            logger.warning("%s cannot be written (%s): answers are timed each time", self.folder, error.strerror)


def kept_cost(kept: KeptMeasurement, pictures: Sequence[Path]) -> KeptCost:
    """The place of what a model costs whose predictions have a place.

    Args:
        kept: of its predictions.
        pictures: that are answered about.
    """
    here = [machine(), usable_cores(), torch.get_num_threads()]
    about = [*here, list(map(str, pictures)), digest_of_sources(ANSWERING)]
    return KeptCost(kept.folder, digest_of(about))

"""Answers in a log, for whoever watches it, and an observer that tells where it runs."""

from __future__ import annotations

import os
import signal
import sys
from dataclasses import dataclass
from typing import Any

from assay.monitoring.alert import DRIFT
from assay.monitoring.observation import Observation, Scene
from assay.store.ids import new_id
from assay.store.prediction_log import PredictionRecord, log_predictions
from assay.store.service_store import ServiceStore
from assay.store.subjects import add_subject


def log_answers(store: ServiceStore, count: int, time: str, **other: Any) -> list[PredictionRecord]:
    """Have the log hold so many answers of one new subject, all given at one time."""
    subject = store.write(lambda c: add_subject(c, f"subject {new_id()}")).id
    key = new_id()
    about: dict[str, Any] = {
        "time": time,
        "request": new_id(),
        "subject": subject,
        "key": key,
        "picture": "a" * 64,
        "model": "cells",
        "version": "3",
        "bundle": "b" * 64,
        "arm": "champion",
        "label": "jade",
        "confidence": 0.75,
        "answer": {"label": "jade", "probabilities": {"jade": 0.75, "onyx": 0.25}},
        "statistics": {"brightness": 120.0},
        "domain": "in-domain",
        "for_a_person": False,
        "total_ms": 31.5,
    }
    records = [PredictionRecord(**{"id": new_id(), **about, **other}) for _ in range(count)]
    store.write(lambda c: log_predictions(c, records))
    return records


@dataclass(frozen=True)
class Telling:
    """Says which process observes, or fails in it."""

    part: str = "drift"
    fault: Exception | None = None
    killed: bool = False

    def __call__(self, scene: Scene) -> Observation:
        if self.killed:
            os.kill(os.getpid(), signal.SIGKILL)
        if self.fault is not None:
            raise self.fault
        nice = os.getpriority(os.PRIO_PROCESS, 0) if sys.platform == "linux" else 10
        return Observation("drift", (DRIFT,), report={"process": os.getpid(), "nice": nice, "at": str(scene.at)})

"""A model of three classes as it is served, what it said about its held-out images, and a log of what it was asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from assay.data.image import Pixels
from assay.data.quality import STATISTICS
from assay.monitoring.profile import Profile, ProfileAbout
from assay.monitoring.reference import build_profile
from assay.postprocess.calibration import Calibrator, Temperature
from assay.postprocess.conformal import Conformal
from assay.postprocess.reject import CoverageRule, RejectRule
from assay.postprocess.softmax import softmax
from assay.predictions import Predictions
from assay.predictor import Answerer
from assay.store.components import packed
from assay.store.ids import as_time, new_id
from assay.store.prediction_log import PredictionRecord, log_predictions
from assay.store.service_store import ServiceStore
from assay.store.subjects import add_subject
from service_database import open_store

CLASSES = ("jade", "onyx", "opal")
BUNDLE = "b" * 64
START = datetime(2026, 3, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Served(Answerer):
    """Rules that were fitted, of a network that is not asked here."""

    class_names: tuple[str, ...]
    calibrator: Calibrator
    reject: RejectRule
    ood: None = None
    ordered: bool = False
    preprocessing: None = None
    conformal: Conformal | None = None

    def raw_predictions(self, images: Sequence[Pixels]) -> Predictions:
        raise NotImplementedError


def held_out(split: str, n: int = 200, *, seed: int = 0) -> Predictions:
    """What a network says about images of a split that it has not learned from, two of each group."""
    rng = np.random.default_rng([seed, len(split)])
    labels = rng.integers(0, 3, n)
    embeddings = rng.normal(size=(n, 10)) + 3 * np.eye(3, 10)[labels]
    names = np.array([f"{split}-{index}" for index in range(n)])
    return Predictions(
        ids=names,
        groups=np.array([f"{split}-{index // 2}" for index in range(n)]),
        split=split,
        labels=labels,
        class_names=CLASSES,
        logits=embeddings[:, :3].astype(np.float32),
        embeddings=embeddings.astype(np.float32),
        statistics=rng.gamma(4, 10, (n, len(STATISTICS))).astype(np.float32),
        statistics_names=STATISTICS,
    )


@pytest.fixture(scope="session")
def served() -> Served:
    calib = held_out("calib")
    calibrator = Temperature().fit(calib)
    reject = CoverageRule(coverage=0.8).fit(calib, softmax(calibrator.applied(calib).logits))
    return Served(CLASSES, calibrator, reject)


@pytest.fixture(scope="session")
def profile(served: Served) -> Profile:
    about = ProfileAbout(CLASSES, STATISTICS, "float", "e" * 64, {}, bundle=BUNDLE, made="2026-01-01T00:00:00+00:00")
    return build_profile(served, {"calib": held_out("calib"), "test": held_out("test", 150)}, about)


@pytest.fixture
def log(tmp_path: Path) -> Iterator[ServiceStore]:
    with open_store(tmp_path) as store:
        yield store


@pytest.fixture
def logged() -> Callable[..., list[PredictionRecord]]:
    """Writes answers of one subject, an hour apart from the first of March 2026 on."""

    def write(store: ServiceStore, count: int, *, hours: float = 1.0, **other: Any) -> list[PredictionRecord]:
        subject = store.write(lambda connection: add_subject(connection, f"subject {new_id()}")).id
        key, records = new_id(), []
        for index in range(count):
            rng = np.random.default_rng([index, 7])
            probabilities = rng.dirichlet([1, 1, 1])
            label = CLASSES[int(probabilities.argmax())]
            values: dict[str, Any] = {
                "id": new_id(),
                "time": as_time(START + timedelta(hours=index * hours)),
                "request": new_id(),
                "subject": subject,
                "key": key,
                "picture": f"{index:064x}",
                "model": "cells",
                "version": "3",
                "bundle": BUNDLE,
                "arm": "champion",
                "label": label,
                "confidence": float(probabilities.max()),
                "answer": {"label": label, "probabilities": dict(zip(CLASSES, map(float, probabilities), strict=True))},
                "statistics": {name: float(index + place) for place, name in enumerate(STATISTICS)},
                "domain": "in-domain",
                "for_a_person": False,
                "total_ms": 20.0,
                "rejected": False,
                "components": packed(rng.normal(size=10)),
            }
            values |= {name: each(index) if callable(each) else each for name, each in other.items()}
            records.append(PredictionRecord(**values))
        store.write(lambda connection: log_predictions(connection, records))
        return records

    return write


@pytest.fixture
def store(log: ServiceStore) -> ServiceStore:
    """A service's database for what watches it."""
    return log

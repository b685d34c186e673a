from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest
from scipy.special import softmax

from assay.evaluation.evaluate import evaluate
from assay.evaluation.evidence import Evidence
from assay.evaluation.report import Subject, write_report
from assay.postprocess.calibration import NoCalibration
from assay.predictions import FloatArray, Predictions


@dataclass
class Case:
    predictions: Predictions
    evidence: Evidence

    @property
    def probabilities(self) -> FloatArray:
        return softmax(self.predictions.logits.astype(float), axis=1)


@pytest.fixture
def case():
    """Builds predictions from labels and logits, and evidence from those."""

    def build(labels, logits, names=None, *, ordered=False, calibrator=None, cost=None):
        labels, logits = np.asarray(labels), np.asarray(logits, dtype=np.float32)
        ids = np.array([f"{i:064x}" for i in range(len(labels))])
        names = tuple(names or (f"class {k}" for k in range(logits.shape[1])))
        predictions = Predictions(ids, ids, "test", labels, names, logits, ordered)
        evidence = evaluate(
            {"test": predictions},
            calibrator or NoCalibration(),
            resamples=30,
            cost=cost,
            environment={"python": "3.11", "config digest": "c0ffee"},
        )
        return Case(predictions, evidence)

    return build


@pytest.fixture
def random_case(case):
    """Images of each class as many as `support` says, answered mostly right."""

    def build(support, names=None, *, seed=0, **about):
        labels = np.repeat(np.arange(len(support)), support)
        rng = np.random.default_rng(seed)
        logits = rng.normal(size=(len(labels), len(support)))
        logits[np.arange(len(labels)), labels] += 1.5
        return case(labels, logits, names, **about)

    return build


@pytest.fixture
def page_of(tmp_path, parsed):
    """The page of a case, parsed."""

    def write(case, **about):
        path = tmp_path / "report.html"
        shown = {name: about.pop(name) for name in ("history", "picture_of") if name in about}
        subject = Subject(case.evidence, case.predictions, case.probabilities, **shown)
        write_report(path, subject, **{"title": "a run", **about})
        return parsed(path.read_text(encoding="utf-8"))

    return write


@pytest.fixture
def history():
    epochs = np.arange(1, 7)
    return pd.DataFrame(
        {
            "epoch": epochs,
            "stage": ["head"] * 4 + ["everything"] * 2,
            "train/loss": 1 / epochs,
            "val/loss": 1.2 / epochs,
            "val/macro_f1": [0.3, 0.5, 0.6, 0.55, 0.7, 0.65],
            "lr": 1e-3 / epochs,
        }
    )

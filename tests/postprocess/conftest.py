import numpy as np
import pytest
from scipy.special import softmax

from assay.predictions import Predictions


def predictions(labels, logits, *, split="test", groups=None, ordered=False, ids=None):
    n, c = logits.shape
    ids = np.array([f"{split}-{i:06d}" for i in range(n)]) if ids is None else ids
    return Predictions(
        ids=ids,
        groups=ids if groups is None else np.asarray(groups),
        split=split,
        labels=np.asarray(labels, dtype=np.int64),
        class_names=tuple(f"class {k}" for k in range(c)),
        logits=np.asarray(logits, dtype=np.float32),
        ordered=ordered,
    )


def simulated(n, classes, *, seed=0, sharpness=2.0, overconfidence=1.0, **about):
    """Labels drawn from softmax(logits); the model then states logits times its overconfidence."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(size=(n, classes)) * sharpness
    drawn = softmax(logits, axis=1).cumsum(axis=1) < rng.random((n, 1))
    labels = np.minimum(drawn.sum(axis=1), classes - 1)
    return predictions(labels, logits * overconfidence, **about)


@pytest.fixture
def predict():
    return predictions


@pytest.fixture
def simulate():
    return simulated

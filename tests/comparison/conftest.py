from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import pytest

from assay.comparison import Side

Make = Callable[..., Side]


@pytest.fixture(scope="session")
def predict(predict):
    """Predictions as they are compared: calibrated."""
    return partial(predict, calibrated=True)


@pytest.fixture
def sides(predict) -> Make:
    """Builds a side: logits are the truth times its skill plus noise of its own, over one or more seeds."""

    def build(name, skill, *, n=200, classes=3, seeds=(0,), noise=1.0, groups=None, truth_seed=0, shares=None):
        rng = np.random.default_rng(truth_seed)
        labels = rng.choice(classes, size=n, p=shares)
        hardness = rng.normal(size=(n, classes))
        trainings = []
        for seed in seeds:
            own = np.random.default_rng([seed, sum(map(ord, name))]).normal(size=(n, classes)) * noise
            trainings.append(predict(labels, np.eye(classes)[labels] * skill + hardness + own, groups=groups))
        return Side(name, tuple(trainings), tuple(seeds))

    return build

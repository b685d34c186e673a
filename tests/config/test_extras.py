from __future__ import annotations

import subprocess
import sys

import pytest
from omegaconf import OmegaConf

from assay.config.check import check
from assay.config.compose import compose, compose_sweeper
from assay.config.extras import require
from assay.errors import ConfigError
from assay.sweep.settings import read_settings


def test_a_missing_package_is_named_with_the_extra_that_brings_it() -> None:
    with pytest.raises(ConfigError, match=r"model=x: no_such_package is not installed; pip install .*cmaes"):
        require("model=x", "no_such_package", "cmaes")


def test_inception_needs_its_extra_before_anything_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    check(compose(["fidelity.extractor=inception_v3"]))
    monkeypatch.setitem(sys.modules, "torch_fidelity", None)  # as where it is not installed
    check(compose())
    with pytest.raises(ConfigError, match=r"torch_fidelity is not installed; pip install .*fidelity"):
        check(compose(["fidelity.extractor=inception_v3"]))


def test_cma_es_needs_its_extra_before_anything_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    search = compose_sweeper(["hydra/sweeper=optuna", "hydra/sweeper/sampler=cmaes"])
    values = {key: value for key, value in OmegaConf.to_container(search).items() if not key.startswith("_")}
    read_settings(values)
    monkeypatch.setitem(sys.modules, "cmaes", None)
    with pytest.raises(ConfigError, match=r"cmaes is not installed; pip install .*cmaes"):
        read_settings(values)


def test_the_default_calibration_needs_no_package_of_an_extra() -> None:
    program = """
import sys
for name in ("cmaes", "llvmlite", "numba", "probmetrics", "torch_fidelity"):
    sys.modules[name] = None  # as where it is not installed
import numpy as np
from assay.postprocess.calibration import Auto
from assay.predictions import Predictions
rng = np.random.default_rng(0)
logits, ids = rng.normal(size=(200, 3)), np.arange(200).astype(str)
print(Auto().fit(Predictions(ids, ids, "calib", logits.argmax(1), ("a", "b", "c"), logits, calibrated=False)).method)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.stdout.strip(), done.returncode) == ("auto", 0), done.stderr

"""Assay: train image classifiers, measure them with calibrated evidence, promote what passes.

run = assay.train(["model=efficientnet_b0", "aug=mixup"])
run.evidence.metrics["macro_f1"]
assay.compare("3f2a", run)
assay.load("models:/amulets@champion").predict(["photo.jpg"])
"""

import os
from typing import TYPE_CHECKING, Any

from assay.version import __version__ as __version__

# Spinning OpenMP threads collapse when cores are shared; this must be set before torch is imported.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
# ONNX Runtime 1.31 gives each machine an id and gathers events to be sent, as soon as it is imported.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

if TYPE_CHECKING:
    from assay.api import Compared, Model, Run, compare, compose, load, runs, train

__all__ = ["Compared", "Model", "Run", "compare", "compose", "load", "runs", "train"]


def __getattr__(name: str) -> Any:
    """The public names, found when they are first used: `import assay` itself imports nothing else."""
    if name not in __all__:
        raise AttributeError(f"module 'assay' has no attribute {name!r}")
    from assay import api

    return getattr(api, name)

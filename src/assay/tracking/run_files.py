"""The files of a run's folder: what they are called, which are recorded in the store, and which are sealed."""

from __future__ import annotations

from typing import NamedTuple

CONFIG = "config.yaml"
MANIFEST = "manifest.parquet"
SYNTHETIC = "synthetic.json"
SYNTHETIC_REVIEW = "synthetic_review.json"
DRAWS = "draws.parquet"
PREDICTIONS = "predictions"
MODEL = "model"
EVIDENCE = "evidence.json"
REPORT = "report.html"
FIGURES = "figures"
EXPLANATIONS = "explain"
BUNDLE = "bundle"
GATE = "gate"
PROFILES = "profiles"
"""Reference profiles of bundles that were exported before a bundle had its own, each in a folder named after one."""
FETCHED = "fetched"
OWN_CACHE = "cache"
STAGES = "stages"
SHARED_BACKBONES = "backbones"
"""Beside the folders of runs: weights of backbones that were not trained, once for all runs, by their sha256."""
WRITE_ONCE = (".safetensors", ".parquet", ".onnx")
"""Endings of files that are written whole and replaced, never changed in place: one file may have several names."""


def predictions_of(split: str) -> str:
    """The file that holds what the model predicted for a split, before calibration."""
    return f"{PREDICTIONS}/{split}.parquet"


class RunFile(NamedTuple):
    """A file or folder that a measured run leaves.

    Attributes:
        name: its path within the run's folder, and within the run's artifacts.
        recorded: whether training logs it as an artifact by itself; False for what lies in a folder that is logged.
        sealed: whether later judgements rest on it, so that its sha256 is a tag of the run.
        in_every_run: whether a measured run without it is not whole.
    """

    name: str
    recorded: bool = True
    sealed: bool = False
    in_every_run: bool = True


RUN_FILES = (
    RunFile(CONFIG),
    RunFile(MANIFEST, sealed=True),
    RunFile(PREDICTIONS),
    RunFile(predictions_of("test"), recorded=False, sealed=True),
    RunFile(MODEL),
    RunFile(f"{MODEL}/model.safetensors", recorded=False, sealed=True),
    RunFile(f"{MODEL}/backbone.safetensors", recorded=False, sealed=True, in_every_run=False),
    RunFile(f"{MODEL}/predictor.json", recorded=False, sealed=True),
    RunFile(f"{MODEL}/ood.safetensors", recorded=False, sealed=True, in_every_run=False),
    RunFile(EVIDENCE, sealed=True),
    RunFile(REPORT),
    RunFile(FIGURES, in_every_run=False),
    RunFile(DRAWS),
    # Logged when training begins, because it says what is trained on.
    RunFile(SYNTHETIC, recorded=False, sealed=True, in_every_run=False),
    # Logged and sealed when reviewers have looked at its generated images.
    RunFile(SYNTHETIC_REVIEW, recorded=False, sealed=True, in_every_run=False),
)
RECORDED = tuple(file.name for file in RUN_FILES if file.recorded)
SEALED = tuple(file.name for file in RUN_FILES if file.sealed)
NOT_IN_EVERY_RUN = tuple(file.name for file in RUN_FILES if not file.in_every_run)

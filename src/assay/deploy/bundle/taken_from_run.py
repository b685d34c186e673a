"""Which files of a bundle are files of its run, byte for byte."""

from __future__ import annotations

from assay.deploy.bundle.bundle import EVIDENCE, MEASURED, PREDICTOR
from assay.tracking import run_files
from assay.tracking.run_files import MODEL, predictions_of

WEIGHTS = {
    f"{PREDICTOR}/{name}": f"{MODEL}/{name}"
    for name in ("model.safetensors", "backbone.safetensors", "predictor.json", "ood.safetensors")
}
"""File of every bundle -> the run's, whatever form the bundle serves."""
IN_RUN = {**WEIGHTS, EVIDENCE: run_files.EVIDENCE, MEASURED: predictions_of("test")}
"""The same with what was measured, which is the run's where the bundle serves the weights as they were trained."""

"""Assay: train image classifiers, measure them with calibrated evidence, promote what passes."""

import os

# Spinning OpenMP threads collapse when cores are shared; this must be set before torch is imported.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

__version__ = "0.1.0"

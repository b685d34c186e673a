"""Subject: everything that a report may show of one run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from assay.data.sample_range import FULL, SampleRange
from assay.evaluation.evidence import Evidence
from assay.predictions import FloatArray, Predictions

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class Subject:
    """What the sections of a report draw from. Numbers come from the evidence; only curves are drawn from the images.

    Attributes:
        evidence: what was measured.
        predictions: of the split that the evidence is about.
        probabilities: [N, C], calibrated, in the order of `predictions`.
        history: one row per epoch: `stage`, `train/loss`, `val/loss`, `val/macro_f1`, `lr`; None without training.
        picture_of: image id -> its file, for pictures in the page; None leaves them out.
        samples: what is white in files whose samples have more than 8 bits.
    """

    evidence: Evidence
    predictions: Predictions
    probabilities: FloatArray
    history: pd.DataFrame | None = None
    picture_of: Callable[[str], Path | None] | None = None
    samples: SampleRange = FULL

"""Solar cells in electroluminescence: 2,624 images of the package elpv-dataset, with their probability of a defect."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pandas as pd

from assay.config.extras import install_command
from assay.data.build import Records, build_manifest
from assay.data.manifest import Manifest
from assay.errors import DataError

GRADES = {0: "functional", 1: "likely functional", 2: "likely defective", 3: "defective"}
BINARY = ("functional", "defective")


@dataclass(frozen=True)
class ElpvSource:
    """300×300 grey images of single cells, cut from 44 modules; which module is not published, so none is grouped.

    Two experts called each cell functional or defective, and said whether they were sure: probabilities 0, 1/3, 2/3, 1.

    Attributes:
        task: "grade" for the four probabilities as ordered grades, "binary" for a probability above one half.
        on_error: "raise" refuses a dataset with unusable files, "skip" excludes and records them.
        on_conflict: for an image under two labels or a group in two splits, "raise" refuses it, "drop" excludes what
            stands against another.

    Source: Deitsch et al. (2019), "Automatic classification of defective photovoltaic module cells in
    electroluminescence images"; images licensed CC BY-NC-SA 4.0.
    """

    task: Literal["grade", "binary"] = "grade"
    on_error: Literal["raise", "skip"] = "raise"
    on_conflict: Literal["raise", "drop"] = "raise"

    def build(self, cache_dir: Path) -> Manifest:
        """All images, splits not assigned; `source` is "elpv/mono" or "elpv/poly", the kind of silicon.

        Raises:
            DataError: the package is missing or not as it should be.
        """
        spec = importlib.util.find_spec("elpv_dataset")
        if spec is None or spec.origin is None:
            raise DataError(f"data=elpv needs the package elpv-dataset: {install_command('elpv')}")
        folder = Path(spec.origin).parent / "data"
        try:
            rows = [line.split() for line in (folder / "labels.csv").read_text(encoding="utf-8").splitlines() if line]
            cells = [(name, round(3 * float(probability)), kind) for name, probability, kind in rows]
        except (OSError, ValueError) as error:
            raise DataError(f"{folder / 'labels.csv'}: cannot be read; install elpv-dataset again ({error})") from error
        table = pd.DataFrame(
            {
                "path": [f"{folder}/{name}" for name, _, _ in cells],
                "label": [GRADES[thirds] if self.task == "grade" else BINARY[thirds > 1] for _, thirds, _ in cells],
                "source": [f"elpv/{kind}" for _, _, kind in cells],
                "license": "CC-BY-NC-SA-4.0",
            }
        )
        graded = self.task == "grade"
        records = Records(table, class_names=tuple(GRADES.values()) if graded else BINARY, ordered=graded)
        return build_manifest(
            records, cache_dir, where="data=elpv", on_error=self.on_error, on_conflict=self.on_conflict
        )

"""FileProbe: whether files alone, without their pixels, tell the classes; then no score is to be believed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from assay.evaluation.separation import separations
from assay.measurement import Measurement
from assay.predictions import IntArray, StrArray

if TYPE_CHECKING:
    import pandas as pd

LIMIT = 0.6
MOST_NAMED = 3
SIZES = {"bytes", "bytes_per_pixel"}


@dataclass(frozen=True)
class FileProbe:
    """What a classifier reaches that sees nothing but the files' own facts.

    Attributes:
        auroc: on test, of trees that learned on train.
        facts: the facts that tell most alone, by name, with their AUROC on test, folded to 0.5 and above.
        formats: by class, its formats in test with their numbers, in words.
    """

    auroc: Measurement
    facts: dict[str, float]
    formats: tuple[str, ...]

    @property
    def alarm(self) -> bool:
        """Whether the score of the pictures is not to be believed."""
        return self.auroc.value is not None and self.auroc.value > LIMIT

    @property
    def sentence(self) -> str:
        """The sentence for notes and report."""
        named = ", ".join(f"{name} {value:.2f}" for name, value in self.facts.items())
        if self.alarm:
            sizes = " Only the number of bytes differs, which also follows what a picture shows."
            return (
                f"Do not believe the score: the metadata-only baseline, which sees files without their pixels, reaches "
                f"AUROC {self.auroc.value:.2f}, above {LIMIT} (alone: {named}). What the network learned may be the "
                "format."
                f"{sizes if set(self.facts) <= SIZES else ''} "
                "data.normalise_files=true compresses every picture anew in one way."
            )
        return f"Metadata-only baseline (files without their pixels): AUROC {self.auroc.value:.2f}, no alarm."


def probe_files(
    train: pd.DataFrame,
    train_made: IntArray,
    test: pd.DataFrame,
    test_made: IntArray,
    groups: StrArray,
    *,
    resamples: int = 1000,
    seed: int = 0,
    confidence: float = 0.95,
) -> FileProbe:
    """Train trees on facts of files and score them.

    Args:
        train: facts as `assay.data.file_facts` gives them, [N, K].
        train_made: [N], 1 for a generated picture.
        test: facts of the test files; columns may differ, what a file does not have is 0.
        test_made: [M].
        groups: [M], of the test files.
        resamples: of the interval.
        seed: of trees and interval.
        confidence: level of the interval.
    """
    from sklearn.ensemble import ExtraTreesClassifier
    from sklearn.metrics import roc_auc_score

    columns = sorted({*train.columns, *test.columns})
    known, asked = (facts.reindex(columns=columns, fill_value=0.0).to_numpy() for facts in (train, test))
    trees = ExtraTreesClassifier(100, min_samples_leaf=5, class_weight="balanced", random_state=seed)
    scores = trees.fit(known, train_made).predict_proba(asked)[:, -1]
    made = test_made.astype(bool)
    auroc = separations(
        {"files": scores[~made]},
        {"files": scores[made]},
        inside_groups=groups[~made],
        outside_groups=groups[made],
        resamples=resamples,
        seed=seed,
        confidence=confidence,
    )["files"].auroc
    alone = {}
    for place, name in enumerate(columns):
        if np.ptp(asked[:, place]):
            value = float(roc_auc_score(made, asked[:, place]))
            alone[name] = max(value, 1 - value)
    first = sorted(alone, key=lambda name: -alone[name])[:MOST_NAMED]
    return FileProbe(auroc, {name: alone[name] for name in first}, _formats(test, made))


def _formats(facts: pd.DataFrame, made: np.ndarray) -> tuple[str, ...]:
    lines = []
    for name, rows in (("real", ~made), ("generated", made)):
        counts = {
            column.removeprefix("format_"): int(facts.loc[rows, column].sum())
            for column in facts.columns
            if column.startswith("format_")
        }
        lines.append(f"{name}: " + ", ".join(f"{count} {kind}" for kind, count in counts.items() if count))
    return tuple(lines)

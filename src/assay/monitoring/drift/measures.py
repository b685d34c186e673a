"""Measures: what of an answer is tested for drift, and by which test."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from assay.monitoring.drift.observed import Observed

Test = Literal["ks", "chi2", "mmd"]
DOMAIN_NAMES = ("in-domain", "unsure", "out")
REJECTED_NAMES = ("answered", "rejected")


@dataclass(frozen=True)
class Measure:
    """One column of what is observed, or a vector of them.

    Attributes:
        test: "ks" for numbers, "chi2" for categories, "mmd" for vectors.
        column: field of what is observed, or the name of one of its statistics.
        about: "picture" for what was sent, "answer" for what the model made of it.
        categories: names of the categories; () for numbers.
    """

    test: Test
    column: str
    about: Literal["picture", "answer"]
    categories: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """As in records, metrics and settings: `drift/ks/sharpness`."""
        return f"drift/{self.test}/{self.column}"

    @property
    def label(self) -> str:
        """For people: `sharpness`, `shorter side`, `predicted class`."""
        return {"predicted": "predicted class", "components": "embedding"}.get(
            self.column, self.column.replace("_", " ")
        )

    def values(self, observed: Observed) -> NDArray[np.generic]:
        """Of each answer, [N] or [N, K]."""
        if self.column in observed.statistics_names and self.about == "picture":
            return observed.statistics[:, observed.statistics_names.index(self.column)]
        values: NDArray[np.generic] = np.asarray(getattr(observed, self.column))
        return values


def measures_of(reference: Observed) -> list[Measure]:
    """All that is tested, in the order of tables: statistics, embedding, confidence, classes, reject, domain."""
    numbers = [
        Measure("ks", name, "picture")
        for name, column in zip(reference.statistics_names, reference.statistics.T, strict=True)
        if np.isfinite(column).any()
    ]
    vectors = [] if reference.components is None else [Measure("mmd", "components", "picture")]
    return [
        *numbers,
        *vectors,
        Measure("ks", "confidence", "answer"),
        Measure("chi2", "predicted", "answer", tuple(reference.class_names)),
        Measure("chi2", "rejected", "answer", REJECTED_NAMES),
        Measure("chi2", "domain", "answer", DOMAIN_NAMES),
    ]


def finite_rows(values: NDArray[np.generic]) -> NDArray[np.bool_]:
    """Which answers have the measure at all, [N]."""
    return np.asarray(np.isfinite(values.astype(np.float64).reshape(len(values), -1)).all(axis=1))

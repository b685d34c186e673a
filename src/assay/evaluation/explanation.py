"""ExplanationEvidence: whether the maps of a model mean something, as numbers with intervals and as words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from assay.evaluation.bootstrap import resample_weights
from assay.evaluation.intervals import percentile_interval
from assay.evaluation.resampling import Resampling
from assay.measurement import Measurement
from assay.predictions import FloatArray, StrArray

ALIKE = 0.5
"""Rank correlation up to which maps of trained and of random weights count as different."""
FAITHFUL, INCONCLUSIVE = "Faithful", "Inconclusive"
MAP, RANDOM, GAUSSIAN = "map", "random map", "centred Gaussian"


@dataclass(frozen=True)
class MapGain:
    """How much better a map orders the places of a picture than something that has not seen the model.

    Attributes:
        over: "random map" or "centred Gaussian".
        deletion: mean over images of its deletion AUC minus the map's; above 0, deleting by the map is faster.
        insertion: mean over images of the map's insertion AUC minus its; above 0, inserting by the map is faster.
        established: whether both intervals lie above 0.
    """

    over: str
    deletion: Measurement
    insertion: Measurement
    established: bool


@dataclass(frozen=True)
class MeanCurve:
    """Mean probability of the explained class while cells are deleted or inserted in one order.

    Attributes:
        order: "map", "random map" or "centred Gaussian".
        deletion: at each share of deleted cells, from 0 to 1 in equal steps.
        insertion: at each share of inserted cells.
    """

    order: str
    deletion: tuple[float, ...]
    insertion: tuple[float, ...]


@dataclass(frozen=True)
class ExplanationEvidence:
    """What was found out about the maps of one method for one model.

    Attributes:
        method: "gradcam", …
        layer: name of the module whose feature map is explained; None for methods that explain pixels.
        split: of the images.
        n: images, drawn at random; the explained class is the predicted one.
        without_signal: maps among them whose peak does not reach the floor of the common scale.
        scale: the map's value that is drawn as full heat.
        cells: pieces that a picture is deleted and inserted in.
        fill: what stands where nothing is inserted.
        deletion: mean area under the deletion curve of the map, in [0, 1]; lower is better.
        insertion: mean area under the insertion curve of the map, in [0, 1]; higher is better.
        gains: over a random map and over a centred Gaussian.
        gains_with_signal: the same over the images alone whose map shows signal; empty where fewer than two do.
        curves: mean curves of the three orders.
        randomisation: rank correlation with the maps of the same network after its weights were shuffled, by how much
            was shuffled: "head", "upper half", "all".
        changes_with_weights: whether the interval of `randomisation["all"]` lies below `ALIKE`.
        passed: `changes_with_weights`, and both gains are established.
        confidence: level of the intervals.
        notes: sentences that a reader has to know before believing the maps.
    """

    method: str
    layer: str | None
    split: str
    n: int
    without_signal: int
    scale: float
    cells: int
    fill: str
    deletion: Measurement
    insertion: Measurement
    gains: tuple[MapGain, ...]
    curves: tuple[MeanCurve, ...]
    randomisation: dict[str, Measurement]
    changes_with_weights: bool
    passed: bool
    gains_with_signal: tuple[MapGain, ...] = ()
    confidence: float = 0.95
    notes: tuple[str, ...] = field(default=())

    def measured(self) -> dict[str, float]:
        """The main scores by their logged names; what is undefined is left out. The gains are the smaller ones."""
        lowest = {
            "deletion_gain": [gain.deletion.value for gain in self.gains],
            "insertion_gain": [gain.insertion.value for gain in self.gains],
        }
        named = {name: min(value for value in values if value is not None) for name, values in lowest.items()}
        similarity = self.randomisation["all"].value
        if similarity is not None:
            named["randomisation_similarity"] = similarity
        return {f"explain/{name}": float(value) for name, value in named.items()}

    @property
    def verdict(self) -> tuple[str, ...]:
        """What the numbers say, one sentence each for chance, for the centre of the picture and for the weights."""
        verdict = [
            (
                f"{FAITHFUL if gain.established else INCONCLUSIVE}: by deletion and insertion the maps are "
                f"{'' if gain.established else 'not '}significantly better than a {gain.over} ({self.n} images)."
            )
            for gain in self.gains
        ]
        if self.without_signal and self.gains_with_signal:
            beaten = [gain.over for gain in self.gains_with_signal if gain.established]
            others = " and than ".join(f"a {over}" for over in beaten or [gain.over for gain in self.gains_with_signal])
            shown = self.n - self.without_signal
            head, better = (FAITHFUL, "significantly") if beaten else (INCONCLUSIVE, "not significantly")
            verdict.append(f"{head} for the {shown} maps that show signal: {better} better than {others}.")
        similarity = self.randomisation["all"]
        if similarity.value is None:
            verdict.append("Unknown whether the maps depend on the weights: too few of them show any signal.")
        elif self.changes_with_weights:
            verdict.append(
                f"Model randomisation: the maps depend on the weights; with shuffled ones they differ "
                f"({_r(similarity)})."
            )
        else:
            verdict.append(
                f"{INCONCLUSIVE}: that the maps depend on the weights ({_r(similarity)} after shuffling them)."
            )
        return tuple(verdict)


@dataclass(frozen=True)
class CurveAreas:
    """Areas under the curves of each image.

    Attributes:
        deletion: [N] by order: "map", "random map", "centred Gaussian".
        insertion: likewise.
    """

    deletion: Mapping[str, FloatArray]
    insertion: Mapping[str, FloatArray]

    def only(self, kept: NDArray[np.bool_]) -> CurveAreas:
        """Those of some images; `kept` is [N]."""
        return CurveAreas(
            {order: values[kept] for order, values in self.deletion.items()},
            {order: values[kept] for order, values in self.insertion.items()},
        )


def gain_over(other: str, areas: CurveAreas, groups: StrArray, resampling: Resampling) -> MapGain:
    """The gain of the map over another order, paired over images.

    Args:
        other: a key of the areas.
        areas: of N images.
        groups: [N], images of one group are resampled together.
        resampling: how intervals are made.
    """
    deletion = mean_measured(areas.deletion[other] - areas.deletion[MAP], groups, resampling)
    insertion = mean_measured(areas.insertion[MAP] - areas.insertion[other], groups, resampling)
    return MapGain(other, deletion, insertion, established=_above_zero(deletion) and _above_zero(insertion))


def mean_measured(values: FloatArray, groups: StrArray, resampling: Resampling) -> Measurement:
    """Mean of values [N] with the percentile bootstrap over groups [N]; undefined for no values."""
    n = len(values)
    if n == 0:
        return Measurement(None, None, None, 0, "no images")
    _, unit = np.unique(groups, return_inverse=True)
    units = int(unit.max()) + 1
    weights = resample_weights(units, range(resampling.resamples), resampling.seed).astype(np.float64)
    sums, sizes = np.bincount(unit, weights=values, minlength=units), np.bincount(unit, minlength=units)
    means = (sums @ weights) / (sizes @ weights)
    interval = percentile_interval(means, confidence=resampling.confidence) if units > 1 else None
    low, high = interval or (None, None)
    return Measurement(float(values.mean()), low, high, n, f"percentile bootstrap, {resampling.resamples} resamples")


def _above_zero(measured: Measurement) -> bool:
    return measured.low is not None and measured.low > 0


def _r(measured: Measurement) -> str:
    return f"rank correlation {measured.value:.2f}"

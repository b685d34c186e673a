"""The checks of one method on one model, together: from pictures to ExplanationEvidence."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from assay.evaluation.explanation import (
    ALIKE,
    GAUSSIAN,
    MAP,
    RANDOM,
    CurveAreas,
    ExplanationEvidence,
    MeanCurve,
    gain_over,
    mean_measured,
)
from assay.evaluation.resampling import Resampling
from assay.explain.heat import HeatScale, enlarged
from assay.explain.maps import MapMaker, Maps
from assay.explain.sanity.blank import best_blank
from assay.explain.sanity.deletion import Curves, Pixels, Probabilities, area, cells_of, curves
from assay.explain.sanity.randomise import STAGES, randomised
from assay.explain.sanity.similarity import rank_correlations
from assay.measurement import Measurement
from assay.predictions import IntArray, StrArray
from assay.progress import track

LEFT = 0.5
"""Mean probability of the explained class on blank pictures from which on the checks say that they are weak."""
RANDOMISED = 24
"""Images, at most, whose maps are computed again under shuffled weights."""


def check_maps(
    maker: MapMaker,
    pictures: Pixels,
    maps: Maps,
    targets: IntArray,
    probabilities: Probabilities,
    *,
    groups: StrArray,
    scale: HeatScale,
    split: str = "test",
    resampling: Resampling,
) -> ExplanationEvidence:
    """Hold the maps of randomly drawn images against chance, against the picture's centre and against other weights.

    Args:
        maker: made the maps.
        pictures: uint8 [N, 3, S, S], as the network gets them.
        maps: [N, h, w].
        targets: [N], the classes that the maps explain.
        probabilities: the model as it is served.
        groups: [N], images of one group are resampled together.
        scale: on which maps are drawn.
        split: of the images.
        resampling: how intervals are made; its seed is that of random orders and of shuffled weights, too.
    """
    fill, blanks, left = best_blank(pictures, targets, probabilities)
    measured_curves = [
        curves(
            picture,
            maps[row],
            int(targets[row]),
            probabilities,
            blank=blank,
            rng=np.random.default_rng([resampling.seed, row]),
        )
        for row, (picture, blank) in enumerate(
            track(list(zip(pictures, blanks, strict=True)), "deletion and insertion")
        )
    ]
    areas = CurveAreas(
        deletion={
            order: np.array([area(curve.deletion[order]) for curve in measured_curves])
            for order in measured_curves[0].deletion
        },
        insertion={
            order: np.array([area(curve.insertion[order]) for curve in measured_curves])
            for order in measured_curves[0].insertion
        },
    )
    size = pictures.shape[-1]
    gains = tuple(gain_over(other, areas, groups, resampling) for other in (RANDOM, GAUSSIAN))
    similarity = _similarities(maker, pictures, maps, targets, groups, resampling)
    changes = (high := similarity["all"].high) is not None and high < ALIKE
    signal = np.array([scale.has_signal(enlarged(entry, size)) for entry in maps])
    shown, empty = areas.only(signal), int((~signal).sum())
    return ExplanationEvidence(
        method=maker.method.name,
        layer=maker.layer.name if maker.layer else None,
        split=split,
        n=len(pictures),
        without_signal=empty,
        scale=scale.full,
        cells=int(cells_of(size).max()) + 1,
        fill=fill,
        deletion=mean_measured(areas.deletion[MAP], groups, resampling),
        insertion=mean_measured(areas.insertion[MAP], groups, resampling),
        gains=gains,
        curves=_mean_curves(measured_curves),
        randomisation=similarity,
        changes_with_weights=changes,
        passed=changes and all(gain.established for gain in gains),
        gains_with_signal=(
            tuple(gain_over(other, shown, groups[signal], resampling) for other in (RANDOM, GAUSSIAN))
            if signal.sum() > 1
            else ()
        ),
        confidence=resampling.confidence,
        notes=(*_notes(len(pictures), empty, maker, fill, float(left.mean())), *_about_head(similarity["head"])),
    )


def _similarities(
    maker: MapMaker, pictures: Pixels, maps: Maps, targets: IntArray, groups: StrArray, resampling: Resampling
) -> dict[str, Measurement]:
    """Rank correlation of the maps with those under shuffled weights, by how much was shuffled."""
    rows = slice(0, RANDOMISED)
    sample, wanted = torch.from_numpy(pictures[rows]), torch.as_tensor(targets[rows])
    size = maker.method.batch_size
    measured = {}
    for stage, share in track(STAGES.items(), f"{maker.method.title} with shuffled weights", unit="stages"):
        network = randomised(maker.network, share, sample, seed=resampling.seed)
        parts = [
            maker.method(network, some, classes, layer=maker.layer).numpy()
            for some, classes in zip(sample.split(size), wanted.split(size), strict=True)
        ]
        correlations = rank_correlations(maps[rows], np.concatenate(parts))
        defined = ~np.isnan(correlations)
        measured[stage] = mean_measured(correlations[defined], groups[rows][defined], resampling)
    return measured


def _mean_curves(measured_curves: Sequence[Curves]) -> tuple[MeanCurve, ...]:
    def mean(kind: str, order: str) -> tuple[float, ...]:
        return tuple(
            float(value) for value in np.mean([getattr(curve, kind)[order] for curve in measured_curves], axis=0)
        )

    return tuple(
        MeanCurve(order, mean("deletion", order), mean("insertion", order)) for order in measured_curves[0].deletion
    )


def _notes(n: int, without_signal: int, maker: MapMaker, fill: str, left: float) -> tuple[str, ...]:
    notes = ["Pictures with deleted places are unlike any that the model has learned from; its answers may be, too."]
    if left > LEFT:
        notes.append(f"With nothing but {fill}, the model still gives the class {left:.2f}; deletion can show little.")
    if without_signal:
        notes.append(f"{without_signal} of {n} maps show no signal; in the checks they count as random ones.")
    if maker.layer is not None and maker.layer.height < 4:
        cells = f"{maker.layer.height}×{maker.layer.width}"
        notes.append(f"The feature map has only {cells} cells; explain.layer can name an earlier, finer one.")
    return tuple(notes)


def _about_head(similarity: Measurement) -> tuple[str, ...]:
    """What has to be said of maps that stay as they are when only the head forgets."""
    if similarity.low is None or similarity.low < ALIKE:
        return ()
    return (
        f"With the weights of the head alone shuffled the maps stay nearly the same (rank correlation "
        f"{similarity.value:.2f}): they show what the backbone reacts to rather than what speaks for the class.",
    )

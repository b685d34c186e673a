"""Measure real against generated as pictures are delivered: after each chain, and made smaller and smaller."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from assay.errors import DataError
from assay.evaluation.delivery_evidence import ChainDetection, DeliveryEvidence, SideDetection
from assay.evaluation.fixed_thresholds import at_thresholds
from assay.evaluation.generators import generated_label
from assay.evaluation.measure import Units
from assay.evaluation.metrics.family import Float64Array
from assay.evaluation.resampling import Resampling
from assay.evaluation.separation import separations
from assay.evaluation.share import share
from assay.measurement import Measurement
from assay.postprocess.calibration import Calibrator
from assay.predictions import Predictions, StrArray


def measure_delivery(
    tests: Mapping[tuple[str, str], Predictions],
    generators: Mapping[str, str],
    calibrator: Calibrator,
    *,
    seen: Sequence[str],
    how_drawn: Resampling,
) -> DeliveryEvidence:
    """Hold generated test pictures against real ones after each chain, by the answers that are served.

    Args:
        tests: before calibration, by (name of the chain, what it does): the same test images in the same order; those
            as they are first, under the name "".
        generators: by image id, the name of its generator; "" for a real one.
        calibrator: fitted; its answers are judged, so its threshold is the fixed one.
        seen: generators that were trained on; where test has others, only those are judged.
        how_drawn: of the intervals.

    Raises:
        DataError: the classes are not real and generated, or the images of a chain are others.
    """
    clean = next(iter(tests.values()))
    of_image = np.array([generators[image] for image in clean.ids.tolist()])
    positive = generated_label(clean.labels, of_image)
    names = sorted(set(of_image.tolist()) - {""})
    judged = [name for name in names if name not in seen] or names
    rows = np.isin(of_image, ["", *judged])
    chains = []
    for (name, described), test in tests.items():
        if test.ids.tolist() != clean.ids.tolist():
            raise DataError(f"predictions for {name or described} are not of the images they are held against")
        numbers = _told(test.rows(rows), positive, calibrator, how_drawn)
        chains.append(ChainDetection(name, described, *numbers))
    return DeliveryEvidence(
        real=int((of_image == "").sum()),
        generators=tuple(judged),
        unseen=not set(judged) & set(seen),
        chains=tuple(chains),
    )


def smallest_side(
    made_smaller: Mapping[int, Predictions],
    positive: int,
    calibrator: Calibrator,
    *,
    accuracy: float,
    accused: float,
    how_drawn: Resampling,
) -> tuple[tuple[SideDetection, ...], int | None]:
    """The least shorter side at which answers are good enough, and at every larger one too.

    Enough is what the far ends of the intervals keep to: few pictures can show less, and then ask for larger ones.

    Args:
        made_smaller: before calibration, by pixels of the shorter side, pictures of val or calib made so small.
        positive: class of the generated ones.
        calibrator: fitted.
        accuracy: least mean of both sides' shares that are right, which the lower end of its interval has to reach.
        accused: largest share of real pictures that are called generated, which the upper end may not exceed.
        how_drawn: of the intervals.

    Raises:
        DataError: the pictures are of test.
    """
    sides: list[SideDetection] = []
    for side, predictions in sorted(made_smaller.items(), reverse=True):
        if predictions.split not in ("val", "calib"):
            raise DataError(f"the smallest side is chosen on val or calib, got {predictions.split}")
        _, right, alarms = _told(predictions, positive, calibrator, how_drawn)
        sides.append(SideDetection(side, right, alarms, _least(right) >= accuracy and _most(alarms) <= accused))
    good = [each.side for number, each in enumerate(sides) if all(smaller.enough for smaller in sides[: number + 1])]
    return tuple(sides), min(good, default=None)


def _told(
    predictions: Predictions, positive: int, calibrator: Calibrator, how_drawn: Resampling
) -> tuple[Measurement, Measurement, Measurement]:
    """AUROC, accuracy and false accusations of the answers."""
    logits = np.asarray(calibrator.applied(predictions).logits, dtype=np.float64)
    if logits.shape[1] != 2:
        raise DataError(f"real against generated is a question of two classes, got {logits.shape[1]}")
    margins: Float64Array = logits[:, positive] - logits[:, 1 - positive]
    made = predictions.labels == positive
    groups: StrArray = predictions.groups
    if made.all() or not made.any():
        raise DataError(f"{predictions.split} has no {'real' if made.all() else 'generated'} picture to judge")
    apart = separations(
        {"score": margins[~made]},
        {"score": margins[made]},
        inside_groups=groups[~made],
        outside_groups=groups[made],
        resamples=how_drawn.resamples,
        seed=how_drawn.seed,
        confidence=how_drawn.confidence,
    )["score"]
    right, *_ = at_thresholds(margins[~made], margins[made], groups[~made], groups[made], (0.0, 0.0), how_drawn)
    alarms = share(margins[~made] > 0, None, Units.of(groups[~made]), confidence=how_drawn.confidence)
    return apart.auroc, right, alarms


def _least(measured: Measurement) -> float:
    return measured.low if measured.low is not None else -np.inf


def _most(measured: Measurement) -> float:
    return measured.high if measured.high is not None else np.inf

"""Parity: what one form of a model says against what the float model said, image by image."""

from __future__ import annotations

import numpy as np

from assay.comparison import Side, compare
from assay.deploy.bundle.format import Parity
from assay.errors import BundleError
from assay.evaluation.catalogue import MAIN
from assay.postprocess.calibration import Calibrator
from assay.postprocess.softmax import softmax
from assay.predictions import Predictions

LEAST_AGREEMENT = 0.995
LARGEST_DIFFERENCE = 0.05
"""What a float form may differ by: its pixels may be one grey level away, and sums run in another order."""


def parity(
    measured: Predictions,
    calibrator: Calibrator,
    form: Predictions,
    form_calibrator: Calibrator,
    *,
    resamples: int = 2000,
    seed: int = 0,
    confidence: float = 0.95,
) -> Parity:
    """Compare two models' calibrated answers about the same images.

    Args:
        measured: by the float model, before calibration.
        calibrator: of the float model.
        form: by the other form, before calibration, in the same order.
        form_calibrator: of the other form.
        resamples: of the paired bootstrap.
        seed: of it.
        confidence: of the interval.

    Raises:
        BundleError: they are not about the same images, or an answer is not a number.
    """
    if not np.array_equal(measured.ids, form.ids):
        raise BundleError("the two forms were not asked about the same images")
    sides = [(measured, calibrator), (form, form_calibrator)]
    calibrated = [map_.applied(predictions.answers_only()) for predictions, map_ in sides]
    before, after = (softmax(side.logits) for side in calibrated)
    names = ("float", "other")
    baseline, *variants = [Side(name, (predictions,)) for name, predictions in zip(names, calibrated, strict=True)]
    compared = compare(
        baseline,
        variants,
        metrics=(MAIN,),
        resamples=resamples,
        seed=seed,
        confidence=confidence,
    )
    claim = compared.variants[0].claims[0]
    if claim.baseline is None or claim.variant is None:
        raise BundleError("macro-F1 is undefined on these images; a form cannot be compared on them")
    return Parity(
        n=len(form),
        agreement=float((before.argmax(1) == after.argmax(1)).mean()),
        largest_difference=float(np.abs(before - after).max()),
        macro_f1=claim.variant,
        float_macro_f1=claim.baseline,
        macro_f1_difference=claim.difference,
    )


def refusal_of_float(measured: Parity) -> str:
    """Why a form that should say exactly the same is refused; "" where it is not."""
    if measured.graph_difference is not None and measured.graph_difference > 1e-3:
        return f"calibration inside of the graph differs from the calibrator's by {measured.graph_difference:.2g}"
    if measured.agreement < LEAST_AGREEMENT or measured.largest_difference > LARGEST_DIFFERENCE:
        return (
            f"it does not say what the weights say: {measured.agreement:.4f} of the labels agree (at least "
            f"{LEAST_AGREEMENT}), and a probability differs by {measured.largest_difference:.3f} (at most "
            f"{LARGEST_DIFFERENCE})"
        )
    return ""


def in_order_of(measured: Predictions, other: Predictions) -> Predictions:
    """Predictions with their rows in the order of others about the same images.

    Raises:
        BundleError: they are about other images.
    """
    row_of = {image: row for row, image in enumerate(measured.ids.tolist())}
    if set(row_of) != set(other.ids.tolist()):
        raise BundleError("the run's predictions are not about the images of its manifest")
    return measured.rows(np.array([row_of[image] for image in other.ids.tolist()]))

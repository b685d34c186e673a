"""Estimates of a window: without labels, with those of the random slice, and what these show by themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from assay.evaluation.resampling import Resampling
from assay.monitoring.estimate.confidence_based import confidence_estimates
from assay.monitoring.estimate.estimate import Estimates
from assay.monitoring.estimate.margins import METRICS
from assay.monitoring.estimate.prediction_powered import POWERED, prediction_powered_estimates
from assay.monitoring.estimate.realised import SHOWN, labelled_predictions, realised_estimates
from assay.monitoring.estimate.recalibration import Recalibration, fit_recalibration
from assay.monitoring.estimate.shift_weights import ShiftWeights, shift_weights
from assay.monitoring.estimate.slice_labels import SliceLabels
from assay.monitoring.profile import Profile
from assay.monitoring.window import Window

MOSTLY_KEPT = 0.99


@dataclass(frozen=True)
class FittedReference:
    """What the reference says of a window's confidence.

    Attributes:
        recalibration: learned from pictures that are weighted to be like those of the window.
        like: the weights.
    """

    recalibration: Recalibration
    like: ShiftWeights


def fit_reference(profile: Profile, window: Window) -> FittedReference:
    """Learn what confidence is worth on pictures like those of a window.

    Args:
        profile: of the bundle that answered; calib and test, never train.
        window: of its answers.
    """
    names = [name for name in profile.statistics_names if name in window.statistics_names]
    sides = []
    for side, known in ((profile, profile.statistics_names), (window, window.statistics_names)):
        chosen = side.statistics[:, [known.index(name) for name in names]]
        sides.append(np.column_stack([chosen, side.confidence]))
    like = shift_weights(*sides)
    correct = profile.predicted == profile.labels
    return FittedReference(fit_recalibration(profile.confidence, correct, profile.block, like.weights), like)


def window_estimates(
    window: Window,
    known: SliceLabels,
    profile: Profile | None = None,
    *,
    weights: Mapping[str, float] | None = None,
    metrics: Sequence[str] = SHOWN,
    resampling: Resampling = Resampling(),  # noqa: B008
) -> Estimates:
    """How good the model was on the answers of a window.

    Args:
        window: of one bundle.
        known: labels of its answers, from `slice_labels`.
        profile: of the bundle that answered; None takes confidence as it is.
        weights: id of a labelled answer -> 1 / the chance to be drawn; None where it was the same for all.
        metrics: names as in the evidence; each method gives those of them that it can.
        resampling: how intervals of realised metrics are made.
    """
    if not len(window):
        return Estimates((), ("There are no answers in this window.",))
    ids = np.array(window.id_list())
    class_of = {name: index for index, name in enumerate(window.class_names)}
    named = {identifier: label for identifier, label in known.labels.items() if label in class_of}
    rows = np.flatnonzero(np.isin(ids, sorted(named)))
    labels = np.array([class_of[named[identifier]] for identifier in ids[rows]], dtype=np.int64)
    chance = None if weights is None else np.array([weights[identifier] for identifier in ids[rows]])
    fitted = None if profile is None else fit_reference(profile, window)
    made = list(
        confidence_estimates(
            window.probabilities,
            window.predicted,
            window.block,
            recalibration=None if fitted is None else fitted.recalibration,
            metrics=[name for name in METRICS if name in metrics],
            confidence=resampling.confidence,
        )
    )
    # Of pictures that were not kept none could be drawn: what labels say is about the others.
    drawable = np.isin(ids, sorted({*known.kept, *named}))
    if len(rows):
        place = np.cumsum(drawable) - 1
        made += prediction_powered_estimates(
            window.probabilities[drawable],
            window.predicted[drawable],
            _renumbered(window.block[drawable]),
            place[rows],
            labels,
            weights=chance,
            metrics=[name for name in POWERED if name in metrics],
            confidence=resampling.confidence,
        )
        keys = np.array(window.keys)[window.block[rows]]
        labelled = labelled_predictions(ids[rows], keys, labels, window.class_names, window.probabilities[rows])
        made += realised_estimates(
            labelled, n=int(drawable.sum()), weights=chance, metrics=metrics, resampling=resampling
        )
    return Estimates(tuple(made), (*_notes(window, known, drawable, len(rows), profile, fitted), *known.notes))


def _renumbered(block: np.ndarray) -> np.ndarray:
    return np.unique(block, return_inverse=True)[1]


def _notes(
    window: Window,
    known: SliceLabels,
    drawable: np.ndarray,
    labels: int,
    profile: Profile | None,
    fitted: FittedReference | None,
) -> tuple[str, ...]:
    lines = []
    if profile is None or fitted is None:
        lines.append("No reference profile: confidence is taken as it is, as if its calibration were exactly known.")
    elif not fitted.like.used:
        lines.append(
            "The reference has too few pictures like those of this window: what it says of confidence is about others."
        )
    if profile is not None and profile.about.bundle:
        others = sum(
            int((window.bundle == place).sum())
            for place, bundle in enumerate(window.bundles)
            if bundle != profile.about.bundle
        )
        if others:
            lines.append(f"{others:,} of {len(window):,} answers are of other bundles than the reference.")
    if labels and drawable.mean() < MOSTLY_KEPT:
        lines.append(
            f"Labels say something of the {int(drawable.sum()):,} answers whose picture was kept with consent, of "
            f"{len(window):,}: nobody can look at the others."
        )
    if not labels:
        lines.append(
            "No answer of the random slice has a label: nothing is seen of a change of what classes look like."
        )
    if strangers := sum(label not in window.class_names for label in known.labels.values()):
        lines.append(f"{strangers:,} labelled pictures are of no class of the model, and do not count.")
    if len(window.bundles) > 1:
        lines.append(f"{len(window.bundles)} bundles have answered: the numbers are about all of them together.")
    return tuple(lines)

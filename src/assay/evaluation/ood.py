"""OodEvidence: how well pictures of another kind are told, by every detector, and what the two-stage rule does."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from assay.evaluation.measure import Units
from assay.evaluation.metrics.family import Float64Array
from assay.evaluation.separation import Separation, separations
from assay.evaluation.share import share
from assay.measurement import Measurement
from assay.postprocess.ood.detector import Detector
from assay.postprocess.ood.two_stage import OodJudgement, TwoStage
from assay.predictions import Predictions

BINS = 40
WIDE = 20.0  # range of positive scores from which on bins grow with the score
FEW_UNITS = 10


@dataclass(frozen=True)
class DomainShares:
    """What the two-stage rule says about one set of pictures.

    Attributes:
        n: pictures.
        away: share that is called unsure or out.
        out: share that is called out.
        checks: share that violates a quick check.
        fired: pictures by the quick check that they violate; one may violate several.
    """

    n: int
    away: Measurement
    out: Measurement
    checks: Measurement
    fired: dict[str, int]


@dataclass(frozen=True)
class OodSet:
    """One set of pictures that the model was not made for.

    Attributes:
        name: of the set.
        n: pictures.
        units: groups of pictures that belong together.
        shares: what the rule says about them.
        panel: by detector, how well its score tells them from the test images.
    """

    name: str
    n: int
    units: int
    shares: DomainShares
    panel: dict[str, Separation]


@dataclass(frozen=True)
class Histogram:
    """Where the scores of the chosen detector lie; the first and last bin hold what is beyond.

    Bins are of one width, or grow with the score where it is positive and ranges widely.

    Attributes:
        edges: of the bins, one more than bins.
        shares: by set, "test" and the OOD sets, the share of its pictures in each bin.
    """

    edges: tuple[float, ...]
    shares: dict[str, tuple[float, ...]]


@dataclass(frozen=True)
class OodEvidence:
    """How well pictures of another kind are told.

    Attributes:
        detector: the name of the chosen one in `panel`.
        chosen: how it came to be chosen, a sentence.
        unsure_rate: wanted share of in-domain pictures called unsure or out, at most.
        out_rate: wanted share of them called out, at most.
        cut_offs: scores above which a picture is unsure, and out; None where no cut-off could be placed.
        calib: images that the cut-offs were placed with.
        test: what the rule says about the test images, which are in-domain.
        sets: the OOD sets.
        histogram: scores of the chosen detector; None where they are all equal or infinite.
        notes: sentences that a reader has to know.
    """

    detector: str
    chosen: str
    unsure_rate: float
    out_rate: float
    cut_offs: tuple[float | None, float | None]
    calib: int
    test: DomainShares
    sets: tuple[OodSet, ...]
    histogram: Histogram | None = None
    notes: tuple[str, ...] = ()

    def measured(self) -> dict[str, Measurement]:
        """By logged name: AUROC of the chosen detector on each set, and the false rejects on test."""
        areas = {f"ood/auroc/{ood_set.name}": ood_set.panel[self.detector].auroc for ood_set in self.sets}
        return {**areas, "ood/false_reject": self.test.away}


def measure_ood(
    rule: TwoStage,
    detectors: Mapping[str, Detector],
    test: Predictions,
    sets: Mapping[str, Predictions],
    *,
    detector: str,
    chosen: str = "set in the config",
    resamples: int = 1000,
    seed: int = 0,
    confidence: float = 0.95,
) -> OodEvidence:
    """Judge the test images and the OOD sets, and hold every detector against them.

    Args:
        rule: fitted, with the chosen detector.
        detectors: fitted, by name; holds the chosen one.
        test: in-domain images that nothing was fitted on.
        sets: OOD pictures by the name of their set; empty sets are left out with a note.
        detector: name of the chosen one among `detectors`.
        chosen: how it came to be chosen, a sentence.
        resamples: bootstrap resamples behind each interval of the panel.
        seed: of the bootstrap.
        confidence: level of the intervals.
    """
    filled = {name: set_predictions for name, set_predictions in sets.items() if len(set_predictions)}
    judged = rule.judge(test)
    inside = {name: fitted.score_of(test) for name, fitted in detectors.items()}
    measured_sets, scores = [], {"test": inside[detector]}
    for name, set_predictions in filled.items():
        outside = {method: fitted.score_of(set_predictions) for method, fitted in detectors.items()}
        scores[name] = outside[detector]
        panel = separations(
            inside,
            outside,
            inside_groups=test.groups,
            outside_groups=set_predictions.groups,
            resamples=resamples,
            seed=seed,
            confidence=confidence,
        )
        shares = _shares(rule, rule.judge(set_predictions), set_predictions, confidence)
        measured_sets.append(OodSet(name, len(set_predictions), len(np.unique(set_predictions.groups)), shares, panel))
    unsure, out = (value if math.isfinite(value) else None for value in rule.cut_offs_)
    return OodEvidence(
        detector=detector,
        chosen=chosen,
        unsure_rate=rule.unsure_rate,
        out_rate=rule.out_rate,
        cut_offs=(unsure, out),
        calib=rule.n_,
        test=_shares(rule, judged, test, confidence),
        sets=tuple(measured_sets),
        histogram=_histogram(scores, [value for value in (unsure, out) if value is not None]),
        notes=(*rule.notes_, *_notes(measured_sets, [name for name in sets if name not in filled], detector)),
    )


def _shares(rule: TwoStage, judged: OodJudgement, predictions: Predictions, confidence: float) -> DomainShares:
    units = Units.of(predictions.groups)
    violated = judged.violations != 0
    names = () if rule.checks is None else rule.checks.names_
    counts = violated.sum(axis=0)
    return DomainShares(
        n=len(predictions),
        away=share(judged.domain > 0, None, units, confidence=confidence),
        out=share(judged.domain > 1, None, units, confidence=confidence),
        checks=share(violated.any(axis=1), None, units, confidence=confidence),
        fired={name: int(count) for name, count in zip(names, counts, strict=True) if count},
    )


def _histogram(scores: Mapping[str, Float64Array], marks: list[float]) -> Histogram | None:
    inside = scores["test"][np.isfinite(scores["test"])]
    every = np.concatenate([values[np.isfinite(values)] for values in scores.values()])
    if len(inside) == 0:
        return None
    low, middle, high = np.quantile(inside, [0.005, 0.5, 0.995])
    first, last = (float(value) for value in np.quantile(every, [0.005, 0.995]))
    first, last = min(low, first, *marks), max(high, last, *(mark + 0.02 * abs(mark) for mark in marks))
    if not last - first > 1e-12 * max(abs(first), abs(last)):
        return None
    if first > 0 and last > WIDE * first:
        edges = np.geomspace(first, last, BINS + 1)
    else:
        edges = np.linspace(first, min(last, max(middle + 4 * (high - middle), *marks, high)), BINS + 1)
    shares = {}
    for name, values in scores.items():
        counts = np.bincount(np.clip(np.searchsorted(edges, values, side="right") - 1, 0, BINS - 1), minlength=BINS)
        shares[name] = tuple((counts / len(values)).tolist())
    return Histogram(tuple(edges.tolist()), shares)


def _notes(ood_sets: list[OodSet], empty: list[str], detector: str) -> list[str]:
    notes = [f"The OOD set {name} has no images: nothing is measured on it." for name in empty]
    if not ood_sets:
        notes.append(
            "There are no OOD sets: only the false rejects of in-domain images are measured. Name some in data.ood."
        )
    for ood_set in ood_sets:
        if ood_set.units < FEW_UNITS:
            notes.append(
                f"The OOD set {ood_set.name} is made of {ood_set.units} groups of related pictures: its intervals are "
                "rough, and speak of pictures like these only."
            )
        value = ood_set.panel[detector].auroc.value
        if value in (0.0, 1.0):
            side = "above" if value else "below"
            notes.append(
                f"On {ood_set.name} every OOD picture scores {side} every test image: resampling cannot show how "
                "uncertain that is."
            )
    return notes

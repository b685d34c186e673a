from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest
from scipy import stats

from assay.evaluation.explanation import (
    GAUSSIAN,
    MAP,
    RANDOM,
    CurveAreas,
    ExplanationEvidence,
    MeanCurve,
    gain_over,
    mean_measured,
)
from assay.evaluation.record import from_record
from assay.evaluation.resampling import Resampling
from assay.measurement import Measurement

SETTINGS = Resampling(resamples=2000)


def test_the_interval_of_a_mean_is_that_of_scipys_bootstrap() -> None:
    values = np.random.default_rng(0).gamma(2, size=60)
    measured = mean_measured(values, np.arange(60).astype(str), Resampling(4000))
    expected = stats.bootstrap((values,), np.mean, n_resamples=4000, method="percentile", rng=1).confidence_interval
    assert measured.value == pytest.approx(values.mean())
    assert (measured.low, measured.high) == pytest.approx((expected.low, expected.high), abs=0.03)


def test_images_of_one_group_count_as_one() -> None:
    values = np.random.default_rng(0).normal(size=20)
    apart = mean_measured(values, np.arange(20).astype(str), Resampling())
    repeated = mean_measured(np.repeat(values, 5), np.repeat(np.arange(20), 5).astype(str), Resampling())
    assert repeated.n == 100
    assert (repeated.low, repeated.high) == pytest.approx((apart.low, apart.high), abs=1e-9)


def test_no_images_and_one_group_have_no_interval() -> None:
    assert mean_measured(np.array([]), np.array([], dtype=str), Resampling()).value is None
    alone = mean_measured(np.array([1.0, 3.0]), np.array(["a", "a"]), Resampling())
    assert (alone.value, alone.low, alone.high) == (2.0, None, None)


def areas(deletion: float, insertion: float) -> CurveAreas:
    """The map is better by this much on average; the images differ far more than that, but alike for both orders."""
    rng = np.random.default_rng(0)
    hard, noise = rng.uniform(0.2, 0.8, 50), rng.normal(0, 0.01, (2, 50))
    return CurveAreas(
        {MAP: hard - deletion + noise[0], RANDOM: hard, GAUSSIAN: hard},
        {MAP: hard + insertion + noise[1], RANDOM: hard, GAUSSIAN: hard},
    )


@pytest.mark.parametrize(
    ("deletion", "insertion", "established"),
    [(0.02, 0.02, True), (0.02, 0.0, False), (0.0, 0.02, False), (-0.02, 0.02, False)],
)
def test_a_gain_is_established_when_both_curves_are_better_image_by_image(
    deletion: float, insertion: float, established: bool
) -> None:
    gain = gain_over(RANDOM, areas(deletion, insertion), np.arange(50).astype(str), SETTINGS)
    assert gain.established is established
    assert gain.deletion.value == pytest.approx(deletion, abs=0.005)
    assert gain.insertion.value == pytest.approx(insertion, abs=0.005)


def evidence(**changes: object) -> ExplanationEvidence:
    gains = tuple(
        gain_over(over, areas(0.02, 0.03), np.arange(50).astype(str), SETTINGS) for over in (RANDOM, GAUSSIAN)
    )
    measured = Measurement(0.3, 0.2, 0.4, 50, "made up")
    return ExplanationEvidence(
        **{
            "method": "gradcam",
            "layer": "blocks",
            "split": "test",
            "n": 50,
            "without_signal": 3,
            "scale": 0.9,
            "cells": 196,
            "fill": "blur",
            "deletion": measured,
            "insertion": measured,
            "gains": gains,
            "curves": (MeanCurve(MAP, (1.0, 0.5, 0.0), (0.0, 0.5, 1.0)),),
            "randomisation": {"head": measured, "all": Measurement(0.1, 0.0, 0.2, 24, "made up")},
            "changes_with_weights": True,
            "passed": True,
            "gains_with_signal": gains,
            **changes,
        }
    )


def test_the_scores_are_logged_by_name() -> None:
    logged = evidence().measured()
    assert set(logged) == {"explain/deletion_gain", "explain/insertion_gain", "explain/randomisation_similarity"}
    assert logged["explain/randomisation_similarity"] == 0.1


def test_the_verdict_is_in_words() -> None:
    said = " ".join(evidence().verdict)
    assert (
        "Faithful: by deletion and insertion the maps are significantly better than a random map (50 images)." in said
    )
    assert "centred Gaussian" in said
    assert "47 maps that show signal" in said
    doubtful = evidence(changes_with_weights=False)
    assert "Inconclusive: that the maps depend on the weights" in " ".join(doubtful.verdict)


def test_it_is_read_back_as_it_was_written() -> None:
    written = json.loads(json.dumps(dataclasses.asdict(evidence()), allow_nan=False))
    assert from_record(ExplanationEvidence, written) == evidence()

"""How often each class is drawn: what is promised, exactly, and what is really drawn."""

import functools
import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from assay.data.sampler.class_sampler import ClassSampler
from assay.data.sampler.effective_number import EffectiveNumber, effective_number
from assay.data.sampler.epoch_sampler import EpochSampler
from assay.data.sampler.repeat_factor import RepeatFactor
from assay.data.sampler.shuffle import Shuffle
from assay.data.sampler.sqrt import Sqrt
from assay.data.sampler.variance_aware import VarianceAware
from assay.data.sampler.weighted import Weighted

GRADES = np.repeat([0, 1, 2, 3], [1508, 295, 106, 715])


def variance_aware(labels, **keys) -> VarianceAware:
    embeddings = np.random.default_rng(1).normal(size=(len(labels), 12)).astype(np.float32)
    return VarianceAware(labels, embeddings=embeddings, **keys)


SAMPLERS: list[Callable[..., ClassSampler]] = [
    Weighted,
    Sqrt,
    EffectiveNumber,
    RepeatFactor,
    functools.partial(RepeatFactor, threshold=0.9),
    variance_aware,
]
label_lists = st.lists(st.integers(0, 4), min_size=1, max_size=60)


@pytest.mark.parametrize("kind", SAMPLERS)
@pytest.mark.parametrize("start", [0, 3])
def test_what_is_drawn_of_each_class_is_what_was_expected_give_or_take_one(kind, start) -> None:
    sampler = kind(GRADES, start_epoch=start, seed=5)
    lengths = set()
    for epoch in range(6):
        sampler.set_epoch(epoch)
        rows = list(sampler)
        assert np.abs(np.bincount(GRADES[rows]) - sampler.expected_counts()).max() < 1
        assert sampler.expected_counts(epoch).tolist() == sampler.expected_counts().tolist()
        assert math.isclose(sampler.expected_counts().sum(), len(rows))
        lengths.add(len(rows))
    assert len(lengths) == 1, "training counts the steps of an epoch once"


@settings(max_examples=40, deadline=None)
@given(labels=label_lists, which=st.sampled_from(SAMPLERS), epoch=st.integers(0, 50))
def test_the_same_holds_for_any_labels(labels, which, epoch) -> None:
    labels = np.array(labels)
    sampler = which(labels)
    drawn = np.bincount(sampler.order(epoch), minlength=len(labels))
    expected = sampler.expected_counts(epoch)[labels] / np.bincount(labels)[labels]
    assert np.abs(drawn - expected).max() < 1 + 1e-9
    assert drawn.sum() == sampler.length()


@pytest.mark.parametrize("kind", SAMPLERS)
def test_over_many_epochs_each_image_is_drawn_as_often_as_independent_draws_would(kind) -> None:
    labels = np.repeat([0, 1, 2], [17, 6, 5])
    sampler = kind(labels)
    epochs = 3000
    drawn = np.zeros(28)
    for epoch in range(epochs):
        drawn += np.bincount(sampler.epoch_indices(np.random.default_rng(epoch)), minlength=28)
    expected = sampler.expected_counts()[labels] / np.bincount(labels)[labels]
    low, high = binom.interval(1 - 1e-4, epochs * sampler.length(), expected / sampler.length())
    assert (low <= drawn).all()
    assert (drawn <= high).all()


def test_sqrt_follows_the_square_root() -> None:
    counts = Sqrt(np.repeat([0, 1, 2], [64, 16, 4])).expected_counts()
    assert counts == pytest.approx([84 * 8 / 14, 84 * 4 / 14, 84 * 2 / 14])


def test_the_effective_number_is_the_expected_volume_of_overlapping_samples() -> None:
    # Cui et al.: the n-th sample adds to the volume with probability beta^(n - 1).
    for beta in (0.0, 0.5, 0.99, 0.9999):
        expected = [sum(beta**k for k in range(n)) for n in (1, 2, 10, 500)]
        assert effective_number(np.array([1, 2, 10, 500]), beta) == pytest.approx(expected, rel=1e-9)


def test_effective_number_goes_from_the_data_as_they_are_to_every_class_equally_often() -> None:
    assert EffectiveNumber(GRADES, 0.0).expected_counts() == pytest.approx([1508, 295, 106, 715])
    assert EffectiveNumber(GRADES, 0.9999999).expected_counts() == pytest.approx([656] * 4, rel=1e-3)
    between = EffectiveNumber(GRADES, 0.99).expected_counts()
    assert between[0] > between[3] > between[1] > between[2] > 106


def test_repeat_factors_are_those_of_lvis() -> None:
    # f = 0.9, 0.09, 0.01 and t = 0.1: factors 1, sqrt(10 / 9), sqrt(10)
    sampler = RepeatFactor(np.repeat([0, 1, 2], [900, 90, 10]), 0.1)
    factors = np.array([1, math.sqrt(10 / 9), math.sqrt(10)])
    asked = factors * [900, 90, 10]
    assert sampler.length() == math.ceil(asked.sum()) == 1027
    assert sampler.expected_counts() == pytest.approx(asked * 1027 / asked.sum())
    drawn = np.bincount(sampler.order(0), minlength=1000)
    assert drawn.min() >= 1, "no image is left out"
    assert set(drawn[990:]) <= {3, 4}


def test_repeat_factor_changes_nothing_where_no_class_is_below_the_threshold() -> None:
    labels = np.repeat([0, 1], [60, 40])
    assert sorted(RepeatFactor(labels, 0.3).order(4)) == list(range(100))


@pytest.mark.parametrize("kind", SAMPLERS)
def test_before_its_start_a_deferred_sampler_draws_the_data_as_they_are(kind) -> None:
    sampler = kind(GRADES, start_epoch=2, seed=7)
    for epoch in (0, 1):
        counts = np.bincount(sampler.order(epoch), minlength=len(GRADES))
        assert np.abs(counts - sampler.length() / len(GRADES)).max() < 1
    if sampler.length() == len(GRADES):
        assert sampler.order(1).tolist() == Shuffle(GRADES, seed=7).order(1).tolist()
    assert sampler.order(2).tolist() == kind(GRADES, seed=7).order(2).tolist()


@pytest.mark.parametrize("kind", [Shuffle, *SAMPLERS])
@pytest.mark.parametrize("processes", [2, 3])
def test_processes_together_go_through_the_order_of_one(kind: type[EpochSampler], processes: int) -> None:
    sampler = kind(GRADES, seed=1)
    together = np.stack([sampler.share(rank, processes) for rank in range(processes)], axis=1).ravel()
    assert together[: len(sampler)].tolist() == list(sampler)


@pytest.mark.parametrize("kind", [Shuffle, *SAMPLERS])
def test_draws_are_what_went_through_the_sampler(kind) -> None:
    sampler = kind(GRADES, seed=2)
    counts = np.zeros(len(GRADES), dtype=int)
    for epoch in range(3):
        sampler.set_epoch(epoch)
        for row in sampler:
            counts[row] += 1
    assert sampler.draws(3).tolist() == counts.tolist()
    assert sampler.draws(0).sum() == 0

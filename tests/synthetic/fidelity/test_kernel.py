"""KID against torch-fidelity and plain loops; its interval and its test on distributions that are known."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch

from assay.synthetic.fidelity.divide import divisions
from assay.synthetic.fidelity.kernel import KernelDistance


def alone(count: int, word: str = "i") -> np.ndarray:
    return np.array([f"{word}{index}" for index in range(count)])


def distance(first: np.ndarray, second: np.ndarray) -> KernelDistance:
    return KernelDistance(first, second, alone(len(first), "r"), alone(len(second), "g"))


def test_it_agrees_with_torch_fidelity_on_the_same_features() -> None:
    from torch_fidelity.metric_kid import KEY_METRIC_KID_MEAN, kid_features_to_metric

    rng = np.random.default_rng(0)
    first, second = rng.normal(size=(120, 32)), rng.normal(0.2, 1.1, (120, 32))
    expected = kid_features_to_metric(
        torch.from_numpy(first), torch.from_numpy(second), kid_subsets=1, kid_subset_size=120, verbose=False
    )[KEY_METRIC_KID_MEAN]
    assert distance(first, second).value == pytest.approx(expected, rel=1e-6)


def test_pairs_of_one_group_do_not_count() -> None:
    rng = np.random.default_rng(1)
    first, second = rng.normal(size=(7, 5)), rng.normal(size=(6, 5))
    groups = np.array(list("aabcccd")), np.array(list("uvvwxy"))

    def kernel(x: np.ndarray, y: np.ndarray) -> float:
        return float((x @ y / 5 + 1) ** 3)

    def among(values: np.ndarray, names: np.ndarray) -> float:
        pairs = itertools.permutations(range(len(values)), 2)
        return float(np.mean([kernel(values[i], values[j]) for i, j in pairs if names[i] != names[j]]))

    across = np.mean([kernel(x, y) for x in first for y in second])
    expected = among(first, groups[0]) + among(second, groups[1]) - 2 * across
    assert KernelDistance(first, second, *groups).value == pytest.approx(expected, rel=1e-9)


def test_it_is_unbiased_and_the_p_of_sets_of_one_distribution_is_even() -> None:
    rng = np.random.default_rng(2)
    found = [distance(rng.normal(size=(25, 4)), rng.normal(size=(40, 4))) for _ in range(1000)]
    values = [one.value for one in found]
    assert abs(np.mean(values)) < 3 * np.std(values) / np.sqrt(1000)
    p = [one.permutation_p(permutations=99, seed=trial) for trial, one in enumerate(found[:200])]
    assert 0.11 <= np.mean(np.array(p) <= 0.2) <= 0.29


@pytest.mark.parametrize("images", [3, 4])
def test_p_of_a_few_images_is_the_share_of_all_assignments_that_are_as_far_apart(images: int) -> None:
    rng = np.random.default_rng(8)
    both = np.concatenate([rng.normal(size=(images, 64)), rng.normal(2, 1, (images, 64))]).astype(np.float32)
    own = distance(both[:images], both[images:])
    assert own.value > 0
    every = [list(chosen) for chosen in itertools.combinations(range(2 * images), images)]
    values = [distance(both[chosen], np.delete(both, chosen, axis=0)).value for chosen in every]
    expected = np.mean(np.array(values) >= own.value * (1 - 1e-9))
    assert expected == 2 / len(every), "its own and the sides exchanged"
    assert own.permutation_p(permutations=2000, seed=0) == pytest.approx(expected, abs=0.02)


def test_the_interval_holds_the_true_distance_of_different_distributions() -> None:
    rng = np.random.default_rng(3)
    shift = np.eye(16)[0] * 2
    samples = [distance(rng.normal(size=(700, 16)), rng.normal(size=(700, 16)) + shift).value for _ in range(5)]
    truth = np.mean(samples)
    held, p = 0, []
    for trial in range(30):
        found = distance(rng.normal(size=(60, 16)), rng.normal(size=(80, 16)) + shift)
        told = found.measure(resamples=100, confidence=0.95, seed=trial)
        held += told.low <= truth <= told.high
        p.append(found.permutation_p(permutations=99, seed=trial))
    assert held >= 25
    assert np.median(p) == 0.01


def test_groups_widen_the_interval() -> None:
    rng = np.random.default_rng(4)
    centres = rng.normal(size=(20, 4))
    first, second = np.repeat(centres, 5, axis=0), rng.normal(1, 1, (400, 4))
    first = first + rng.normal(0, 0.1, first.shape)
    groups = np.repeat(alone(20), 5)
    wide = KernelDistance(first, second, groups, alone(400, "g")).measure(resamples=300, confidence=0.95, seed=0)
    narrow = distance(first, second).measure(resamples=300, confidence=0.95, seed=0)
    assert wide.high - wide.low > 1.15 * (narrow.high - narrow.low)
    assert "over groups" in wide.method


def test_divisions_hold_each_image_once_and_keep_groups_together() -> None:
    from assay.evaluation.measure import Units

    groups = np.repeat(alone(9), [1, 2, 3, 1, 2, 3, 1, 2, 3])
    for part in divisions(Units.of(groups), 18, 30, 5, seed=1):
        assert len(part.first) == len(part.second) == len(part.generated) == 8
        assert not set(groups[part.first]) & set(groups[part.second])


def test_a_division_gives_the_distance_of_its_halves() -> None:
    from assay.evaluation.measure import Units

    rng = np.random.default_rng(5)
    first, second = rng.normal(size=(30, 6)), rng.normal(0.5, 1, (20, 6))
    parts = divisions(Units.of(alone(30)), 30, 20, 3, seed=0)
    generated, real = distance(first, second).divided(parts)
    for place, part in enumerate(parts):
        assert real[place] == pytest.approx(distance(first[part.first], first[part.second]).value, abs=1e-4)
        assert generated[place] == pytest.approx(distance(first[part.second], second[part.generated]).value, abs=1e-4)


@pytest.mark.parametrize("images", [0, 1])
def test_without_two_images_there_is_no_number(images: int) -> None:
    rng = np.random.default_rng(6)
    found = distance(rng.normal(size=(images, 3)), rng.normal(size=(9, 3)))
    assert found.measure(resamples=50, confidence=0.95, seed=0).value is None
    assert found.permutation_p(permutations=50, seed=0) is None


def test_five_images_give_an_interval_and_four_say_why_not() -> None:
    rng = np.random.default_rng(7)
    values = rng.normal(size=(30, 3))
    assert distance(values[:5], values).measure(resamples=100, confidence=0.95, seed=0).low is not None
    told = distance(values[:4], values).measure(resamples=100, confidence=0.95, seed=0)
    assert told.low is None
    assert "4 images on one side" in told.method

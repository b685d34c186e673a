import numpy as np
import pytest
from scipy.special import softmax
from scipy.stats import entropy

from assay.evaluation import consistency as module
from assay.evaluation.consistency import consistency
from assay.evaluation.metrics import Sample, families

NAMES = ("nll", "brier", "brier_reliability", "ece_classwise")


def sample_of(those):
    return Sample.from_logits(those.labels, those.logits)


def values_of(sample):
    return {name: value for family in families(sample) for name, value in family.exact().items()}


def test_a_model_whose_probabilities_are_true_is_inside_its_bands(simulate):
    inside, classes = dict.fromkeys(NAMES, 0), []
    for seed in range(40):
        sample = sample_of(simulate(150, 3, seed=seed))
        found, values = consistency(sample, resamples=150, seed=seed), values_of(sample)
        for name in NAMES:
            inside[name] += found.bands[name].holds(values[name])
        classes += [band.holds(value) for band, value in zip(found.classes, values["ece_of_class"], strict=True)]
    assert all(hits >= 34 for hits in inside.values()), inside  # 0.95 of 40, less three standard deviations
    assert 0.88 < np.mean(classes) < 0.99


def test_an_overconfident_model_is_outside(simulate):
    sample = sample_of(simulate(500, 3, overconfidence=2.5))
    found, values = consistency(sample, resamples=200), values_of(sample)
    assert all(values[name] > found.bands[name].high for name in NAMES)


def test_the_middle_is_what_theory_says(simulate):
    those = simulate(300, 4)
    chances = softmax(those.logits.astype(float), axis=1)
    bands = consistency(sample_of(those), resamples=2_000).bands
    assert bands["nll"].mean == pytest.approx(entropy(chances, axis=1).mean(), rel=0.005)
    assert bands["brier"].mean == pytest.approx((1 - (chances**2).sum(axis=1)).mean(), rel=0.005)


def test_two_classes_have_the_same_band(simulate):
    first, second = consistency(sample_of(simulate(100, 2)), resamples=50).classes
    assert (first.low, first.mean, first.high) == pytest.approx((second.low, second.mean, second.high))


def test_the_labels_are_not_looked_at_and_the_seed_decides(simulate, predict):
    those = simulate(50, 3)
    other = predict((those.labels + 1) % 3, those.logits)
    assert consistency(sample_of(those), resamples=20) == consistency(sample_of(other), resamples=20)
    assert consistency(sample_of(those), resamples=20, seed=1) != consistency(sample_of(those), resamples=20)


def test_probability_zero_is_never_drawn(predict):
    logits = np.tile([np.inf, -np.inf, 0.0], (30, 1))
    bands = consistency(sample_of(predict([0] * 30, logits)), resamples=20).bands
    assert bands["nll"].high == bands["brier"].high == bands["ece_classwise"].high == 0


def test_many_probabilities_are_drawn_fewer_times(simulate, monkeypatch):
    monkeypatch.setattr(module, "MOST_LOOKED_AT", 0)
    drawn = []
    labels = module._labels
    monkeypatch.setattr(module, "_labels", lambda *asked: drawn.append(asked[1]) or labels(*asked))
    consistency(sample_of(simulate(50, 3)), resamples=1_000)
    assert drawn == [module.FEWEST_DRAWS]

import numpy as np
import pytest

from assay.evaluation.measure import Units, measure
from assay.evaluation.metrics import Sample, families
from assay.evaluation.reliability import CELLS, reliability


def reliability_of(those, **about):
    sample = Sample.from_logits(those.labels, those.logits)
    metrics = measure(families(sample), Units(sample.n, None, "images"), n=sample.n, resamples=0).metrics
    return reliability(sample, metrics["ece"], metrics["ece_equal_mass"], **about)


def test_a_perfectly_calibrated_model_is_inside_its_band_as_often_as_the_band_says(simulate):
    found = [reliability_of(simulate(500, 4, seed=seed), resamples=300, seed=seed) for seed in range(120)]
    for band, ece in (("band", "ece"), ("band_equal_mass", "ece_equal_mass")):
        inside = sum(getattr(those, band).holds(getattr(those, ece).value) for those in found)
        assert 106 <= inside <= 120  # 0.95 of 120, less three standard deviations
    bars = [bar for those in found for bar in those.bins if bar.n]
    share = np.mean([bar.expected_low <= bar.accuracy <= bar.expected_high for bar in bars])
    assert share > 0.94


def test_an_overconfident_model_is_outside_its_band(simulate):
    found = reliability_of(simulate(500, 4, overconfidence=2))
    assert not found.band.holds(found.ece.value)
    assert found.ece.value > found.band.high


def test_the_band_of_fifty_classes_shrinks_with_the_number_of_images_as_known(simulate):
    """A perfectly calibrated model shows a positive error that falls like one over the root of n."""
    means = [reliability_of(simulate(n, 50), resamples=200).band.mean for n in (100, 10_000)]
    assert means[0] == pytest.approx(10 * means[1], rel=0.25)


def test_images_drawn_in_cells_give_the_band_of_images_drawn_alone(simulate, monkeypatch):
    those = simulate(4 * CELLS, 3)
    cells = reliability_of(those)
    monkeypatch.setattr("assay.evaluation.reliability.CELLS", 100 * CELLS)
    alone = reliability_of(those)
    assert cells.band.mean == pytest.approx(alone.band.mean, rel=0.05)
    assert cells.band.high == pytest.approx(alone.band.high, rel=0.05)


def test_bars_count_every_image_once_and_say_nothing_about_empty_bins(simulate):
    found = reliability_of(simulate(300, 2))
    assert sum(bar.n for bar in found.bins) == sum(bar.n for bar in found.bins_equal_mass) == 300
    assert [bar.n for bar in found.bins[:7]] == [0] * 7  # two classes: the larger probability is at least a half
    assert found.bins[0].accuracy is None
    gaps = sum(bar.n * abs(bar.accuracy - bar.confidence) for bar in found.bins if bar.n) / 300
    assert gaps == pytest.approx(found.ece.value)


@pytest.mark.parametrize("n", [1, 2])
def test_one_hot_confidence_has_a_band_of_no_width(predict, n):
    found = reliability_of(predict([0] * n, np.array([[np.inf, 0, 0]] * n)))
    assert (found.band.low, found.band.high, found.ece.value) == (0, 0, 0)


def test_every_number_of_confidence_has_its_band_when_the_classes_are_named(simulate):
    those = simulate(200, 3, overconfidence=3)
    sample = Sample.from_logits(those.labels, those.logits)
    measured = measure(families(sample), Units(200, None, "images"), n=200, resamples=0)
    named = list(zip(those.class_names, measured.per_class["ece_of_class"], strict=True))
    found = reliability(sample, measured.metrics["ece"], measured.metrics["ece_equal_mass"], classes=named)
    assert set(found.bands) == {"ece_debiased", "ece_classwise", "nll", "brier", "brier_reliability"}
    for name, band in found.bands.items():
        assert measured.metrics[name].value > band.high
    assert [row.name for row in found.classes] == list(those.class_names)
    assert all(row.ece.value > row.band.high for row in found.classes)

import numpy as np
import pytest
import scipy.stats

from assay.evaluation import bootstrap as module
from assay.evaluation.bootstrap import bootstrap, resample_weights
from assay.evaluation.measure import Units, measure
from assay.evaluation.metrics import Sample, families
from assay.evaluation.metrics.confusion import ConfusionMetrics
from assay.evaluation.metrics.likelihood import ProperScores, brier_score


def sample_of(those):
    return Sample.from_logits(those.labels, those.logits, ordered=those.ordered)


def test_each_resample_draws_as_many_units_as_there_are():
    weights = resample_weights(50, range(10, 40), seed=1)
    assert weights.shape == (50, 30)
    np.testing.assert_array_equal(weights.sum(axis=0), 50)
    assert weights.var() == pytest.approx(1 - 1 / 50, abs=0.1)  # of binomial(50, 1/50)


def test_fewer_resamples_are_the_first_of_more_whatever_the_pieces_and_threads(simulate, monkeypatch):
    those = sample_of(simulate(80, 3))
    many = bootstrap(families(those), n=80, resamples=50, seed=4)
    monkeypatch.setattr(module, "WIDTH", 7)
    monkeypatch.setattr(module, "MOST_THREADS", 1)
    few = bootstrap(families(those), n=80, resamples=20, seed=4)
    for name, values in few.items():
        np.testing.assert_allclose(values, many[name][..., :20], rtol=1e-6)


def test_another_seed_gives_other_resamples(simulate):
    those = sample_of(simulate(80, 3))
    first, second = (bootstrap([ConfusionMetrics(those)], n=80, resamples=9, seed=s)["mcc"] for s in (0, 1))
    assert (first != second).any()


def test_the_interval_of_a_mean_is_the_one_of_scipy(simulate):
    those = sample_of(simulate(150, 4))
    found = measure([ProperScores(those)], Units(150, None, "images"), n=150, resamples=5000).metrics["brier"]
    losses = brier_score(those)
    expected = scipy.stats.bootstrap(
        (losses,), np.mean, n_resamples=5000, method="percentile", rng=np.random.default_rng(0)
    ).confidence_interval
    width = expected.high - expected.low
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=0.05 * width)


def test_intervals_hold_the_truth_about_as_often_as_they_say(simulate):
    truth = measure([ConfusionMetrics(sample_of(simulate(400_000, 3, seed=9)))], Units(1, None, "images"), n=400_000)
    held = dict.fromkeys(("accuracy", "macro_f1", "mcc"), 0)
    for seed in range(150):
        family = ConfusionMetrics(sample_of(simulate(200, 3, seed=seed)))
        found = measure([family], Units(200, None, "images"), n=200, resamples=200, seed=seed)
        for name in held:
            low, high = found.metrics[name].low, found.metrics[name].high
            held[name] += low <= truth.metrics[name].value <= high
    assert all(132 <= hits <= 150 for hits in held.values()), held  # 0.95 of 150, less three standard deviations


def test_copies_in_one_group_widen_the_interval_to_that_of_their_number(simulate, predict):
    once = simulate(100, 3)
    four_times = predict(np.repeat(once.labels, 4), np.repeat(once.logits, 4, axis=0), groups=np.repeat(once.ids, 4))
    units = Units.of(four_times.groups)
    assert (units.count, units.word) == (100, "groups")
    sample = sample_of(four_times)
    grouped = measure(families(sample), units, n=400, resamples=400).metrics
    loose = measure(families(sample), Units(400, None, "images"), n=400, resamples=400).metrics
    for name in ("accuracy", "macro_f1", "nll", "roc_auc", "aurc"):
        ratio = (grouped[name].high - grouped[name].low) / (loose[name].high - loose[name].low)
        assert ratio == pytest.approx(2, rel=0.2), name


def test_groups_of_one_image_are_images():
    assert Units.of(np.array(["b", "a", "c"])) == Units(3, None, "images")


def test_cells_leave_the_interval_where_exact_ranks_put_it(simulate, monkeypatch):
    sample = sample_of(simulate(6_000, 2))
    units = Units(6_000, None, "images")
    coarse = measure(families(sample), units, n=6_000, resamples=60).metrics
    monkeypatch.setattr("assay.evaluation.metrics.ordering.Ordering.coarse", lambda ordering, kind, grid=0: ordering)
    exact = measure(families(sample), units, n=6_000, resamples=60).metrics
    for name in ("roc_auc", "pr_auc", "aurc", "augrc"):
        assert coarse[name].value == exact[name].value
        assert (coarse[name].low, coarse[name].high) == pytest.approx((exact[name].low, exact[name].high), abs=1e-4)


def test_memory_does_not_grow_with_the_number_of_resamples(simulate):
    import tracemalloc

    those = sample_of(simulate(5_000, 3))
    chosen = families(those)

    def peak(resamples):
        tracemalloc.start()
        bootstrap(chosen, n=5_000, resamples=resamples)
        top = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return top

    # Two threads work side by side; only many pieces bring their peaks together for certain.
    assert peak(960) < 1.25 * max(peak(160) for _ in range(3))

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from assay.errors import ConfigError, DataError
from assay.postprocess.ood.detector import LinearMap
from assay.postprocess.ood.files import load_rule, save_rule
from assay.postprocess.ood.knn import Knn
from assay.postprocess.ood.mahalanobis import Mahalanobis
from assay.postprocess.ood.methods import panel
from assay.postprocess.ood.quick_checks import QuickChecks
from assay.postprocess.ood.two_stage import DOMAINS, TwoStage, conformal_cut_off
from assay.predictions import Predictions

Make = Callable[..., Predictions]


def changed(predictions: Predictions, name: str, value: float) -> Predictions:
    statistics = predictions.statistics.copy()
    statistics[:, predictions.statistics_names.index(name)] = value
    return replace(predictions, statistics=statistics)


@pytest.fixture(scope="module")
def rule(drawn: Make) -> TwoStage:
    return TwoStage(Mahalanobis(), QuickChecks()).fit(drawn("train", 1000), drawn("calib", 500))


def with_watched(predictions: Predictions) -> Predictions:
    """The same with a statistic that drift alone is measured in."""
    noise = np.random.default_rng(0).uniform(0, 1e6, (len(predictions), 1)).astype(np.float32)
    values = np.hstack([noise, predictions.statistics])
    return replace(predictions, statistics=values, statistics_names=("noise", *predictions.statistics_names))


def test_statistics_that_are_watched_alone_have_no_limits_and_those_of_before_go_on(drawn: Make) -> None:
    checks = QuickChecks().fit(with_watched(drawn("train")))
    assert checks.names_ == drawn("train").statistics_names
    test = changed(drawn("test", 3), "brightness", 250)
    both = [checks.violations(each.statistics, each.statistics_names) for each in (test, with_watched(test))]
    assert (both[0] == both[1]).all()
    more = with_watched(test)
    (reason, *_) = checks.reasons(more.statistics[0], more.statistics_names, both[1][0])
    assert reason.startswith("brightness 250 is above")


def test_the_wanted_rates_are_kept_on_new_in_domain_images(drawn: Make) -> None:
    sent = np.zeros(2)
    for seed in range(40):
        rule = TwoStage(Knn(5), QuickChecks(), unsure_rate=0.1, out_rate=0.04)
        rule.fit(drawn("train", 200, seed=seed), drawn("calib", 100, seed=seed))
        domain = rule.judge(drawn("test", 100, seed=seed)).domain
        sent += [(domain > 0).sum(), (domain > 1).sum()]
    # The share of one split varies with its calib images too: beta-binomial, about twice the binomial's variance.
    for found, rate in zip(sent, (0.1, 0.04), strict=True):
        assert binom.ppf(1e-4, 4000, rate) * 0.6 < found < binom.ppf(1 - 1e-4, 4000, rate) * 1.15


@given(st.lists(st.integers(0, 9), min_size=1, max_size=60), st.sampled_from([0.01, 0.05, 0.2, 0.5]))
def test_no_more_than_the_rate_of_a_sample_and_a_new_score_lies_above_the_cut_off(
    scores: list[int], rate: float
) -> None:
    """Every score of a sample of n + 1 is the new one once: at most a share `rate` of them is above."""
    values = np.array([*scores, 5], dtype=float)
    above = [values[i] > conformal_cut_off(np.delete(values, i), rate) for i in range(len(values))]
    assert sum(above) <= rate * len(values) + 1e-9


def test_each_violated_check_is_named_with_value_and_limit(rule: TwoStage, drawn: Make) -> None:
    pictures = changed(changed(drawn("test", 3), "sharpness", 0.1), "brightness", 250)
    found = rule.judge(pictures)
    assert [DOMAINS[k] for k in found.domain] == ["out"] * 3
    assert "sharpness 0.1 is below" in found.reasons[0]
    assert "brightness 250 is above" in found.reasons[0]
    assert "0.1% of the 1,000 training images" in found.reasons[0]


def test_limits_are_quantiles_of_the_training_images_moved_outwards(drawn: Make) -> None:
    train = drawn("train", 500)
    checks = QuickChecks(share=0.1, margin=0.5, tolerance=0.0).fit(train)
    low, median, high = np.percentile(train.statistics[:, 3].astype(float), [10, 50, 90])
    np.testing.assert_allclose(checks.limits_[3], [low - (median - low) / 2, high + (high - median) / 2])


def test_a_statistic_that_never_varies_may_vary_by_the_tolerance(drawn: Make) -> None:
    checks = QuickChecks(tolerance=0.02).fit(drawn("train"))
    for side, expected in ((300, 0), (305, 0), (307, 1), (293, -1)):
        test = changed(drawn("test", 1), "shorter_side", side)
        assert checks.violations(test.statistics, test.statistics_names)[0, 0] == expected


def test_far_pictures_are_out_near_ones_in_domain_and_the_reason_names_the_cut_off(rule: TwoStage, drawn: Make) -> None:
    far, near = rule.judge(drawn("ood", shift=8.0)), rule.judge(drawn("test"))
    assert (far.domain == 2).mean() > 0.95
    assert (near.domain == 0).mean() > 0.85
    assert far.reasons[0].startswith("mahalanobis score ")
    assert {bool(reason) for reason, k in zip(near.reasons, near.domain, strict=True) if k == 0} == {False}


def test_five_calib_images_say_what_they_cannot_promise(drawn: Make) -> None:
    rule = TwoStage(Knn(5), unsure_rate=0.2, out_rate=0.01).fit(drawn("train"), drawn("calib", 5))
    assert np.isfinite(rule.cut_offs_[0])
    assert rule.cut_offs_[1] == np.inf
    assert any(
        "5 calib images cannot place a cut-off for 1.0%" in note and "99 are needed" in note for note in rule.notes_
    )
    assert (rule.judge(drawn("ood", shift=20.0)).domain == 1).all()


def test_checks_that_send_too_many_away_are_told_of(drawn: Make) -> None:
    calib = changed(drawn("calib", 200), "sharpness", 0.01)
    rule = TwoStage(Knn(5), QuickChecks()).fit(drawn("train"), calib)
    assert any("The quick checks alone send 200 of 200" in note for note in rule.notes_)


def test_wrong_splits_and_missing_values_are_refused(rule: TwoStage, drawn: Make) -> None:
    with pytest.raises(DataError, match="cut-offs may not be placed with the split 'train'"):
        TwoStage(Knn()).fit(drawn("train"), drawn("train"))
    with pytest.raises(DataError, match="calib, which is empty"):
        TwoStage(Knn()).fit(drawn("train"), drawn("calib", 0))
    with pytest.raises(DataError, match="may not be fitted on the split 'test'"):
        QuickChecks().fit(drawn("test"))
    with pytest.raises(DataError, match=r"not measured for every picture \(entropy\)"):
        rule.judge(changed(drawn("test", 2), "entropy", np.nan))
    with pytest.raises(DataError, match="cannot judge no statistics"):
        rule.judge(replace(drawn("test", 2), statistics=None, statistics_names=()))
    with pytest.raises(ConfigError, match=r"out_rate=0\.2 must not be above"):
        TwoStage(Knn(), out_rate=0.2)
    with pytest.raises(DataError, match="never fitted"):
        TwoStage(Knn()).judge(drawn("test"))


def test_no_ood_images_is_no_error(rule: TwoStage, drawn: Make) -> None:
    assert rule.judge(drawn("ood", 0)).reasons == ()


@pytest.mark.parametrize("name", list(panel()))
def test_a_saved_rule_judges_the_same(name: str, drawn: Make, head: LinearMap, tmp_path: Path) -> None:
    rule = TwoStage(panel()[name], QuickChecks(), out_rate=0.001).fit(drawn("train"), drawn("calib", 50), head=head)
    save_rule(rule, tmp_path / "ood.safetensors")
    restored = load_rule(tmp_path / "ood.safetensors")
    test = changed(drawn("test"), "entropy", 5.9)
    before, after = rule.judge(test), restored.judge(test)
    assert np.array_equal(before.score, after.score)
    assert before.reasons == after.reasons
    assert restored.notes_ == rule.notes_


def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "ood.safetensors").write_bytes(b"not one")
    with pytest.raises(DataError, match="cannot be read as an OOD rule"):
        load_rule(tmp_path / "ood.safetensors")

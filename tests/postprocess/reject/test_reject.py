import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from assay.errors import DataError
from assay.postprocess.reject import CoverageRule, NoReject, RiskRule, reject_rule_from_state
from assay.postprocess.reject.risk import images_without_error, upper_bound
from assay.postprocess.softmax import softmax


def fitted(rule, predictions):
    return rule.fit(predictions, softmax(predictions.logits))


@pytest.fixture
def choose():
    def choose(rule, confidence, wrong):
        return rule.choose(np.asarray(confidence, dtype=np.float64), np.asarray(wrong, dtype=bool))

    return choose


@pytest.mark.parametrize(("risk", "needed"), [(0.01, 299), (0.02, 149), (0.05, 59)])
def test_error_free_images_behind_a_claim_are_those_of_the_textbook(risk, needed):
    assert images_without_error(risk, 0.05) == needed


@pytest.mark.parametrize(("errors", "n"), [(0, 59), (1, 20), (7, 100), (99, 100), (20, 20)])
def test_upper_bound_is_where_so_few_errors_become_unlikely(errors, n):
    bound = upper_bound(errors, n, 0.05)
    assert bound == 1 if errors == n else math.isclose(binom.cdf(errors, n, bound), 0.05, rel_tol=1e-9)


@given(
    st.lists(st.sampled_from([0.5, 0.6, 0.7, 0.8, 0.9, 1.0]), min_size=1, max_size=40),
    st.floats(0.01, 1),
)
def test_coverage_rule_takes_the_highest_threshold_that_answers_enough(confidence, coverage):
    values = np.array(confidence)
    threshold = CoverageRule(coverage=coverage).choose(values, np.zeros(len(values), dtype=bool))
    enough = [t for t in np.unique(values) if (values >= t).sum() >= coverage * len(values) - 1e-9]
    assert threshold == max(enough)


def test_coverage_holds_on_new_images(simulate):
    rule = fitted(CoverageRule(coverage=0.8), simulate(2000, 4, split="calib", seed=1))
    new = softmax(simulate(20_000, 4, seed=2).logits)
    assert 1 - rule.rejects(new, new).mean() == pytest.approx(0.8, abs=4 * math.sqrt(0.16 / 2000))


def test_one_confidence_for_all_answers_all_and_says_so(choose):
    rule = CoverageRule(coverage=0.5)
    assert choose(rule, [0.9] * 200, [False] * 200) == 0.9
    assert any("share one confidence" in note for note in rule.notes_)


@pytest.mark.slow
def test_risk_rule_breaks_its_promise_no_more_often_than_it_says(simulate):
    """Over many held-out samples the true risk above the threshold exceeds the bound in at most 1 - confidence."""
    world = simulate(100_000, 3, seed=9, sharpness=3.0)
    probabilities = softmax(world.logits)
    confidence, wrong = probabilities.max(axis=1), probabilities.argmax(axis=1) != world.labels
    order = np.argsort(-confidence)
    risk_down_to = np.cumsum(wrong[order]) / np.arange(1, len(order) + 1)
    rng = np.random.default_rng(0)
    broken = given_at_all = 0
    for _ in range(400):
        drawn = rng.choice(len(confidence), 300, replace=False)
        rule = RiskRule(risk=0.08, confidence=0.9)
        threshold = rule.choose(confidence[drawn], wrong[drawn])
        if threshold is not None:
            given_at_all += 1
            broken += risk_down_to[(confidence[order] >= threshold).sum() - 1] > 0.08
    assert given_at_all > 200
    assert broken <= binom.ppf(0.999, 400, 0.1)


def test_risk_rule_answers_what_it_can_guarantee(choose):
    confidence = np.linspace(1, 0.3, 400)
    wrong = confidence < 0.6
    rule = RiskRule(risk=0.05, confidence=0.95)
    threshold = choose(rule, confidence, wrong)
    answered = confidence >= threshold
    level = 0.05 / math.ceil(math.log2(400))
    assert binom.cdf(wrong[answered].sum(), answered.sum(), 0.05) <= level
    assert answered.sum() > 200
    assert rule.notes_ == ()


def test_too_few_images_withhold_everything_and_say_how_many_are_missing(choose):
    rule = RiskRule(risk=0.01)
    assert choose(rule, np.linspace(0.9, 1, 100), np.zeros(100)) is None
    level = 0.05 / math.ceil(math.log2(100))
    needed = math.ceil(math.log(level) / math.log(0.99))
    assert f"it takes {needed} held-out images, and there are 100; {needed - 100} are missing" in rule.notes_[0]
    rule.threshold_ = None
    assert rule.rejects(*[np.array([[1.0, 0.0]])] * 2).all()


def test_a_model_that_is_wrong_too_often_is_told_that_images_will_not_help(choose):
    rule = RiskRule(risk=0.05)
    assert choose(rule, np.linspace(1, 0.5, 1000), np.arange(1000) % 5 == 0) is None
    assert "more images would not change that" in rule.notes_[0]


def test_missing_images_are_those_that_the_observed_error_rate_asks_for(choose):
    wrong = np.arange(300) % 25 == 24
    rule = RiskRule(risk=0.05)
    assert choose(rule, np.linspace(1, 0.5, 300), wrong) is None
    needed, accepted = (int(rule.notes_[0].split(before)[1].split()[0]) for before in ("it takes about ", "among the "))
    rate = wrong[:accepted].mean()
    level = 0.05 / math.ceil(math.log2(300))
    enough = needed * accepted / 300
    assert binom.cdf(math.ceil(rate * enough), math.ceil(enough), 0.05) <= level * 1.1
    assert binom.cdf(math.ceil(rate * enough * 0.8), math.ceil(enough * 0.8), 0.05) > level


@pytest.mark.parametrize("rule", [NoReject(), CoverageRule(coverage=0.7), RiskRule(risk=0.3)], ids=lambda r: r.method)
def test_state_goes_through_json_and_rejects_alike(rule, simulate):
    fitted(rule, simulate(300, 3, split="calib"))
    again = reject_rule_from_state(json.loads(json.dumps(rule.state())))
    new = softmax(simulate(500, 3, seed=5).logits)
    assert (again.rejects(new, new) == rule.rejects(new, new)).all()
    assert again.state() == rule.state()


@pytest.mark.parametrize("split", ["train", "test"])
def test_reject_rules_refuse_other_splits(split, simulate):
    with pytest.raises(DataError, match="may not be fitted on the split"):
        fitted(CoverageRule(), simulate(10, 2, split=split))


def test_five_images_give_a_threshold_and_a_warning(simulate):
    rule = fitted(CoverageRule(coverage=0.9), simulate(5, 2, split="calib"))
    assert "on only 5 images" in rule.notes_[0]


def test_certain_answers_are_never_nan(predict):
    logits = np.array([[np.inf, 0.0], [0.0, np.inf], [np.inf, -np.inf]])
    rule = fitted(CoverageRule(), predict([0, 1, 1], logits, split="calib"))
    assert rule.threshold_ == 1.0
    assert not rule.rejects(softmax(logits), softmax(logits)).any()


def test_unknown_method_and_unfitted_rule_are_refused():
    with pytest.raises(DataError, match="did you mean coverage"):
        reject_rule_from_state({"method": "coverag"})
    with pytest.raises(DataError, match="never fitted"):
        CoverageRule().rejects(*[np.array([[1.0, 0.0]])] * 2)

"""Rates at thresholds by arm and key, with the intervals of others."""

import numpy as np
import pytest
from statsmodels.stats.proportion import proportion_confint

from assay.monitoring.estimate.operating_point import AnsweredPictures, operating_rates

DOMAIN = np.array(["in-domain", "unsure", "out"])


def _answers(n: int, keys: np.ndarray) -> AnsweredPictures:
    rng = np.random.default_rng(0)
    confidence, generated = rng.uniform(0.4, 1, n), rng.uniform(size=n)
    return AnsweredPictures(
        confidence, confidence < 0.62, DOMAIN[rng.choice(3, n, p=[0.8, 0.15, 0.05])], keys,
        np.where(np.arange(n) % 4, "champion", "challenger"), generated, generated > 0.55,
    )  # fmt: skip


def test_a_rate_over_keys_that_sent_one_picture_each_is_wilsons_share() -> None:
    answers = _answers(400, np.arange(400))
    (rate,) = [
        each.rate for each in operating_rates(answers, names={})
        if (each.what, each.arm, each.key, each.threshold) == ("reject rate", "all", "all", None)
    ]  # fmt: skip
    expected = proportion_confint(int(answers.rejected.sum()), 400, method="wilson")
    assert rate.value == answers.rejected.mean()
    assert (rate.low, rate.high) == pytest.approx(expected, abs=0.001)


def test_reviewed_real_pictures_alone_say_how_often_one_is_accused_at_each_threshold() -> None:
    answers = _answers(300, np.arange(300) % 30)
    real = np.arange(300) % 3 == 0
    rates = operating_rates(answers, names={}, reviewed_real=real, thresholds=(0.5, 0.9))
    by_threshold = {
        each.threshold: each.rate for each in rates if each.what == "false alarms" and each.arm == each.key == "all"
    }
    assert set(by_threshold) == {None, 0.5, 0.9}
    assert by_threshold[None].value == answers.accused[real].mean()  # type: ignore[index]
    assert by_threshold[0.9].value == (answers.generated[real] >= 0.9).mean()  # type: ignore[index, operator]
    assert {rate.n for rate in by_threshold.values()} == {100}


def test_a_key_that_sent_many_pictures_is_one_key_and_is_shown_by_its_name() -> None:
    keys = np.where(np.arange(500) < 200, 0, np.arange(500))
    answers = _answers(500, keys)
    rejected = np.where(keys == 0, True, answers.rejected)
    rates = operating_rates(
        AnsweredPictures(answers.confidence, rejected, answers.domain, keys, answers.arms), names={0: "shop"}
    )
    named = {each.key: each.rate for each in rates if each.what == "reject rate" and each.threshold is None}
    assert named["shop"].value == 1.0
    assert named["shop"].low == pytest.approx(proportion_confint(200, 200, method="wilson")[0], abs=1e-9)
    all_of_them = named["all"]
    plain = proportion_confint(int(rejected.sum()), 500, method="wilson")
    assert all_of_them.high - all_of_them.low > 2 * (plain[1] - plain[0])
    assert {each.arm for each in rates} == {"all", "champion", "challenger"}


def test_a_model_without_a_class_of_generated_ones_accuses_nobody() -> None:
    answers = _answers(50, np.arange(50))
    plain = AnsweredPictures(answers.confidence, answers.rejected, answers.domain, answers.keys, answers.arms)
    assert {each.what for each in operating_rates(plain, names={})} == {"reject rate", "unsure", "out of domain"}

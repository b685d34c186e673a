"""Where the level of a series changes, and how seldom chance makes one."""

import numpy as np

from assay.monitoring.estimate.change_points import change_points


def test_two_planted_changes_are_found_where_they_are() -> None:
    level = np.repeat([0.90, 0.84, 0.88], [10, 8, 12])
    values = level + np.random.default_rng(0).normal(size=30) * 0.008
    found = change_points(values, np.full(30, 0.008))
    assert [each.at for each in found] == [10, 18]
    assert abs(found[0].before - 0.90) < 0.01
    assert abs(found[0].after - 0.84) < 0.01
    assert all(each.p < 0.05 for each in found)


def test_a_series_without_a_change_is_said_to_have_one_at_the_level_that_was_asked_for() -> None:
    rng = np.random.default_rng(1)
    errors = rng.uniform(0.01, 0.05, 12)
    wrong = sum(bool(change_points(rng.normal(size=12) * errors, errors)) for _ in range(300))
    assert wrong <= 300 * 0.05 + 2.5 * (300 * 0.05 * 0.95) ** 0.5


def test_the_same_series_gives_the_same_answer_and_a_short_one_none() -> None:
    values, errors = [0.9, 0.9, 0.5, 0.5], [0.02] * 4
    assert change_points(values, errors) == change_points(values, errors)
    assert [each.at for each in change_points(values, errors)] == [2]
    assert change_points([0.9], [0.01]) == ()

"""Row weights: some rows of a class are drawn more often; without weights nothing changes."""

from __future__ import annotations

import numpy as np
import pytest

from assay.data.sampler.effective_number import EffectiveNumber
from assay.data.sampler.row_weights import RowWeights, with_row_weights
from assay.data.sampler.shuffle import Shuffle
from assay.data.sampler.weighted import Weighted
from assay.errors import DataError

LABELS = np.repeat([0, 1], [60, 20])
WEIGHTS = np.concatenate([np.repeat([2.0, 0.5], 30), np.repeat([1.0, 3.0], 10)])


def drawn(sampler: RowWeights, epochs: int = 400) -> np.ndarray:
    return sampler.draws(epochs) / epochs


def test_rows_are_drawn_in_proportion_to_their_weights_and_move_classes_where_the_sampler_leaves_them_as_they_are():
    sampler = RowWeights(Shuffle(LABELS, seed=3), WEIGHTS)
    rates = drawn(sampler)
    assert rates.sum() == pytest.approx(80)
    assert rates == pytest.approx(80 * WEIGHTS / WEIGHTS.sum(), abs=0.1)
    assert sampler.expected_counts() == pytest.approx([80 * 75 / 115, 80 * 40 / 115])


def test_classes_keep_the_shares_that_a_sampler_gives_them():
    sampler = RowWeights(Weighted(LABELS, seed=3), WEIGHTS)
    rates = drawn(sampler)
    assert [rates[label == LABELS].sum() for label in (0, 1)] == pytest.approx([40, 40], abs=0.6)
    assert rates[:30].mean() / rates[30:60].mean() == pytest.approx(4, rel=0.05)
    assert rates[70:].mean() / rates[60:70].mean() == pytest.approx(3, rel=0.05)


def test_before_deferred_balancing_begins_classes_are_as_they_are_and_rows_weigh_already():
    sampler = RowWeights(EffectiveNumber(LABELS, start_epoch=200, seed=1), WEIGHTS)
    rates = drawn(sampler, 200)
    assert rates[LABELS == 1].sum() == pytest.approx(20, abs=0.6)
    assert rates[70:].mean() / rates[60:70].mean() == pytest.approx(3, rel=0.05)
    assert (
        sampler.order(7).tolist()
        == RowWeights(EffectiveNumber(LABELS, start_epoch=200, seed=1), WEIGHTS).order(7).tolist()
    )


def test_rows_that_all_weigh_the_same_leave_the_sampler_as_it_was_and_bad_weights_are_refused():
    plain = Shuffle(LABELS)
    assert with_row_weights(plain, np.ones(80)) is plain
    assert isinstance(with_row_weights(plain, WEIGHTS), RowWeights)
    for bad in (WEIGHTS[:3], np.zeros(80), np.full(80, np.nan)):
        with pytest.raises(DataError, match="one weight above zero per row"):
            RowWeights(plain, bad)

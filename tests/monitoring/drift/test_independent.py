"""What counts as one source: keys where there are many, stretches of what few send, which do not cry wolf."""

from __future__ import annotations

import numpy as np
import pytest
from tests.monitoring.drift.worlds import COMPONENTS, a_profile, a_window

from assay.monitoring.drift.independent import stretches, with_sources
from assay.monitoring.drift.measure import measure_drift
from assay.monitoring.drift.settings import DriftSettings


def test_a_stream_is_cut_in_the_order_of_time_into_equal_parts_of_one_key_each() -> None:
    minutes = np.array([5, 1, 4, 0, 3, 2] * 40) + 60 * np.repeat(np.arange(40), 6)
    times = np.datetime64("2026-03-02T00:00", "ms") + minutes * np.timedelta64(1, "m")
    block = np.tile([0, 0, 0, 1, 1, 1], 40)
    numbers = stretches(block, times)
    for number in np.unique(numbers):
        rows = numbers == number
        assert len(set(block[rows])) == 1
        others = (block == block[rows][0]) & ~rows
        assert not ((times[others] > times[rows].min()) & (times[others] < times[rows].max())).any()
    assert set(np.unique(numbers, return_counts=True)[1]) == {10}


def test_many_keys_are_sources_as_they_are() -> None:
    window = a_window(320, block=np.arange(320) % 16)
    assert with_sources(window, "auto") == (window, "keys")
    assert with_sources(a_window(320, block=np.arange(320) % 15), "auto")[1] == "stretches"


def a_series(n: int, seed: int, length: int) -> np.ndarray:
    """Embeddings of n pictures in series, of which all in one are near one picture drawn at random."""
    rng = np.random.default_rng([seed, 400])
    shared = np.repeat(rng.standard_normal((-(-n // length), COMPONENTS)), length, axis=0)[:n]
    return np.sqrt(0.9) * shared + np.sqrt(0.1) * rng.standard_normal((n, COMPONENTS))


@pytest.mark.slow
def test_series_of_one_key_do_not_cry_wolf() -> None:
    profile, windows, level = a_profile(), 60, 0.05
    settings = DriftSettings(resamples=0, draws=999)
    stretched = alone = 0
    for seed in range(windows):
        state = a_series(480, seed, 8)
        one = a_window(480, seed, block=np.zeros(480, dtype=int), state=state)
        stretched += measure_drift(profile, one, settings).verdict == "drift"
        alone += measure_drift(profile, a_window(480, seed, state=state), settings).verdict == "drift"
    # Two standard errors above the level; taken as a draw each, such pictures alarm far more often.
    assert stretched <= windows * level + 2 * np.sqrt(windows * level * (1 - level))
    assert alone > 3 * max(1, stretched)

"""The interval that holds at every look: held against a closed form, and against simulations that peek."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.special import betaln
from scipy.stats import binom, norm

from assay.comparison.always_valid import always_valid_interval, values_needed

LOOKS = sorted({round(10 * 1.25**k) for k in range(18)})
RUNS = 100


def closed_form(hits: int, misses: int, confidence: float) -> tuple[float, float]:
    """Of coins: the capital of all bets with arcsine weights is Krichevsky and Trofimov's (1981)."""
    gained = betaln(hits + 0.5, misses + 0.5) - betaln(0.5, 0.5)

    def excess(mean: float) -> float:
        return float(gained - hits * math.log(mean) - misses * math.log(1 - mean) + math.log(1 - confidence))

    share = hits / (hits + misses)
    return (
        0.0 if hits == 0 else brentq(excess, 1e-12, share if misses else 1 - 1e-12),
        1.0 if misses == 0 else brentq(excess, share if hits else 1e-12, 1 - 1e-12),
    )


@pytest.mark.parametrize("counts", [(7, 3), (0, 12), (31, 0), (120, 280), (1, 1)])
@pytest.mark.parametrize("confidence", [0.9, 0.975])
def test_of_coins_it_is_krichevsky_and_trofimovs(counts, confidence):
    hits, misses = counts
    interval = always_valid_interval([1.0] * hits + [0.0] * misses, 0, 1, confidence=confidence)
    assert interval == pytest.approx(closed_form(hits, misses, confidence), abs=2e-4)


def differences(rng: np.random.Generator, n: int) -> np.ndarray:
    """Right or wrong of one model minus that of another, both equally good."""
    return rng.choice([-1.0, 0.0, 1.0], size=n, p=[0.15, 0.7, 0.15])


def shares(rng: np.random.Generator, n: int) -> np.ndarray:
    """Shares of clients, most near 0 or 1, with the mean 0.25, moved to -0.25 … 0.75."""
    return rng.beta(0.2, 0.6, size=n) - 0.25


@pytest.mark.parametrize(("draw", "ends"), [(differences, (-1, 1)), (shares, (-0.25, 0.75))])
def test_who_looks_18_times_is_misled_as_seldom_as_it_says_and_by_a_fixed_interval_far_more_often(draw, ends):
    misled, misled_by_fixed = 0, 0
    for seed in range(RUNS):
        values = draw(np.random.default_rng(seed), LOOKS[-1])
        kept = [always_valid_interval(values[:n], *ends) for n in LOOKS]
        misled += any(low > 0 or high < 0 for low, high in kept)
        half = [norm.ppf(0.975) * values[:n].std(ddof=1) / math.sqrt(n) for n in LOOKS]
        misled_by_fixed += any(abs(values[:n].mean()) > reach for n, reach in zip(LOOKS, half, strict=True))
    assert misled <= binom.ppf(0.999, RUNS, 0.05)
    assert misled_by_fixed > binom.ppf(0.999, RUNS, 0.05), "the same looks at an interval for one look"


def test_the_order_of_the_values_does_not_matter_and_more_of_them_say_more():
    rng = np.random.default_rng(4)
    values = differences(rng, 400)
    interval = always_valid_interval(values, -1, 1)
    assert always_valid_interval(rng.permutation(values), -1, 1) == pytest.approx(interval)
    assert always_valid_interval(np.tile(values, 3), -1, 1) == pytest.approx(
        always_valid_interval(values, -1, 1, n=1200), abs=1e-6
    )
    low, high = always_valid_interval(values, -1, 1, n=1200)
    assert interval[0] < low < values.mean() < high < interval[1]


def test_nothing_is_known_without_values():
    assert always_valid_interval([], -1, 1) == (-1, 1)


def test_the_number_that_is_still_needed_is_the_least_that_does():
    assert values_needed(lambda n: n >= 137, 20) == 137
    assert values_needed(lambda n: True, 20) == 20
    assert values_needed(lambda n: False, 20) is None
    assert values_needed(lambda n: True, 0) is None
    values = [1.0] * 30 + [0.0] * 60 + [-1.0] * 10

    def narrow(n: int) -> bool:
        low, high = always_valid_interval(values, -1, 1, n=n)
        return high - low <= 0.1

    needed = values_needed(narrow, len(values))
    assert needed is not None
    assert narrow(needed)
    assert not narrow(needed - 1)

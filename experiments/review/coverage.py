"""How often the intervals of kappa and alpha hold the truth: reviewers whose errors are known, many samples.

    python experiments/review/coverage.py [SAMPLES]

For each balance of classes and number of items it prints the share of 95 % intervals that hold the coefficient of the
whole population. Some two minutes with 1,000 samples.
"""

from __future__ import annotations

import sys

import numpy as np

from assay.evaluation.intervals import percentile_interval
from assay.review.agreement.coefficients import alphas, kappas

BALANCES = ((0.5, 0.5), (0.8, 0.2), (0.5, 0.3, 0.2))
ITEMS = (50, 100, 200, 400)
ERRORS = (0.1, 0.2)
RESAMPLES = 600


def population(balance: tuple[float, ...]) -> np.ndarray:
    """Shares of what both reviewers choose, float64 [C, C]; whoever errs takes any other class alike."""
    classes = len(balance)
    chosen = [np.full((classes, classes), e / (classes - 1)) for e in ERRORS]
    for table, error in zip(chosen, ERRORS, strict=True):
        np.fill_diagonal(table, 1 - error)
    return np.einsum("t,ta,tb->ab", np.array(balance), *chosen)


def main(samples: int) -> None:
    draw = np.random.default_rng(0)
    for balance in BALANCES:
        cells = population(balance)
        large = cells * 1e9
        kinds = {"kappa": (kappas, lambda t: t), "alpha": (alphas, lambda t: t + np.swapaxes(t, -1, -2))}
        for items in ITEMS:
            line = [f"{'/'.join(map(str, balance)):<12} n {items:>3}"]
            for name, (value_of, table_of) in kinds.items():
                truth, held = float(value_of(table_of(large))), 0
                for _ in range(samples):
                    counts = draw.multinomial(items, cells.ravel())
                    again = draw.multinomial(items, counts / items, size=RESAMPLES)
                    shape = (-1, *cells.shape)
                    values = value_of(table_of(again.reshape(shape).astype(float)))
                    low, high = percentile_interval(values) or (truth, truth)
                    held += low <= truth <= high
                line.append(f"{name} {truth:.3f}: {held / samples:.3f}")
            sys.stdout.write("   ".join(line) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)

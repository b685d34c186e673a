"""How often the gate promotes what is not better, and how often it promotes what is.

python experiments/gate_simulations/run.py [--studies 1000] [--processes 2] [--rows bare superior …]

Every pair is simulated, so the truth is known. Prints the table of the README.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial

import numpy as np
from scipy import stats

from assay.comparison.hypotheses import sample_of
from assay.comparison.one_sided import gains
from assay.comparison.resampling import replicates
from assay.evaluation.measure import Units
from assay.evaluation.metrics import MetricFamily, Sample
from assay.evaluation.metrics.confusion import ConfusionMetrics
from assay.gate.alpha_spending import alpha_at
from assay.gate.champion_check import established
from assay.predictions import Predictions

IMAGES, TRIED = 656, 10
RARE = 205 / 656  # share of defective cells in the test split of elpv_binary
ACCURACY, ALIKE = 0.85, 0.8
ALPHA, MARGIN, GAIN = 0.05, 0.03, 0.02
SCREEN, WRONG = 2000, 1e-6
"""Swaps that show whether more are worth while, and how often they may wrongly say that they are not."""


def models(number: int, accuracies: Sequence[float]) -> list[Predictions]:
    """Models that answer about the same images, with these true accuracies; what is hard for one is hard for others.

    Args:
        number: of the study.
        accuracies: of each model, in either class.
    """
    rng = np.random.default_rng([7, number])
    labels = (rng.random(IMAGES) < RARE).astype(np.int64)
    shared = rng.normal(size=IMAGES)
    ids = np.array([f"{row:05d}" for row in range(IMAGES)])
    found = []
    for accuracy in accuracies:
        hard = np.sqrt(ALIKE) * shared + np.sqrt(1 - ALIKE) * rng.normal(size=IMAGES)
        said = np.where(hard < stats.norm.ppf(accuracy), labels, 1 - labels)
        logits = (np.eye(2)[said] * rng.uniform(0.5, 4, size=(IMAGES, 1))).astype(np.float32)
        found.append(Predictions(ids, ids, "test", labels, ("fine", "rare"), logits, calibrated=True))
    return found


def counted_metrics(sample: Sample) -> list[MetricFamily]:
    """The metrics that these studies look at, without the costlier ones."""
    return [ConfusionMetrics(sample)]


def value(one: Predictions, metric: str) -> float:
    """The metric on these images."""
    return float(ConfusionMetrics(sample_of(one)).exact()[metric])


def hopeless(before: Predictions, after: Predictions, metric: str, level: float) -> bool:
    """Whether p is surely above the level: by the exact test of accuracy itself, by fewer swaps for others.

    The rule is not changed by it, but for a chance of `WRONG` that a p at the level gives so many large swaps.
    """
    if metric == "accuracy":
        first, second = (sample_of(one).correct for one in (before, after))
        won, lost = int((second & ~first).sum()), int((first & ~second).sum())
        return float(stats.binom.sf(won - 1, won + lost, 0.5)) > level
    key = (metric, None)
    pairs, units = [(sample_of(before), sample_of(after))], Units.of(before.groups)
    few = replicates(pairs, units, counted_metrics, [key], resamples=0, swaps=SCREEN)
    large = int((few.swapped[key] >= few.observed[key] - 1e-9).sum())
    return float(stats.binom.sf(large - 1, SCREEN, level)) < WRONG


def superior(before: Predictions, after: Predictions, metric: str, level: float) -> bool:
    """Whether the check Superior would say so, without the work where a few swaps show that it will not."""
    if value(after, metric) <= value(before, metric):
        return False
    if hopeless(before, after, metric, level):
        return False
    return established(gains(before, after, [metric], level=level, families=counted_metrics)[0], level)


def bare(number: int, *, metric: str, tried: int) -> bool:
    """Whether the best of equally good challengers has a better value than the champion."""
    champion, *others = models(number, [ACCURACY] * (1 + tried))
    return max(value(one, metric) for one in others) > value(champion, metric)


def best(number: int, *, metric: str, tried: int, counted: bool = True) -> bool:
    """Whether the best by value of equally good challengers is promoted, handed in after all were measured."""
    champion, *others = models(number, [ACCURACY] * (1 + tried))
    place = int(np.argmax([value(one, metric) for one in others]))
    return superior(champion, others[place], metric, alpha_at(ALPHA, place + 1) if counted else ALPHA)


def in_turn(number: int, *, metric: str, tried: int, counted: bool = True) -> bool:
    """Whether any of equally good challengers is promoted, handed in one after the other."""
    champion, *others = models(number, [ACCURACY] * (1 + tried))
    levels = [alpha_at(ALPHA, place + 1) if counted else ALPHA for place in range(tried)]
    return any(superior(champion, one, metric, level) for one, level in zip(others, levels, strict=True))


def better(number: int, *, metric: str, place: int, gain: float = GAIN) -> bool:
    """Whether a challenger at this place that is truly better is promoted."""
    champion, other = models(number, [ACCURACY, ACCURACY + gain])
    return superior(champion, other, metric, alpha_at(ALPHA, place))


def not_worse(number: int, *, metric: str, place: int, loss: float) -> bool:
    """Whether a challenger at this place that truly loses so much passes as non-inferior."""
    champion, other = models(number, [ACCURACY, ACCURACY - loss])
    level = alpha_at(ALPHA, place)
    low = gains(champion, other, [metric], level=level, families=counted_metrics)[0].gain.low
    return low is not None and low > -MARGIN


def share(name: str, study: Callable[[int], bool], studies: int, processes: int, told: str) -> None:
    """Run the studies and print one row: how many, of how many, with the exact interval."""
    with ProcessPoolExecutor(processes) as pool:
        hits = sum(pool.map(study, range(studies), chunksize=max(1, studies // (8 * processes))))
    low, high = stats.binomtest(hits, studies).proportion_ci(0.95, method="exact")
    print(f"| {name} | {hits} of {studies} | {hits / studies:.3f} [{low:.3f}, {high:.3f}] | {told} |", flush=True)


def rows(metric: str) -> dict[str, tuple[str, Callable[[int], bool], str]]:
    """Name -> what is simulated, a study of it, and what is promised."""
    m = {"metric": metric}
    return {
        "bare": ("equal, better by value", partial(bare, **m, tried=1), "nothing"),
        "bare_best": ("best of 10 equals, better by value", partial(bare, **m, tried=TRIED), "nothing"),
        "single": ("equal, the only challenger", partial(best, **m, tried=1), "at most 0.025"),
        "best": ("best of 10 equals, all measured first", partial(best, **m, tried=TRIED), "at most 0.05"),
        "in_turn": ("10 equals, one after the other", partial(in_turn, **m, tried=TRIED), "at most 0.05"),
        "best_ignored": (
            "best of 10 equals, challengers=ignored",
            partial(best, **m, tried=TRIED, counted=False),
            "nothing",
        ),
        "power_1": ("2 points better, first challenger", partial(better, **m, place=1), "power"),
        "power_10": ("2 points better, tenth challenger", partial(better, **m, place=10), "power"),
        "power5_1": ("5 points better, first challenger", partial(better, **m, place=1, gain=0.05), "power"),
        "power5_10": ("5 points better, tenth challenger", partial(better, **m, place=10, gain=0.05), "power"),
        "margin": (
            "worse by the margin of 3 points, not worse, first challenger",
            partial(not_worse, **m, place=1, loss=MARGIN),
            "at most 0.025",
        ),
        "equal_1": ("equal, not worse, first challenger", partial(not_worse, **m, place=1, loss=0.0), "power"),
        "equal_3": ("equal, not worse, third challenger", partial(not_worse, **m, place=3, loss=0.0), "power"),
    }


def main() -> None:
    known = list(rows("accuracy"))
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--studies", type=int, default=1000)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--metric", choices=["accuracy", "macro_f1"], default="accuracy")
    parser.add_argument("--rows", nargs="+", choices=known, default=known)
    asked = parser.parse_args()
    print("| simulated | promoted | share, 95 % interval | promised |\n| --- | --- | --- | --- |")
    for name in asked.rows:
        what, study, told = rows(asked.metric)[name]
        share(what, study, asked.studies, asked.processes, told)


if __name__ == "__main__":
    main()

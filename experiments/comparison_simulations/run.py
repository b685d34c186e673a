"""Does a comparison keep its word: how often it claims what is not there, and how often it finds what is.

python experiments/comparison_simulations/run.py [--studies 500] [--processes 2] [--rows single folds …]

Every study is simulated, so the truth is known. Prints the table of the README.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial

import numpy as np
from scipy import stats

from assay.comparison import Side, compare, compare_folds
from assay.comparison.sample_size import images_needed
from assay.predictions import Predictions

METRICS = ["accuracy", "macro_f1", "nll", "ece", "f1"]
SHARES = [0.5, 0.25, 0.15, 0.1]
IMAGES, SEEDS, VARIANTS, FOLDS = 250, 5, 3, 5
WORSE, BETTER = 0.70, 0.80


def predictions(labels: np.ndarray, logits: np.ndarray, ids: np.ndarray | None = None) -> Predictions:
    """Calibrated predictions on test."""
    names = np.array([f"{row:06d}" for row in range(len(labels))]) if ids is None else ids
    classes = tuple(f"class {index}" for index in range(logits.shape[1]))
    labels, logits = labels.astype(np.int64), logits.astype(np.float32)
    return Predictions(names, names, "test", labels, classes, logits, calibrated=True)


def null(number: int, *, seeds: int) -> bool:
    """A baseline and three variants that are equally good; gives whether anything is claimed."""
    rng = np.random.default_rng([1, seeds, number])
    labels = rng.choice(4, size=IMAGES, p=SHARES)
    shared = np.eye(4)[labels] * 1.5 + rng.normal(size=(IMAGES, 4))
    sides = [
        Side(
            f"variant {place}",
            tuple(predictions(labels, shared + rng.normal(size=(IMAGES, 4))) for _ in range(seeds)),
            tuple(range(seeds)),
        )
        for place in range(VARIANTS + 1)
    ]
    found = compare(sides[0], sides[1:], metrics=METRICS, resamples=500, seed=number)
    return any(claim.established for variant in found.variants for claim in variant.claims)


def null_folds(number: int) -> bool:
    """Two ways of learning that are equally good, cross-validated: each sees its own half of exchangeable features."""
    rng = np.random.default_rng([2, number])
    labels = rng.permutation(np.arange(IMAGES) % 4)
    features = rng.normal(size=(IMAGES, 40)) + np.repeat(np.eye(4)[labels] * 0.7, 10, axis=1)[:, rng.permutation(40)]
    order = rng.permutation(40)
    fold = rng.permutation(np.arange(IMAGES) % FOLDS)
    trainings: list[list[Predictions]] = [[], []]
    for held in range(FOLDS):
        test = fold == held
        for own, columns in zip(trainings, (order[:20], order[20:]), strict=True):
            means = np.stack([features[~test & (labels == label)][:, columns].mean(axis=0) for label in range(4)])
            distances = ((features[test][:, None, columns] - means) ** 2).sum(axis=2)
            own.append(predictions(labels[test], -distances / 4, np.flatnonzero(test).astype(str)))
    sides = [Side(name, tuple(own), (0,) * FOLDS) for name, own in zip("ab", trainings, strict=True)]
    found = compare_folds(sides[0], sides[1:], test_share=1 / (FOLDS - 1), metrics=METRICS)
    return any(claim.established for claim in found.variants[0].claims)


def finds(number: int, *, images: int, seeds: int, spread: float) -> bool:
    """A variant that is right ten points more often; gives whether that is found.

    Args:
        number: of the study.
        images: on which both answer.
        seeds: trainings of each side.
        spread: standard deviation of a training's accuracy from seed to seed.
    """
    rng = np.random.default_rng([3, seeds, number])
    labels = rng.integers(2, size=images)
    sides = []
    for accuracy in (WORSE, BETTER):
        easy = rng.random(images)
        trainings = []
        for _ in range(seeds):
            right = easy < accuracy + spread * rng.normal()
            trainings.append(predictions(labels, np.eye(2)[np.where(right, labels, 1 - labels)]))
        sides.append(Side(str(accuracy), tuple(trainings), tuple(range(seeds))))
    found = compare(sides[0], sides[1:], metrics=["accuracy"], resamples=500, seed=number)
    return found.variants[0].claims[0].verdict == "better"


def promised(seeds: int, spread: float) -> int:
    """The images that the report would ask for, to find this difference four times out of five."""
    variance = WORSE * (1 - WORSE) + BETTER * (1 - BETTER)
    needed = images_needed(BETTER - WORSE, variance / 100, 100, seed_variance=2 * spread**2 / seeds)
    assert needed is not None
    return needed


def share(name: str, study: Callable[[int], bool], studies: int, processes: int, told: str) -> None:
    """Run the studies and print one row: how many, of how many, with the exact interval."""
    with ProcessPoolExecutor(processes) as pool:
        hits = sum(pool.map(study, range(studies), chunksize=max(1, studies // (8 * processes))))
    low, high = stats.binomtest(hits, studies).proportion_ci(0.95, method="exact")
    print(f"| {name} | {hits} of {studies} | {hits / studies:.3f} [{low:.3f}, {high:.3f}] | {told} |", flush=True)


def rows() -> dict[str, tuple[str, Callable[[int], bool], str]]:
    """Name -> what is simulated, a study of it, and what is promised."""
    alone, together = promised(1, 0.0), promised(SEEDS, 0.02)
    return {
        "single": ("nothing there, one training each", partial(null, seeds=1), "at most 0.05"),
        "folds": (f"nothing there, {FOLDS} folds", null_folds, "at most 0.05"),
        "power": (f"10 points there, {alone} images, 1 seed", partial(finds, images=alone, seeds=1, spread=0.0), "0.8"),
        "power_seeds": (
            f"10 points there, {together} images, {SEEDS} seeds",
            partial(finds, images=together, seeds=SEEDS, spread=0.02),
            "0.8",
        ),
        "seeds": (f"nothing there, {SEEDS} seeds", partial(null, seeds=SEEDS), "at most 0.05"),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--studies", type=int, default=500)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--rows", nargs="+", choices=list(rows()), default=list(rows()))
    asked = parser.parse_args()
    print("| simulated study | claims | share, 95 % interval | promised |\n| --- | --- | --- | --- |")
    for name in asked.rows:
        what, study, told = rows()[name]
        share(what, study, asked.studies, asked.processes, told)


if __name__ == "__main__":
    main()

"""Estimates of accuracy under shift: how far off they are, and how often their intervals hold.

python experiments/estimate_shift/run.py [--quick] [--only simulated|cells] [--output FILE]
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import ppi_py
from worlds import World, cells, simulated

from assay.monitoring.estimate.blocks import share_over_blocks
from assay.monitoring.estimate.confidence_based import confidence_estimates
from assay.monitoring.estimate.estimate import Estimate
from assay.monitoring.estimate.prediction_powered import prediction_powered_estimates
from assay.monitoring.estimate.recalibration import fit_recalibration
from assay.monitoring.estimate.shift_weights import shift_weights

SHIFTS = {
    "simulated": ("none", "covariate", "prior", "concept"),
    "cells": ("none", "darker", "sharper", "harder", "concept"),
}
N, LABELS, REFERENCE = 1000, 100, 1000
HERE = Path(__file__).parent


def keys_of(n: int, rng: np.random.Generator, *, uneven: bool) -> np.ndarray:
    """A key for each picture: 200 with about as many pictures each, or one that sends 40 % of them."""
    keys = rng.integers(200, size=n)
    return np.where(rng.uniform(size=n) < 0.4, 0, keys) if uneven else keys


def one_window(world: World, rng: np.random.Generator, *, uneven: bool) -> Iterator[tuple[str, float, float, float]]:
    """(method, value, lower, upper) of each estimate of one window."""
    predicted = world.predicted
    old = world.drawn_before(REFERENCE, rng)
    learned = fit_recalibration(
        world.probabilities[old].max(axis=1), predicted[old] == world.old_labels[old], np.arange(REFERENCE)
    )
    rows = world.drawn_now(N, rng)
    about = world.probabilities[rows], predicted[rows], keys_of(N, rng, uneven=uneven)
    labelled, labels = np.arange(LABELS), world.labels[rows[:LABELS]]

    def given(method: str, made: Estimate) -> tuple[str, float, float, float]:
        return method, float(made.value or 0), float(made.lower or 0), float(made.upper or 0)

    plain = confidence_estimates(*about, metrics=["accuracy"])[0]
    yield given("mean confidence as it is", plain)
    yield given("confidence-based", confidence_estimates(*about, recalibration=learned, metrics=["accuracy"])[0])
    both = [np.column_stack([world.statistics[some], world.probabilities[some].max(axis=1)]) for some in (old, rows)]
    like = shift_weights(*both)
    reweighted = fit_recalibration(
        world.probabilities[old].max(axis=1),
        predicted[old] == world.old_labels[old],
        np.arange(REFERENCE),
        like.weights,
    )
    yield given(
        "confidence-based, reweighted", confidence_estimates(*about, recalibration=reweighted, metrics=["accuracy"])[0]
    )
    powered = prediction_powered_estimates(*about, labelled, labels, metrics=["accuracy"])[0]
    yield given("prediction-powered", powered)
    right = (predicted[rows[:LABELS]] == labels).astype(float)
    confidence = about[0].max(axis=1)
    low, high = ppi_py.ppi_mean_ci(right, confidence[:LABELS], confidence[LABELS:], alpha=0.05)
    yield "ppi-python", float((low[0] + high[0]) / 2), float(low[0]), float(high[0])
    alone = share_over_blocks(right > 0, np.unique(about[2][:LABELS], return_inverse=True)[1])
    yield "labels alone", float(alone.value or 0), float(alone.low or 0), float(alone.high or 0)


def measured(world: World, windows: int, *, seed: int, uneven: bool = False) -> dict[str, object]:
    """Bias, error, coverage and width of each method over so many windows."""
    rows: dict[str, list[tuple[float, float, float]]] = {}
    for window in range(windows):
        for method, *numbers in one_window(world, np.random.default_rng([seed, window]), uneven=uneven):
            rows.setdefault(method, []).append(tuple(numbers))  # type: ignore[arg-type]
    truth, methods = world.accuracy, {}
    for method, numbers in rows.items():
        value, low, high = np.array(numbers).T
        methods[method] = {
            "bias": round(float(value.mean() - truth), 4),
            "mean_error": round(float(np.abs(value - truth).mean()), 4),
            "within_2_points": round(float((np.abs(value - truth) <= 0.02).mean()), 3),
            "coverage": round(float(((low <= truth) & (truth <= high)).mean()), 3),
            "width": round(float((high - low).mean()), 4),
        }
    return {"accuracy": round(truth, 4), "before": round(world.before, 4), "windows": windows, "methods": methods}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="100 windows instead of 1,000")
    parser.add_argument("--windows", type=int, default=1000)
    parser.add_argument("--only", choices=list(SHIFTS))
    parser.add_argument("--work", type=Path, default=Path("work/estimate_shift"), help="where embeddings are kept")
    parser.add_argument("--output", type=Path, default=HERE / "results.json")
    asked = parser.parse_args()
    windows = 100 if asked.quick else asked.windows
    results = json.loads(asked.output.read_text("utf-8")) if asked.output.exists() else {}
    for kind in [asked.only] if asked.only else list(SHIFTS):
        for shift in SHIFTS[kind]:
            world = simulated(shift) if kind == "simulated" else cells(shift, asked.work)
            begun = time.perf_counter()
            for name, uneven in ((f"{kind}: {shift}", False), (f"{kind}: {shift}, one key sends 40 %", True)):
                if uneven and shift not in ("none", "concept"):
                    continue
                results[name] = measured(world, windows, seed=0, uneven=uneven)
                show(name, results[name], time.perf_counter() - begun)
            asked.output.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", "utf-8")


def show(name: str, result: dict[str, object], seconds: float) -> None:
    """Print one part as rows of Markdown."""
    print(f"\n{name}: accuracy {result['accuracy']:.3f}, before {result['before']:.3f} ({seconds:.0f} s)")
    for method, row in result["methods"].items():  # type: ignore[attr-defined]
        cells_ = f"{row['bias']:+.3f} | {row['mean_error']:.3f} | {row['within_2_points']:.0%} | {row['coverage']:.1%}"
        print(f"| {method} | {cells_} | {row['width']:.3f} |", flush=True)


if __name__ == "__main__":
    main()

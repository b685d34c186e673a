"""Every calibration on real solar cells: likelihood and calibration error on test, before and after.

python experiments/elpv_calibration/run.py [--seeds 5] [--calib 0.1 0.25]

Writes results.csv beside this file (or --output) and prints the tables of the README.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

import assay  # noqa: F401  # sets the OpenMP wait policy before torch is used
from assay.config.compose import compose
from assay.config.targets import build
from assay.evaluation.catalogue import names_on
from assay.evaluation.evaluate import evaluate
from assay.evaluation.evidence import Evidence
from assay.evaluation.report.sections.calibration import band
from assay.predictions import Predictions
from assay.run.train import train

METHODS = ("none", "temperature", "temperature_smoothed", "vector", "matrix", "isotonic", "auto")
HERE = Path(__file__).parent


def predictions_of(seed: int, calib: float) -> dict[str, Predictions]:
    """Calibration and test predictions of one training, with its own division of the cells."""
    cache = str(Path(os.environ.get("ASSAY_CACHE", compose([]).cache)).expanduser())
    back = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            shares = [f"data.split.calib={calib}", f"data.split.train={0.7 - calib:g}"]
            quick = ["calibration=none", "evaluation=quick"]
            outcome = train(compose([f"seed={seed}", f"data.split_seed={seed}", f"cache={cache}", *shares, *quick]))
            return {
                split: Predictions.load(outcome.folder / "predictions" / f"{split}.parquet")
                for split in ("calib", "test")
            }
        finally:
            os.chdir(back)


def rows_of(predictions: dict[str, Predictions], method: str, seed: int) -> list[dict[str, object]]:
    """Each number of confidence on test under one calibration."""
    started = time.perf_counter()
    config = compose([f"calibration={method}", f"seed={seed}"])
    calibrator = build(config.calibration).fit(predictions["calib"])
    seconds = time.perf_counter() - started
    evidence: Evidence = evaluate({"test": predictions["test"]}, calibrator, seed=seed)
    about = {
        "seed": seed,
        "calib_images": len(predictions["calib"]),
        "test_images": evidence.n,
        "method": method,
        "taken": evidence.calibration.fitted["method"],
        "fit_seconds": round(seconds, 2),
    }
    rows = []
    for name in ("accuracy", *names_on("calibration")):
        measured, expected = evidence.metrics[name], band(evidence.calibration.after, name)
        low, mean, high = (None, None, None) if expected is None else (expected.low, expected.mean, expected.high)
        rows.append(
            about
            | {"metric": name, "value": measured.value, "low": measured.low, "high": measured.high}
            | {"band_low": low, "band_mean": mean, "band_high": high}
        )
    return rows


def table(rows: pd.DataFrame) -> str:
    """Means over seeds as Markdown; in brackets the lowest and highest seed; how often ECE lies in its band."""
    lines = [
        "| calibration | NLL | ECE | debiased ECE | class-wise ECE | Brier reliability | accuracy | ECE in band "
        "| ECE < 0.05 |",
        "| --- " * 9 + "|",
    ]
    for method in METHODS:
        those = rows[rows.method == method]
        cells = [_mean(those, name) for name in ("nll", "ece", "ece_debiased", "ece_classwise", "brier_reliability")]
        ece = those[those.metric == "ece"]
        inside = int(((ece.value >= ece.band_low) & (ece.value <= ece.band_high)).sum())
        under = int((ece.value < 0.05).sum())
        cells += [_mean(those, "accuracy"), f"{inside} of {len(ece)}", f"{under} of {len(ece)}"]
        lines.append(f"| {method} | {' | '.join(cells)} |")
    return "\n".join(lines)


def paired(rows: pd.DataFrame, against: str = "temperature") -> str:
    """Difference of NLL to one method, seed by seed: mean and standard error as Markdown."""
    values = rows[rows.metric == "nll"].pivot(index="seed", columns="method", values="value").astype(float)
    differences = values.sub(values[against], axis=0)[list(METHODS)]
    spread = differences.std(ddof=1) / np.sqrt(len(differences))
    cells = [f"{method} {differences[method].mean():+.4f} ± {spread[method]:.4f}" for method in METHODS]
    return f"NLL minus that of {against}: " + ", ".join(cells)


def first_seed(rows: pd.DataFrame) -> str:
    """NLL and ECE of the first seed with their intervals and bands as Markdown."""
    lines = ["| calibration | NLL | ECE | ECE if its confidence were true |", "| --- " * 4 + "|"]
    for method in METHODS:
        those = rows[(rows.method == method) & (rows.seed == rows.seed.min())].set_index("metric")
        nll, ece = those.loc["nll"], those.loc["ece"]
        lines.append(f"| {method} | {_interval(nll)} | {_interval(ece)} | {ece.band_low:.3f} to {ece.band_high:.3f} |")
    return "\n".join(lines)


def _mean(rows: pd.DataFrame, metric: str) -> str:
    values = rows[rows.metric == metric].value.astype(float)
    if values.isna().any():
        return f"infinite in {int(values.isna().sum())}"
    return f"{values.mean():.3f} ({values.min():.3f} to {values.max():.3f})"


def _interval(row: pd.Series) -> str:
    return "infinite" if pd.isna(row.value) else f"{row.value:.3f} ({row.low:.3f} to {row.high:.3f})"


def main() -> None:
    """Train, calibrate, measure, and print what came out."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--calib", type=float, nargs="+", default=[0.1, 0.25], help="share of the cells for calib")
    parser.add_argument("--output", type=Path, default=HERE / "results.csv")
    asked = parser.parse_args()
    rows = []
    for calib in asked.calib:
        for seed in range(asked.seeds):
            predictions = predictions_of(seed, calib)
            for method in METHODS:
                rows += rows_of(predictions, method, seed)
    found = pd.DataFrame(rows)
    found.to_csv(asked.output, index=False, float_format="%.5f")
    for images, those in found.groupby("calib_images"):
        print(f"\n{images} calibration images, {those.test_images.iloc[0]} test images, {asked.seeds} seeds\n")
        print(table(those), "\n\n" + paired(those))
        taken = those[(those.method == "auto") & (those.metric == "nll")].taken
        print("\nauto took: " + ", ".join(f"{name} {count}×" for name, count in taken.value_counts().items()))
        print("\nSeed 0:\n\n" + first_seed(those))


if __name__ == "__main__":
    main()

"""How long every metric with its interval takes, against a plain loop over scikit-learn; and each calibration.

python experiments/benchmarks/bootstrap.py [--images 100000] [--classes 10] [--resamples 1000] [--loop 3]

Fails when, at the default sizes, metrics and bands take 30 seconds or a calibration takes 10, or when ten times as many
resamples take a tenth more memory.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from collections.abc import Callable

import numpy as np

from assay.evaluation.measure import Units, measure
from assay.evaluation.metrics import Sample, families
from assay.evaluation.reliability import reliability
from assay.postprocess.calibration import CALIBRATORS
from assay.postprocess.softmax import softmax
from assay.predictions import Predictions

METRICS_LIMIT, CALIBRATION_LIMIT, MEMORY_LIMIT = 30.0, 10.0, 1.1


def simulated(images: int, classes: int) -> tuple[np.ndarray, np.ndarray]:
    """Labels drawn from the softmax of random logits, and these logits doubled."""
    rng = np.random.default_rng(0)
    logits = 2 * rng.normal(size=(images, classes))
    labels = (softmax(logits).cumsum(axis=1) < rng.random((images, 1))).sum(axis=1)
    return np.minimum(labels, classes - 1), 2 * logits


def seconds(work: Callable[[], object]) -> tuple[float, float]:
    """Wall-clock and processor seconds."""
    wall, processor = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - processor


def loop_over_scikit_learn(labels: np.ndarray, logits: np.ndarray, resamples: int) -> None:
    """The ten metrics that scikit-learn has, resample by resample."""
    from sklearn import metrics as sk

    rng = np.random.default_rng(0)
    probabilities, predicted = softmax(logits), logits.argmax(axis=1)
    classes = range(logits.shape[1])
    for _ in range(resamples):
        drawn = rng.integers(len(labels), size=len(labels))
        truth, chances, answers = labels[drawn], probabilities[drawn], predicted[drawn]
        sk.accuracy_score(truth, answers)
        sk.balanced_accuracy_score(truth, answers)
        sk.f1_score(truth, answers, average="macro")
        sk.f1_score(truth, answers, average=None)
        sk.matthews_corrcoef(truth, answers)
        sk.cohen_kappa_score(truth, answers, weights="quadratic")
        sk.roc_auc_score(truth, chances, multi_class="ovr", labels=classes)
        for k in classes:
            sk.average_precision_score(truth == k, chances[:, k])
        sk.log_loss(truth, chances, labels=classes)
        ((chances - np.eye(len(classes))[truth]) ** 2).sum(axis=1).mean()


def measured(labels: np.ndarray, logits: np.ndarray, resamples: int) -> dict[str, float]:
    """Seconds of each part of the evidence of confidence, before and after calibration."""
    n, classes = logits.shape
    before = Sample.from_logits(labels, logits, ordered=True)
    after = Sample.from_logits(labels, logits / 2, ordered=True)
    started = time.perf_counter()
    chosen = families(after, before)
    found = measure(chosen, Units(n, None, "images"), n=n, resamples=resamples)
    parts = {"metrics": time.perf_counter() - started}
    started = time.perf_counter()
    for sample, suffix in ((before, "_uncalibrated"), (after, "")):
        named = list(zip(map(str, range(classes)), found.per_class[f"ece_of_class{suffix}"], strict=True))
        errors = [found.metrics[f"{name}{suffix}"] for name in ("ece", "ece_equal_mass")]
        reliability(sample, *errors, classes=named, resamples=resamples)
    return parts | {"bands": time.perf_counter() - started}


def calibrations(labels: np.ndarray, logits: np.ndarray) -> dict[str, float]:
    """Seconds to fit each calibration and apply it to the same images, without the import of what it is fitted with."""
    import probmetrics.calibrators  # noqa: F401

    n, classes = logits.shape
    ids = np.array([f"{index:08}" for index in range(n)])
    names = tuple(map(str, range(classes)))
    those = Predictions(ids, ids, "calib", labels, names, logits.astype(np.float32))
    spent = {}
    for name, method in CALIBRATORS.classes().items():
        started = time.perf_counter()
        method().fit(those).transform(those.logits)
        spent[name] = round(time.perf_counter() - started, 2)
    return spent


def peak_mb() -> float:
    """Largest memory of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> int:
    """Time all of it and print one JSON object; 1 when a limit is passed."""
    parser = argparse.ArgumentParser()
    for name, default in (("images", 100_000), ("classes", 10), ("resamples", 1000), ("loop", 3)):
        parser.add_argument(f"--{name}", type=int, default=default)
    asked = parser.parse_args()
    labels, logits = simulated(asked.images, asked.classes)
    measured(labels, logits, max(asked.resamples // 10, 1))
    memory = peak_mb()
    parts: dict[str, float] = {}
    wall, processor = seconds(lambda: parts.update(measured(labels, logits, asked.resamples)))
    growth = peak_mb() / memory
    fits = calibrations(labels, logits)
    loop_over_scikit_learn(labels[:200], logits[:200], 1)  # imports
    loop_wall, loop_processor = seconds(lambda: loop_over_scikit_learn(labels, logits, asked.loop))
    scale = asked.resamples / asked.loop
    report = {
        "images": asked.images,
        "classes": asked.classes,
        "resamples": asked.resamples,
        "seconds": round(wall, 2),
        "processor_seconds": round(processor, 2),
        "seconds_of_parts": {name: round(spent, 2) for name, spent in parts.items()},
        "peak_mb_of_a_tenth_of_the_resamples": round(memory),
        "memory_of_all_against_a_tenth": round(growth, 3),
        "seconds_of_calibrations": fits,
        "loop_seconds_extrapolated": round(loop_wall * scale, 1),
        "ratio": round(loop_wall * scale / wall, 1),
        "ratio_processor": round(loop_processor * scale / processor, 1),
    }
    print(json.dumps(report, indent=1))
    held = wall < METRICS_LIMIT and max(fits.values()) < CALIBRATION_LIMIT and growth < MEMORY_LIMIT
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())

"""How long every metric with its interval takes, against a plain loop over scikit-learn.

python experiments/benchmarks/bootstrap.py [--images 100000] [--classes 10] [--resamples 1000] [--loop 3]
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable

import numpy as np

from assay.evaluation.measure import Units, measure
from assay.evaluation.metrics import Sample, families
from assay.postprocess.softmax import softmax


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


def main() -> None:
    """Time both and print one JSON object."""
    parser = argparse.ArgumentParser()
    for name, default in (("images", 100_000), ("classes", 10), ("resamples", 1000), ("loop", 3)):
        parser.add_argument(f"--{name}", type=int, default=default)
    asked = parser.parse_args()
    labels, logits = simulated(asked.images, asked.classes)
    units = Units(asked.images, None, "images")

    def ours() -> None:
        before = Sample.from_logits(labels, logits, ordered=True)
        after = Sample.from_logits(labels, logits / 2, ordered=True)
        measure(families(after, before), units, n=asked.images, resamples=asked.resamples)

    wall, processor = seconds(ours)
    loop_over_scikit_learn(labels[:200], logits[:200], 1)  # imports
    loop_wall, loop_processor = seconds(lambda: loop_over_scikit_learn(labels, logits, asked.loop))
    scale = asked.resamples / asked.loop
    report = {
        "images": asked.images,
        "classes": asked.classes,
        "resamples": asked.resamples,
        "seconds": round(wall, 2),
        "processor_seconds": round(processor, 2),
        "loop_seconds_extrapolated": round(loop_wall * scale, 1),
        "ratio": round(loop_wall * scale / wall, 1),
        "ratio_processor": round(loop_processor * scale / processor, 1),
    }
    print(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()

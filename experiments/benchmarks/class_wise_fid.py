"""What FID of every class costs against one FID of the same images together, and against torch-fidelity's.

python experiments/benchmarks/class_wise_fid.py [--classes 10] [--images 5000] [--features 2048] [--repeats 5]

`--images` real and as many generated ones are shared out evenly; `--theirs` times torch-fidelity, too. Fails when the
classes together take more than 1.5 times one FID of everything, both by Assay, in turns.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable

import numpy as np

from assay.synthetic.fidelity.frechet import frechet_distance

LIMIT = 1.5


def seconds(work: Callable[[], object]) -> tuple[float, float]:
    """Wall-clock and processor seconds."""
    wall, processor = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - processor


def their_fid(real: np.ndarray, generated: np.ndarray) -> float:
    """FID by torch-fidelity."""
    import torch
    from torch_fidelity.metric_fid import KEY_METRIC_FID, fid_features_to_statistics, fid_statistics_to_metric

    known = [fid_features_to_statistics(torch.from_numpy(part)) for part in (real, generated)]
    return float(fid_statistics_to_metric(*known, verbose=False)[KEY_METRIC_FID])


def main() -> int:
    """Time both in turns and print one JSON object; 1 when the limit is passed."""
    parser = argparse.ArgumentParser()
    for name, default in (("classes", 10), ("images", 5000), ("features", 2048), ("repeats", 5)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--theirs", action="store_true", help="time torch-fidelity once, too")
    asked = parser.parse_args()
    rng = np.random.default_rng(0)
    mixed = rng.normal(size=(asked.features, asked.features)) / np.sqrt(asked.features)
    real, generated = (rng.normal(size=(asked.images, asked.features)) @ mixed + shift for shift in (0.0, 0.02))
    classes = np.array_split(np.arange(asked.images), asked.classes)
    frechet_distance(real[:50], generated[:50])
    ratios, of_processor, walls = [], [], []
    for _ in range(asked.repeats):
        whole = seconds(lambda: frechet_distance(real, generated))
        parts = seconds(lambda: [frechet_distance(real[rows], generated[rows]) for rows in classes])
        ratios.append(parts[0] / whole[0])
        of_processor.append(parts[1] / whole[1])
        walls.append((whole[0], parts[0]))
    report = {
        "classes": asked.classes,
        "images": asked.images,
        "features": asked.features,
        "seconds_global": round(statistics.median(wall for wall, _ in walls), 2),
        "seconds_class_wise": round(statistics.median(wall for _, wall in walls), 2),
        "ratio": round(statistics.median(ratios), 3),
        "ratios": [round(ratio, 3) for ratio in sorted(ratios)],
        "ratio_processor": round(statistics.median(of_processor), 3),
    }
    if asked.theirs:
        found: list[float] = []
        wall, _ = seconds(lambda: found.append(their_fid(real, generated)))
        ours = frechet_distance(real, generated)
        report |= {"seconds_torch_fidelity": round(wall, 2), "relative_difference": abs(ours / found[0] - 1)}
    print(json.dumps(report, indent=1))
    return 0 if report["ratio"] <= LIMIT else 1


if __name__ == "__main__":
    sys.exit(main())

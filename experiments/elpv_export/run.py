"""What the exported forms of a run say and cost: agreement on the test cells, sizes, and speed in turns at batch 1.

Speed is measured on decoded cells of the test split, preprocessing included: every form answers about the same cell
before the next cell comes, so what disturbs the machine disturbs all of them. A ratio is that of two medians.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
import torch

from assay.config.compose import compose
from assay.config.targets import build
from assay.data.image import read_image
from assay.data.manifest import Manifest
from assay.deploy.bundle.bundle import PREDICTOR
from assay.deploy.bundle.format import FLOAT, INT8, ONNX
from assay.deploy.export.export import bundle_of

WARMUP = 20


def main() -> None:
    """Print a line for each thing that is asked of the forms."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", help="id of a run that was exported with formats=[onnx,int8]")
    parser.add_argument("--cells", type=int, default=300, help="that are timed")
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2], help="that one answer may use")
    asked = parser.parse_args()
    config = compose([])
    store = build(config.tracking)
    record = store.find(asked.run)
    bundle = bundle_of(config, store, record)
    whole = (bundle.folder / PREDICTOR / "model.safetensors").stat().st_size / 1e6
    print(f"weights {whole:.2f} MB")
    for name, form in bundle.about.formats.items():
        parity, gap = form.parity, form.parity.macro_f1_difference
        print(
            f"{name}: {form.bytes / 1e6:.2f} MB; labels agree on {parity.agreement:.4f} of {parity.n} test cells; "
            f"macro-F1 {parity.macro_f1:.4f}, {gap.value:+.4f} [{gap.low:+.4f}, {gap.high:+.4f}]"
        )
    smaller = bundle.about.formats[ONNX].bytes / bundle.about.formats[INT8].bytes
    print(f"INT8 is {smaller:.2f} times smaller than float ONNX (asked 3.5)")
    paths = Manifest.load(record.file("manifest.parquet")).only("test").paths
    for threads in asked.threads:
        print(f"with {threads} thread{'s' if threads > 1 else ''}")
        compare(seconds(bundle, paths, asked.cells, threads))


def compare(times: dict[str, list[float]]) -> None:
    """Print the median of each form, and the ratios that are asked for."""
    halves = {name: np.array_split(np.array(taken), 2) for name, taken in times.items()}
    for name, taken in times.items():
        print(f"  {name}: median {np.median(taken) * 1000:.2f} ms")
    for slow, fast, wanted in ((FLOAT, ONNX, 1.5), (ONNX, INT8, 1.8)):
        ratio = np.median(times[slow]) / np.median(times[fast])
        of_halves = [np.median(a) / np.median(b) for a, b in zip(halves[slow], halves[fast], strict=True)]
        print(
            f"  {fast} answers {ratio:.2f} times as fast as {slow} (asked {wanted}; halves of the run: "
            f"{of_halves[0]:.2f}, {of_halves[1]:.2f})"
        )


def seconds(bundle, paths: list[Path], cells: int, threads: int) -> dict[str, list[float]]:  # type: ignore[no-untyped-def]
    """Seconds of each answer, by form."""
    torch.set_num_threads(threads)
    sessions = {name: bundle.session(name, threads=threads) for name in (FLOAT, ONNX, INT8)}
    times: dict[str, list[float]] = {name: [] for name in sessions}
    for place in range(WARMUP + cells):
        picture = np.ascontiguousarray(read_image(paths[place % len(paths)]).transpose(2, 0, 1)[None])
        for name, session in sessions.items():
            started = time.perf_counter()
            session(picture)
            if place >= WARMUP:
                times[name].append(time.perf_counter() - started)
    return times


if __name__ == "__main__":
    main()

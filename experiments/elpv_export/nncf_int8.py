"""NNCF's INT8 beside Assay's own chain, from one float graph: agreement, noise, size on the test cells, and speed.

    pip install nncf
    python experiments/elpv_export/nncf_int8.py RUN

RUN was exported with formats=[onnx,int8]. NNCF (Apache-2.0) quantises what lies behind the resizing, once with its
defaults and once with its accurate bias correction and the three convolutions in float that Assay keeps in float here.
Both chains learn from training images alone.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import nncf
import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray

from assay.config.compose import compose
from assay.config.targets import build
from assay.data.image import read_image
from assay.data.manifest import Manifest
from assay.deploy.export.export import bundle_of

IMAGES, WARMUP, TIMED = 300, 20, 300
FIRST = 3
"""Convolutions at the front that Assay's chain keeps in float for this network."""
Sessions = dict[str, onnxruntime.InferenceSession]


def picture(path: Path) -> NDArray[np.uint8]:
    """Uint8 [1, 3, H, W]."""
    return np.ascontiguousarray(read_image(path).transpose(2, 0, 1)[None])


def resizing(model: onnx.ModelProto) -> list[str]:
    """Names of the nodes before the first convolution, and of those behind the pooling."""
    nodes = list(model.graph.node)
    convolutions = [place for place, node in enumerate(nodes) if node.op_type == "Conv"]
    return [node.name for node in (*nodes[: convolutions[0]], *nodes[convolutions[-1] + 4 :])]


def quantised(model: onnx.ModelProto, paths: list[Path], *, thorough: bool) -> onnx.ModelProto:
    """The graph as NNCF makes it."""
    nodes = [node.name for node in model.graph.node if node.op_type == "Conv"][:FIRST] if thorough else []
    return nncf.quantize(
        model,
        nncf.Dataset(paths, lambda path: {"pictures": picture(path)}),
        preset=nncf.QuantizationPreset.MIXED,
        subset_size=len(paths),
        fast_bias_correction=not thorough,
        ignored_scope=nncf.IgnoredScope(names=[*resizing(model), *nodes]),
    )


def logits(session: onnxruntime.InferenceSession, paths: list[Path]) -> Iterator[NDArray[np.float32]]:
    """Of each picture, float32 [C]."""
    for path in paths:
        yield session.run(["logits"], {"pictures": picture(path)})[0][0]


def seconds(sessions: Sessions, paths: list[Path]) -> dict[str, float]:
    """Median seconds of an answer; all forms answer about a cell before the next one comes."""
    times: dict[str, list[float]] = {name: [] for name in sessions}
    for place in range(WARMUP + TIMED):
        given = {"pictures": picture(paths[place % len(paths)])}
        for name, session in sessions.items():
            started = time.perf_counter()
            session.run(None, given)
            if place >= WARMUP:
                times[name].append(time.perf_counter() - started)
    return {name: float(np.median(taken)) for name, taken in times.items()}


def main() -> None:
    """Print a row for each form."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run")
    asked = parser.parse_args()
    config = compose([])
    store = build(config.tracking)
    record = store.find(asked.run)
    folder = bundle_of(config, store, record).folder
    manifest = Manifest.load(record.file("manifest.parquet"))
    train = manifest.only("train").paths
    learned_from = [train[place] for place in np.random.default_rng(0).permutation(len(train))[:IMAGES]]
    test = manifest.only("test").paths
    files = {"float": folder / "onnx" / "model.onnx", "Assay's chain": folder / "int8" / "model.onnx"}
    with tempfile.TemporaryDirectory() as made:
        for name, thorough in (("NNCF, defaults", False), ("NNCF, thorough", True)):
            started = time.perf_counter()
            files[name] = Path(made) / f"{thorough}.onnx"
            onnx.save(quantised(onnx.load(files["float"]), learned_from, thorough=thorough), files[name])
            print(f"{name}: made in {time.perf_counter() - started:.0f} s")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        sessions = {name: onnxruntime.InferenceSession(path, options) for name, path in files.items()}
        answers = {name: np.stack(list(logits(session, test))) for name, session in sessions.items()}
        taken = seconds(sessions, test)
        spread = float(np.std(answers["float"][:, 1] - answers["float"][:, 0]))
        print(f"{len(test)} test cells; the difference of the two logits has a spread of {spread:.1f}")
        for name, path in files.items():
            agreement = np.mean(answers[name].argmax(axis=1) == answers["float"].argmax(axis=1))
            gap = (answers[name] - answers["float"])[:, 1] - (answers[name] - answers["float"])[:, 0]
            print(
                f"{name:18} agreement {agreement:.4f}   noise {gap.std():.3f}   {path.stat().st_size / 1e6:6.2f} MB   "
                f"{taken['float'] / taken[name]:.2f} times float ({taken[name] * 1000:.1f} ms)"
            )


if __name__ == "__main__":
    main()

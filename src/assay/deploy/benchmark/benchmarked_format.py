"""The formats of a bundle, each as the four steps from the bytes of a picture to an answer."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from assay.data.cores import physical_cores
from assay.data.image import Pixels
from assay.data.sample_range import SampleRange
from assay.deploy.bundle.bundle import PREDICTOR, Bundle
from assay.deploy.bundle.format import FLOAT, INT8, ONNX
from assay.deploy.graph.onnx_predictor import OnnxPredictor
from assay.deploy.graph.session import GraphSession, Output
from assay.deploy.graph.torch_formats import PROGRAM, TORCHSCRIPT, open_torch
from assay.embeddings.eager import EagerRuntime
from assay.embeddings.onnx_runtime import OnnxRuntime
from assay.embeddings.runtime import EmbeddingRuntime
from assay.errors import ConfigError, did_you_mean
from assay.predictor import Answer, Answerer, Predictor, decoded, unlabelled_predictions
from assay.predictor.rules import ABOUT, OOD

TORCH = "torch"
WORDS = {
    ONNX: "one ONNX graph, ONNX Runtime",
    INT8: "one ONNX graph in INT8, ONNX Runtime",
    TORCHSCRIPT: "TorchScript (legacy), PyTorch",
    PROGRAM: "torch.export, PyTorch",
}
NONE: Mapping[str, Path] = {}
CPU = "cpu"
MB = 1e6


class BenchmarkedFormat(Protocol):
    """One format of a bundle, ready to answer.

    Attributes:
        format: its name.
        words: what it is.
        device: "cpu", or the name of a GPU.
        size_mb: of the files that it needs, in MB (10^6 bytes).
    """

    format: str
    words: str
    device: str
    size_mb: float

    @property
    def samples(self) -> SampleRange:
        """What is white in files whose samples have more than 8 bits; see `Answerer.samples`."""

    def prepare(self, images: Sequence[Pixels]) -> Any:
        """The network's input for decoded pictures."""

    def run(self, prepared: Any) -> Any:
        """What the network makes of it, and nothing else."""

    def to_answers(self, images: Sequence[Pixels], output: Any) -> list[Answer]:
        """The answers: head, calibration, domain, reject rule."""


@dataclass
class FloatFormat:
    """The predictor as it was measured, with its backbone in one runtime or another."""

    format: str
    words: str
    device: str
    size_mb: float
    predictor: Predictor
    runtime: EmbeddingRuntime

    @property
    def samples(self) -> SampleRange:
        """The predictor's."""
        return self.predictor.samples

    def prepare(self, images: Sequence[Pixels]) -> Any:
        """uint8 [N, 3, S, S]."""
        return self.predictor.pixels(images)

    def run(self, prepared: Any) -> Any:
        """Embeddings [N, D]."""
        return self.runtime(prepared)

    def to_answers(self, images: Sequence[Pixels], output: Any) -> list[Answer]:
        """Head, calibration, domain, reject rule."""
        return self.predictor.to_answers(self.predictor.head_predictions(images, output))


@dataclass
class GraphFormat:
    """A form that takes decoded pictures: preprocessing is part of its network, but for what no graph can do."""

    format: str
    words: str
    device: str
    size_mb: float
    session: GraphSession
    answerer: Answerer

    @property
    def samples(self) -> SampleRange:
        """The answerer's."""
        return self.answerer.samples

    def prepare(self, images: Sequence[Pixels]) -> Any:
        """Neighbours of one size together: uint8 [B, 3, H, W] each."""
        groups = _of_one_size(self.answerer.prepared(images))
        return [np.stack([image.transpose(2, 0, 1) for image in group]) for group in groups]

    def run(self, prepared: Any) -> Any:
        """`Output` of all."""
        outputs = [self.session(pictures) for pictures in prepared]
        return Output(*(np.concatenate(values) for values in zip(*outputs, strict=True)))

    def to_answers(self, images: Sequence[Pixels], output: Any) -> list[Answer]:
        """Calibration, domain, reject rule."""
        rules = self.answerer
        outputs = unlabelled_predictions(
            images, output.logits, output.embeddings, rules.class_names, ordered=rules.ordered
        )
        return rules.to_answers(outputs)


@dataclass
class SquareFormat(GraphFormat):
    """A form that takes pictures as the test transform makes them."""

    predictor: Predictor

    def prepare(self, images: Sequence[Pixels]) -> Any:
        """uint8 [N, 3, S, S]."""
        return self.predictor.pixels(images)

    def run(self, prepared: Any) -> Any:
        """`Output` of all."""
        return self.session(prepared)


def _of_one_size(images: Sequence[Pixels]) -> list[list[Pixels]]:
    return [list(group) for _, group in itertools.groupby(images, key=lambda image: image.shape)]


def answers(benchmarked: BenchmarkedFormat, pictures: Sequence[bytes]) -> list[Answer]:
    """All four steps, without a clock."""
    images = [decoded(picture, f"picture {index + 1}", benchmarked.samples) for index, picture in enumerate(pictures)]
    return benchmarked.to_answers(images, benchmarked.run(benchmarked.prepare(images)))


def formats_of(bundle: Bundle, beside: Mapping[str, Path] = NONE) -> tuple[str, ...]:
    """Names of what can be measured, the slowest kind first; `beside` as `open_format` takes it."""
    return (TORCH, *beside, FLOAT, *(name for name, known in bundle.about.formats.items() if known.file))


def chosen_formats(bundle: Bundle, wanted: Sequence[str], beside: Mapping[str, Path] = NONE) -> tuple[str, ...]:
    """The wanted formats, or all that there are.

    Raises:
        ConfigError: there is no such format.
    """
    known = formats_of(bundle, beside)
    for name in wanted:
        if name not in known:
            raise ConfigError(f"formats={name}: the bundle has no such format; {did_you_mean(name, known)}")
    return tuple(name for name in known if name in wanted) if wanted else known


def open_format(
    bundle: Bundle, name: str, *, threads: int, device: str = CPU, beside: Mapping[str, Path] = NONE
) -> BenchmarkedFormat:
    """One format of a bundle with so many threads.

    Args:
        bundle: opened.
        name: of `formats_of`.
        threads: that the network may use on the CPU; PyTorch has one number for the whole process.
        device: "cpu", or "cuda:0", which only `torch` knows.
        beside: file of each form that lies beside the bundle. Opening one can run code: only what is known to be
            what was exported, see `assay.deploy.bundle.exports`.
    """
    import torch

    if name in beside:
        return _beside(bundle, name, beside[name])
    if name not in (TORCH, FLOAT):
        known, answerer = bundle.about.formats[name], bundle.answerer(name, threads=threads)
        assert isinstance(answerer, OnnxPredictor)
        size = known.bytes / MB + _rules_size(bundle.folder / known.rules)
        return GraphFormat(name, WORDS.get(name, name), CPU, size, answerer.session, answerer)
    predictor, size = bundle.float_predictor, _size(bundle.folder / PREDICTOR)
    if name == TORCH:
        runtime = EagerRuntime(predictor.network, torch.device(device))
        shown = torch.cuda.get_device_name(device) if device != CPU else CPU
        return FloatFormat(name, "PyTorch, eager", shown, size, predictor, runtime)
    served = predictor.runtime
    if served.backend == "eager":
        words = "the bundle's own float model, PyTorch (its backbone does not export)"
        return FloatFormat(name, words, CPU, size, predictor, EagerRuntime(predictor.network, torch.device(CPU)))
    if threads != physical_cores():
        path = OnnxRuntime.path(predictor.network, predictor.preprocessing.size, cache_dir=predictor.cache_dir)
        served = OnnxRuntime(path, threads=threads)
    return FloatFormat(name, "the bundle's own float model, backbone in ONNX Runtime", CPU, size, predictor, served)


def _beside(bundle: Bundle, name: str, file: Path) -> BenchmarkedFormat:
    predictor, size = bundle.float_predictor, file.stat().st_size / MB + _rules_size(bundle.folder / PREDICTOR)
    about = (name, WORDS[name], CPU, size, open_torch(file), predictor)
    return SquareFormat(*about, predictor) if name == TORCHSCRIPT else GraphFormat(*about)


def gpus() -> tuple[str, ...]:
    """The GPUs of this machine as torch names them; a bundle is measured on the first."""
    import torch

    return ("cuda:0",) if torch.cuda.is_available() else ()


def gpu_name() -> str:
    """Of the first GPU."""
    import torch

    return str(torch.cuda.get_device_name(gpus()[0]))


def _rules_size(folder: Path) -> float:
    """Of the rules without the weights that may lie beside them, which an exported form does not need."""
    return sum((folder / name).stat().st_size for name in (ABOUT, OOD) if (folder / name).is_file()) / MB


def _size(folder: Path) -> float:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / MB

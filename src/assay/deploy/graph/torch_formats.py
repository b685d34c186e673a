"""TorchScript and torch.export: archives that hold code, so they stay outside of a bundle; open only your own."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from assay.deploy.graph.graph import Answering, Graph
from assay.deploy.graph.session import GraphSession, Output
from assay.errors import BundleError
from assay.files import atomic_write
from assay.predictor import Predictor

TORCHSCRIPT, PROGRAM = "torchscript", "torch_export"
FILES = {TORCHSCRIPT: "model.ts", PROGRAM: "model.pt2"}


class Square(nn.Module):
    """From pictures that the test transform has made, uint8 [B, 3, S, S], to probabilities, logits, embeddings."""

    def __init__(self, predictor: Predictor) -> None:
        super().__init__()
        self.network = predictor.network
        self.answering = Answering(predictor.network.head, predictor.calibrator)

    def forward(self, pictures: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """As `Graph` gives them."""
        embeddings = self.network.backbone((pictures.float() - self.network.mean) / self.network.std)
        probabilities, logits = self.answering(embeddings)
        return probabilities, logits, embeddings


def write_torchscript(predictor: Predictor, path: Path) -> None:
    """Trace the network and its calibration; the resize has to be done before (`Predictor.pixels`).

    Raises:
        BundleError: it cannot be traced.
    """
    size = predictor.preprocessing.size
    example = torch.zeros((2, 3, size, size), dtype=torch.uint8)
    with warnings.catch_warnings(), torch.no_grad(), _as_one_sentence("traced"):
        warnings.simplefilter("ignore")
        traced: Any = torch.jit.trace(Square(predictor).eval(), (example,), check_trace=False)
        with atomic_write(path) as temporary:
            torch.jit.save(traced, str(temporary))


def write_program(predictor: Predictor, path: Path) -> None:
    """Export the whole graph, from decoded pictures of any size, with torch.export.

    Raises:
        BundleError: it cannot be exported.
    """
    graph = Graph(predictor.network, predictor.preprocessing, predictor.calibrator).eval()
    example = torch.zeros((2, 3, 75, 61), dtype=torch.uint8)
    free = {0: torch.export.Dim("batch"), 2: torch.export.Dim("height"), 3: torch.export.Dim("width")}
    with warnings.catch_warnings(), torch.no_grad(), _as_one_sentence("exported"):
        warnings.simplefilter("ignore")
        program = torch.export.export(graph, (example,), dynamic_shapes=(free,))
        with atomic_write(path) as temporary, temporary.open("wb") as opened:
            torch.export.save(program, opened)


def open_torch(path: Path) -> GraphSession:
    """What computes: called with uint8 [B, 3, S, S] (TorchScript) or decoded pictures [B, 3, H, W] (torch.export).

    Such a file can run code when it is opened: open only what you exported yourself.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if path.name == FILES[TORCHSCRIPT]:
            module: Any = torch.jit.load(str(path))
        else:
            module = torch.export.load(str(path)).module()

    def session(pictures: NDArray[np.uint8]) -> Output:
        with torch.inference_mode():
            outputs = module(torch.from_numpy(np.ascontiguousarray(pictures)))
        return Output(*(value.numpy() for value in outputs))

    return session


class _as_one_sentence:  # noqa: N801  # a context manager that reads as a verb
    """Turns whatever torch raises into one sentence."""

    def __init__(self, done: str) -> None:
        self._done = done

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        if isinstance(error, Exception):
            first = next((line for line in str(error).splitlines() if line.strip()), "no message")
            raise BundleError(f"this network cannot be {self._done}: {type(error).__name__}: {first}") from error

"""A predictor as ONNX: pictures to input, input to embedding, embedding to answer; three graphs joined into one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import nn

from assay.deploy.graph.graph import Answering, Normalised
from assay.embeddings.onnx_graph import onnx_graph, settled_graph
from assay.embeddings.onnx_runtime import backbone_graph
from assay.errors import BundleError
from assay.files import atomic_write

if TYPE_CHECKING:
    import onnx

    from assay.data.preprocessing import Preprocessing
    from assay.models.network import Network
    from assay.postprocess.calibration import Calibrator

INPUT, OUTPUTS = "pictures", ("probabilities", "logits", "embeddings")
EXAMPLE = (75, 61)
"""Height and width of the example pictures; two different ones, lest the exporter take them for one number."""


def normalised_onnx(
    network: Network, preprocessing: Preprocessing, *, graphs_dir: Path | None = None
) -> onnx.ModelProto:
    """The graph from `pictures`, uint8 [batch, 3, height, width], to `normalised`, float [batch, 3, S, S].

    Args:
        network: whose mean and deviation of colours it has.
        preprocessing: how a picture becomes a square of side S.
        graphs_dir: see `settled_graph`.

    Raises:
        BundleError: the exporter cannot do it.
    """
    free = {0: torch.export.Dim("batch"), 2: torch.export.Dim("height"), 3: torch.export.Dim("width")}
    example = torch.zeros((2, 3, *EXAMPLE), dtype=torch.uint8)
    with _told():
        module = Normalised(network, preprocessing)
        return settled_graph(module, example, free, INPUT, "normalised", graphs_dir=graphs_dir)


def backbone_onnx(network: Network, size: int, *, graphs_dir: Path | None = None) -> onnx.ModelProto:
    """The graph from `normalised`, float [batch, 3, S, S], to `embeddings`, float [batch, D].

    Args:
        network: whose backbone it is.
        size: S.
        graphs_dir: see `onnx_graph`.

    Raises:
        BundleError: the exporter cannot do it.
    """
    with _told():
        return backbone_graph(network, size, graphs_dir=graphs_dir)


def answering_onnx(
    head: nn.Module, embedding_dim: int, calibrator: Calibrator, *, graphs_dir: Path | None = None
) -> onnx.ModelProto:
    """The graph from `embeddings`, float [batch, D], to `probabilities` and `logits`, float [batch, C].

    Args:
        head: from embeddings to logits.
        embedding_dim: D.
        calibrator: fitted.
        graphs_dir: see `onnx_graph`.

    Raises:
        BundleError: the exporter cannot do it.
    """
    with _told():
        answering, example = Answering(head, calibrator), torch.zeros((2, embedding_dim))
        return onnx_graph(answering, example, "embeddings", "probabilities", "logits", graphs_dir=graphs_dir)


def joined_onnx(pictures: onnx.ModelProto, backbone: onnx.ModelProto, answering: onnx.ModelProto) -> onnx.ModelProto:
    """One graph from `pictures` to `probabilities`, `logits` and `embeddings`, without notes of whoever exported it."""
    import onnx
    from onnx import compose, helper

    parts = [
        compose.add_prefix(model, prefix, rename_inputs=False, rename_outputs=False)
        for prefix, model in (("in_", pictures), ("net_", backbone), ("out_", answering))
    ]
    outputs = {entry.name: entry for part in parts for entry in part.graph.output}
    whole = helper.make_model(
        helper.make_graph(
            [node for part in parts for node in part.graph.node],
            "assay",
            list(parts[0].graph.input),
            [outputs[name] for name in OUTPUTS],
            [value for part in parts for value in part.graph.initializer],
        ),
        ir_version=max(part.ir_version for part in parts),
        opset_imports=[
            helper.make_opsetid(domain, version)
            for domain, version in {
                entry.domain: entry.version for part in parts for entry in part.opset_import
            }.items()
        ],
        producer_name="assay",
        functions=[function for part in parts for function in part.functions],
    )
    _strip(whole)
    onnx.checker.check_model(whole)
    return whole


def write_onnx(model: onnx.ModelProto, path: Path) -> None:
    """Write one file, whole or not at all."""
    import onnx

    with atomic_write(path) as temporary:
        onnx.save_model(model, temporary)


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except Exception as error:  # the exporter fails in any way it likes
        raise BundleError(f"this network cannot be exported to ONNX: {_first_line(error)}") from error


def _strip(model: onnx.ModelProto) -> None:
    """Take away stack traces and names of source files, which the exporter notes beside every node."""
    del model.metadata_props[:]
    del model.graph.metadata_props[:]
    del model.graph.value_info[:]
    model.doc_string = model.graph.doc_string = ""
    for entry in (*model.graph.node, *model.graph.input, *model.graph.output, *model.graph.initializer):
        del entry.metadata_props[:]
        entry.doc_string = ""


def _first_line(error: BaseException) -> str:
    while error.__cause__ is not None:
        error = error.__cause__
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return f"{type(error).__name__}: {lines[0] if lines else 'no message'}"[:300]

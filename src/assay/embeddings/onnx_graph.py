"""onnx_graph: a module as an ONNX graph; its architecture is exported once and kept blank, weights are filled in."""

from __future__ import annotations

import copy
import io
import logging
import warnings
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor, nn

from assay.disk import note_use
from assay.embeddings.architecture import architecture, weights_of
from assay.files import digest_of, write_cache

if TYPE_CHECKING:
    import onnx

logger = logging.getLogger(__name__)

BATCH = {0: torch.export.Dim("batch")}


def onnx_graph(
    module: nn.Module, example: Tensor, source: str, *targets: str, graphs_dir: Path | None
) -> onnx.ModelProto:
    """The graph of a module with one input, the first dimension of everything free; optimised.

    Exporting takes about ten times as long as filling in weights, and a training leaves nothing but other weights. So
    the first graph of an architecture and a shape is kept without them, unless something in it depends on weights in
    another way than by holding them.

    Args:
        module: copied, not changed; its buffers count as weights.
        example: an input, with a batch of more than one.
        source: name of the input.
        targets: names of the outputs.
        graphs_dir: where blank graphs are kept; None keeps none.

    Raises:
        Exception: whatever the exporter raises when it cannot do it.
    """
    from onnxscript.optimizer import optimize

    module = with_clamps(module).eval().cpu()
    weights = weights_of(module)
    digest = architecture(module, example, (source, *targets))
    path = None if graphs_dir is None or digest is None else graphs_dir / f"{digest}.blank.onnx"
    graph = None if path is None else _filled(path, weights)
    if graph is None:
        # Optimising folds weights into each other, so that they could not be replaced.
        graph = exported(module, example, BATCH, source, targets, optimize=False)
        if path is not None:
            _keep(graph, weights, path)
    return optimize(graph)


def settled_graph(
    module: nn.Module, example: Tensor, free: dict[int, Any], source: str, target: str, *, graphs_dir: Path | None
) -> onnx.ModelProto:
    """The graph of a module whose weights are settings, such as the mean of colours; kept whole, for these alone.

    Args:
        module: not changed.
        example: an input.
        free: dimensions of the input that are not fixed, as `torch.export.Dim`.
        source: name of the input.
        target: name of the output.
        graphs_dir: where graphs are kept; None keeps none.

    Raises:
        Exception: whatever the exporter raises when it cannot do it.
    """
    module = copy.deepcopy(module).eval().cpu()
    digest = architecture(module, example, (source, target))
    path = None
    if graphs_dir is not None and digest is not None:
        values = {name: value.tolist() for name, value in weights_of(module).items()}
        path = graphs_dir / f"{digest_of([digest, sorted(free), values])[:32]}.onnx"
    graph = None if path is None else _filled(path, {})
    if graph is None:
        graph = exported(module, example, free, source, [target])
        if path is not None:
            _write(graph, path)
    return graph


def with_clamps(module: nn.Module) -> nn.Module:
    """A copy in which every ReLU6 is written as the clamp that it is.

    The exporter takes each ReLU6 apart by a chain of symbolic comparisons, a third of the time for a network that has
    many; the graph is the same.
    """
    changed = copy.deepcopy(module)
    for parent in list(changed.modules()):
        for name, child in list(parent.named_children()):
            if type(child) is nn.ReLU6:
                setattr(parent, name, _Clamp())
    return changed


class _Clamp(nn.Module):
    def forward(self, values: Tensor) -> Tensor:
        return values.clamp(0, 6)


def exported(
    module: nn.Module,
    example: Tensor,
    free: dict[int, Any],
    source: str,
    targets: Sequence[str],
    *,
    optimize: bool = True,
) -> onnx.ModelProto:
    """What PyTorch's exporter makes of a module, in silence.

    Args:
        module: in eval mode, on the CPU.
        example: its input.
        free: dimensions of the input that are not fixed, as `torch.export.Dim`.
        source: name of the input.
        targets: names of the outputs.
        optimize: whether constants are folded.

    Raises:
        Exception: whatever the exporter raises when it cannot do it.
    """
    output = io.StringIO()  # a refusal comes with pages of traced graph on both streams; the error alone is of use
    with warnings.catch_warnings(), redirect_stdout(output), redirect_stderr(output), torch.no_grad():
        warnings.simplefilter("ignore")
        program = torch.onnx.export(
            module,
            (example,),
            dynamo=True,
            dynamic_shapes=(free,),
            input_names=[source],
            output_names=list(targets),
            optimize=optimize,
            verbose=False,
        )
    if program is None:
        raise RuntimeError("the exporter returned nothing")
    return program.model_proto


def _keep(graph: onnx.ModelProto, weights: dict[str, Tensor], path: Path) -> None:
    """Write the graph without its weights, where every number of it that could come from one has its name."""
    import onnx
    from onnx import TensorProto, numpy_helper

    floating = (TensorProto.FLOAT, TensorProto.DOUBLE, TensorProto.FLOAT16, TensorProto.BFLOAT16)
    blank = onnx.ModelProto()
    blank.CopyFrom(graph)
    for entry in blank.graph.initializer:
        held = weights.get(entry.name)
        if held is None and entry.data_type not in floating:
            continue
        if held is None or not np.array_equal(numpy_helper.to_array(entry), held.numpy(), equal_nan=True):
            return
        for field in ("raw_data", "float_data", "double_data", "int32_data", "int64_data"):
            entry.ClearField(field)
    _write(blank, path)


def _write(graph: onnx.ModelProto, path: Path) -> None:
    import onnx

    write_cache(
        path, lambda temporary: onnx.save_model(graph, temporary), "the next network of this kind is exported anew"
    )


def _filled(path: Path, weights: dict[str, Tensor]) -> onnx.ModelProto | None:
    """The kept graph with these weights; None where there is none, or where it cannot be used."""
    import onnx
    from onnx import numpy_helper

    try:
        graph = onnx.load(path)
        note_use(path)
        for entry in graph.graph.initializer:
            if entry.name not in weights:
                continue
            filled = numpy_helper.from_array(weights[entry.name].contiguous().numpy(), entry.name)
            if (filled.data_type, filled.dims) != (entry.data_type, entry.dims):
                return None
            entry.CopyFrom(filled)
        onnx.checker.check_model(graph)
    except FileNotFoundError:
        return None
    except Exception as error:  # a damaged file is as good as none
        logger.warning("%s cannot be used and is exported again: %s", path, error)
        return None
    return graph

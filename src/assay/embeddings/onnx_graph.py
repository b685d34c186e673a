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

from assay.files import digest_of, write_cache

if TYPE_CHECKING:
    import onnx

logger = logging.getLogger(__name__)

VERSION = 1
PLAIN = (bool, int, float, str, type(None))


def onnx_graph(
    module: nn.Module, example: Tensor, source: str, target: str, *, graphs_dir: Path | None
) -> onnx.ModelProto:
    """The graph of a module with one input and one output, whose first dimensions are free; optimised.

    Exporting takes about ten times as long as filling in weights, and a training leaves nothing but other weights. So
    the first graph of an architecture and a shape is kept without them, unless something in it depends on weights in
    another way than by holding them.

    Args:
        module: copied, not changed; its buffers count as weights.
        example: an input, with a batch of more than one.
        source: name of the input.
        target: name of the output.
        graphs_dir: where blank graphs are kept; None keeps none.

    Raises:
        Exception: whatever the exporter raises when it cannot do it.
    """
    from onnxscript.optimizer import optimize

    module = with_clamps(module).eval().cpu()
    weights = _weights(module)
    path = None if graphs_dir is None else graphs_dir / f"{_architecture(module, example, source, target)}.blank.onnx"
    graph = None if path is None else _filled(path, weights)
    if graph is None:
        # Optimising folds weights into each other, so that they could not be replaced.
        graph = exported(module, example, {0: torch.export.Dim("batch")}, source, [target], optimize=False)
        if path is not None:
            _keep(graph, weights, path)
    return optimize(graph)


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


def _weights(module: nn.Module) -> dict[str, Tensor]:
    """Parameters and buffers by every name that they have."""
    named = {
        **dict(module.named_parameters(remove_duplicate=False)),
        **dict(module.named_buffers(remove_duplicate=False)),
    }
    return {name: value.detach() for name, value in named.items()}


def _architecture(module: nn.Module, example: Tensor, source: str, target: str) -> str:
    """Digest of all that decides about a graph but weights: modules with their settings, shapes, types, names."""
    import onnxscript

    modules = [
        [name, f"{type(part).__module__}.{type(part).__qualname__}", _settings(part)]
        for name, part in module.named_modules()
    ]
    tensors = [[name, list(value.shape), str(value.dtype)] for name, value in _weights(module).items()]
    versions = [VERSION, torch.__version__, onnxscript.__version__]
    about = [versions, modules, repr(module), tensors, list(example.shape), str(example.dtype), source, target]
    return digest_of(about)[:32]


def _settings(module: nn.Module) -> dict[str, Any]:
    """Attributes of a module that are plain values, tuples of them, or functions."""
    settings: dict[str, Any] = {}
    for name, value in vars(module).items():
        if name.startswith("_") or name == "training":
            continue
        if isinstance(value, PLAIN):
            settings[name] = repr(value)
        elif isinstance(value, (tuple, list)) and all(isinstance(entry, PLAIN) for entry in value):
            settings[name] = [repr(entry) for entry in value]
        elif callable(value):
            settings[name] = getattr(value, "__qualname__", type(value).__qualname__)
    return settings


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
    write_cache(
        path, lambda temporary: onnx.save_model(blank, temporary), "the next network of this kind is exported anew"
    )


def _filled(path: Path, weights: dict[str, Tensor]) -> onnx.ModelProto | None:
    """The kept graph with these weights; None where there is none, or where it cannot be used."""
    import onnx
    from onnx import numpy_helper

    try:
        graph = onnx.load(path)
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

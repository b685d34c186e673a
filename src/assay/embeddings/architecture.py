"""Architecture: all that decides about the exported graph of a module but its weights, as a digest."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from assay.files import digest_of

VERSION = 2
PLAIN = (bool, int, float, str, type(None))
OF_EVERY_MODULE = frozenset(vars(nn.Module()))
"""Attributes that PyTorch itself keeps in a module: whether it is training, its parameters, hooks."""


def weights_of(module: nn.Module) -> dict[str, Tensor]:
    """Parameters and buffers by every name that they have."""
    named = {
        **dict(module.named_parameters(remove_duplicate=False)),
        **dict(module.named_buffers(remove_duplicate=False)),
    }
    return {name: value.detach() for name, value in named.items()}


def architecture(module: nn.Module, example: Tensor, names: Sequence[str]) -> str | None:
    """Digest of modules with their code and settings, shapes, types, and versions; 32 hex digits.

    Args:
        module: whose graph it is.
        example: its input.
        names: of the graph's input and outputs.

    Returns:
        None where the code of a part cannot be read, as of a class that was typed into a notebook.
    """
    import onnxscript

    code = _code(module)
    if code is None:
        return None
    modules = [
        [name, f"{type(part).__module__}.{type(part).__qualname__}", _settings(part)]
        for name, part in module.named_modules()
    ]
    tensors = [[name, list(value.shape), str(value.dtype)] for name, value in weights_of(module).items()]
    versions = [VERSION, torch.__version__, onnxscript.__version__]
    about = [versions, code, modules, repr(module), tensors, list(example.shape), str(example.dtype), list(names)]
    return digest_of(about)[:32]


def _code(module: nn.Module) -> Mapping[str, str] | None:
    """The source of the files that have the classes of a module's parts, PyTorch's own apart, which has a version."""
    files = {type(part).__module__ for part in module.modules()}
    try:
        return {name: inspect.getsource(sys.modules[name]) for name in sorted(files) if not name.startswith("torch.")}
    except (KeyError, OSError, TypeError):
        return None


def _settings(module: nn.Module) -> dict[str, Any]:
    """Attributes of a module that are plain values, tuples of them, or functions."""
    settings: dict[str, Any] = {}
    for name, value in vars(module).items():
        if name in OF_EVERY_MODULE:
            continue
        if isinstance(value, PLAIN):
            settings[name] = repr(value)
        elif isinstance(value, (tuple, list)) and all(isinstance(entry, PLAIN) for entry in value):
            settings[name] = [repr(entry) for entry in value]
        elif callable(value):
            settings[name] = getattr(value, "__qualname__", type(value).__qualname__)
    return settings

"""Optimizers that step without torch.compile's machinery, whose import takes longer than training a head."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

import torch

# Methods that torch shields from its compiler by importing it on their first call.
SHIELDED = ("add_param_group", "zero_grad", "state_dict", "load_state_dict")


def plain(build: Callable[..., torch.optim.Optimizer]) -> Callable[..., torch.optim.Optimizer]:
    """The same builder of an optimizer, whose methods are called as they are, without the shield from the compiler.

    Numbers are the same: in eager mode the shield only calls on. What is not a partial of an optimizer class of torch
    is given back as it is.

    Args:
        build: called with parameter groups.
    """
    if not isinstance(build, functools.partial) or not inspect.isclass(build.func):
        return build
    kind = build.func
    if not issubclass(kind, torch.optim.Optimizer) or not kind.__module__.startswith("torch.optim."):
        return build
    return functools.partial(_plain_class(kind), *build.args, **build.keywords)


def _plain_class(kind: type[torch.optim.Optimizer]) -> type[torch.optim.Optimizer]:
    step = inspect.unwrap(kind.step)

    def plain_step(self: torch.optim.Optimizer, closure: None = None) -> Any:
        with torch.set_grad_enabled(self.defaults["differentiable"]):
            return step(self, closure)

    methods: dict[str, Any] = {name: inspect.unwrap(getattr(kind, name)) for name in SHIELDED}
    return type(kind.__name__, (kind,), {**methods, "step": plain_step, "__module__": kind.__module__})

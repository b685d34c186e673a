"""Blocks: a backbone cut into parts from input to output, for unfreezing the last ones and for layer-wise rates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from torch import nn


class Block(nn.Module):
    """Modules and parameters that stay where they are in their model, seen as one part of it.

    It shares them: freezing the block, or setting it to eval, does so in the model. It has no `forward`.

    Attributes:
        name: name of its first module or parameter in the model.
    """

    def __init__(self, modules: Mapping[str, nn.Module], parameters: Mapping[str, nn.Parameter]) -> None:
        super().__init__()
        self.name = next(iter([*parameters, *modules]))
        for name, parameter in parameters.items():
            self.register_parameter(name.replace(".", "/"), parameter)
        for name, module in modules.items():
            self.add_module(name.replace(".", "/"), module)


def parameter_names_by_block(model: nn.Module) -> list[list[str]]:
    """Names of a timm model's parameters, block by block from input to output.

    timm states for most families which parameters make up a block (`group_matcher`); the few that say nothing are cut
    at their children, and at the children of those that are plain sequences.
    """
    matcher: Any = getattr(model, "group_matcher", None)
    if matcher is not None:
        from timm.models import group_parameters

        groups = group_parameters(model, matcher(coarse=False))
        return [groups[index] for index in sorted(groups)]
    blocks: dict[str, list[str]] = {}
    for name, _ in model.named_parameters():
        top, _, rest = name.partition(".")
        nested = isinstance(getattr(model, top), (nn.Sequential, nn.ModuleList))
        blocks.setdefault(f"{top}.{rest.partition('.')[0]}" if nested else top, []).append(name)
    return list(blocks.values())


def blocks_of(model: nn.Module, names_by_block: Sequence[Sequence[str]]) -> list[Block]:
    """The blocks of a model, each made of the largest modules whose parameters all belong to it.

    Modules without parameters (dropout, pooling) between two blocks go with the one before.

    Args:
        model: what is cut.
        names_by_block: names of parameters; together all parameters of the model, each once.
    """
    index_of = {name: index for index, names in enumerate(names_by_block) for name in names}
    modules: list[dict[str, nn.Module]] = [{} for _ in names_by_block]
    parameters: list[dict[str, nn.Parameter]] = [{} for _ in names_by_block]
    last = 0

    def assign(module: nn.Module, prefix: str) -> None:
        nonlocal last
        for name, parameter in module.named_parameters(recurse=False):
            last = index_of[prefix + name]
            parameters[last][prefix + name] = parameter
        for name, child in module.named_children():
            inside = {index_of[f"{prefix}{name}.{inner}"] for inner, _ in child.named_parameters()}
            if len(inside) > 1:
                assign(child, f"{prefix}{name}.")
                continue
            last = inside.pop() if inside else last
            modules[last][prefix + name] = child

    assign(model, "")
    return [Block(*parts) for parts in zip(modules, parameters, strict=True)]

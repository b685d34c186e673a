"""Freezing: what of a network is trained, in which mode the rest stays, and how fast each part learns."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from torch import nn

from assay.errors import ConfigError

if TYPE_CHECKING:
    from assay.models.backbone import Backbone
    from assay.models.blocks import Block


def last_blocks(backbone: Backbone, count: int) -> list[Block]:
    """The `count` blocks nearest to the head, in order.

    Raises:
        ConfigError: the backbone has fewer.
    """
    blocks = backbone.blocks
    if not 0 <= count <= len(blocks):
        raise ConfigError(f"finetune.blocks={count}: {backbone.name} has {len(blocks)} blocks")
    return blocks[len(blocks) - count :]


def freeze(module: nn.Module, keep: Iterable[nn.Module] = ()) -> None:
    """Train nothing in a module but the parts to keep; those get into training mode, the rest into eval mode.

    Args:
        module: frozen.
        keep: parts of it that go on being trained.
    """
    module.requires_grad_(False)
    for part in keep:
        part.requires_grad_(True)
    module.train()
    keep_frozen_in_eval(module)


def unfreeze(module: nn.Module) -> None:
    """Train everything in a module."""
    module.requires_grad_(True)
    module.train()


def keep_frozen_in_eval(module: nn.Module) -> None:
    """Set every part whose parameters are all frozen to eval mode.

    In training mode a frozen batch-norm layer would go on following the batches: its running statistics would drift
    away from its weights, and from embeddings that are cached already.
    """
    needs_gradient = [parameter.requires_grad for parameter in module.parameters()]
    if needs_gradient and not any(needs_gradient):
        module.eval()
        return
    for child in module.children():
        keep_frozen_in_eval(child)


def hold_batch_norm(module: nn.Module) -> None:
    """Set batch-norm layers to eval mode, so that they keep their statistics; their weights go on being trained."""
    for part in module.modules():
        if isinstance(part, nn.modules.batchnorm._BatchNorm):
            part.eval()

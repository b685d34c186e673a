"""Network: normalisation, backbone and head in one, so that it takes pictures as they are stored."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from assay.models.backbone import Backbone
from assay.models.freezing import freeze, keep_frozen_in_eval, unfreeze
from assay.models.head import Head


class Network(nn.Module):
    """From uint8 pictures to logits.

    What is frozen stays in eval mode when the network is set to train.

    Args:
        backbone: its `mean` and `std` become part of the network.
        head: takes embeddings of the backbone's length.

    Raises:
        ValueError: backbone and head do not fit.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, backbone: Backbone, head: Head) -> None:
        super().__init__()
        if backbone.embedding_dim != head.embedding_dim:
            raise ValueError(
                f"the backbone gives {backbone.embedding_dim} features, the head takes {head.embedding_dim}"
            )
        self.backbone = backbone
        self.head = head
        self.register_buffer("mean", 255 * torch.tensor(backbone.mean, dtype=torch.float32).view(3, 1, 1))
        self.register_buffer("std", 255 * torch.tensor(backbone.std, dtype=torch.float32).view(3, 1, 1))

    def forward(self, pictures: Tensor) -> Tensor:
        """Logits [B, C] of RGB pictures, uint8 [B, 3, S, S]."""
        return self.forward_normalized(self.normalize(pictures))

    def forward_normalized(self, inputs: Tensor) -> Tensor:
        """Logits [B, C] of what `normalize` gives, mixed or not."""
        return self.head(self.backbone(inputs))

    def normalize(self, pictures: Tensor) -> Tensor:
        """Float pictures [B, 3, S, S] in the scale that the backbone was trained in.

        Raises:
            TypeError: pictures are not uint8; float ones may be normalised already.
        """
        if pictures.dtype != torch.uint8:
            raise TypeError(f"pictures must be uint8, got {pictures.dtype}; normalised ones go to forward_normalized")
        values = pictures.to(self.mean.dtype)
        if not values.is_contiguous() and values.is_contiguous(memory_format=torch.channels_last):
            # Whole rows of pixels at a time: broadcasting over interleaved channels takes three times as long.
            width = values.shape[-1]
            rows = values.permute(0, 2, 3, 1).flatten(2)
            rows.sub_(self.mean.flatten().repeat(width)).div_(self.std.flatten().repeat(width))
            return values
        return values.sub_(self.mean).div_(self.std)

    def embed(self, pictures: Tensor) -> Tensor:
        """Embeddings [B, D] of RGB pictures, uint8 [B, 3, S, S]."""
        return self.backbone(self.normalize(pictures))

    def train(self, mode: bool = True) -> Network:
        """Set training mode, but for what is frozen."""
        super().train(mode)
        for part in self.children():
            keep_frozen_in_eval(part)
        return self


def train_head_only(network: Network) -> None:
    """Train the head of a network and nothing else."""
    unfreeze(network)
    freeze(network.backbone)

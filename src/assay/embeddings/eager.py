"""EagerRuntime: embeddings by PyTorch, batched, channels_last, on a GPU when there is one."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Literal

import numpy as np
import torch
from numpy.typing import NDArray

if TYPE_CHECKING:
    from assay.models.network import Network


class EagerRuntime:
    """Runs a frozen copy of the network in float32, whatever autocast is on around it.

    Attributes:
        network: the copy, in eval mode.
        device: where it runs: CUDA when there is a device, else the CPU.
    """

    backend: Literal["eager"] = "eager"

    def __init__(self, network: Network, device: torch.device | None = None) -> None:
        self.note = ""
        self.device = device or torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.network = copy.deepcopy(network).requires_grad_(False).eval()
        self.network.to(self.device).to(memory_format=torch.channels_last)

    def __call__(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Embeddings [B, D] of RGB pictures [B, 3, S, S]."""
        pictures = torch.from_numpy(images).to(self.device).contiguous(memory_format=torch.channels_last)
        with torch.inference_mode(), torch.autocast(self.device.type, enabled=False):
            return self.network.embed(pictures).float().cpu().numpy()

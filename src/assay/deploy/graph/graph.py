"""The parts of a predictor as torch modules, from decoded pictures to calibrated probabilities."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from assay.data.preprocessing import Preprocessing
from assay.deploy.graph.resize import Resize
from assay.models.network import Network
from assay.postprocess.calibration import Calibrator


class Normalised(nn.Module):
    """From decoded pictures, uint8 [B, 3, H, W], to the backbone's input, float32 [B, 3, S, S]."""

    mean: Tensor
    per_std: Tensor

    def __init__(self, network: Network, preprocessing: Preprocessing) -> None:
        super().__init__()
        self.resize = Resize(preprocessing)
        self.register_buffer("mean", network.mean.detach().clone())
        self.register_buffer("per_std", 1 / network.std.detach())  # a product takes half the time of a quotient

    def forward(self, pictures: Tensor) -> Tensor:
        """Resized and normalised pictures."""
        return (self.resize(pictures) - self.mean) * self.per_std


class Answering(nn.Module):
    """From embeddings [B, D] to probabilities and logits, both [B, C].

    Args:
        head: from embeddings to logits.
        calibrator: fitted.
    """

    def __init__(self, head: nn.Module, calibrator: Calibrator) -> None:
        super().__init__()
        self.head = head
        self.calibration = calibrator.in_graph()

    @property
    def calibrates(self) -> bool:
        """Whether calibration is inside; else the probabilities are softmax(logits)."""
        return self.calibration is not None

    def forward(self, embeddings: Tensor) -> tuple[Tensor, Tensor]:
        """Probabilities and logits."""
        logits = self.head(embeddings)
        wide = logits.double()
        probabilities = torch.softmax(wide, dim=1) if self.calibration is None else self.calibration(wide)
        return probabilities.float(), logits


class Graph(nn.Module):
    """From decoded pictures, uint8 [B, 3, H, W], to all that a predictor's network says about them."""

    def __init__(self, network: Network, preprocessing: Preprocessing, calibrator: Calibrator) -> None:
        super().__init__()
        self.normalised = Normalised(network, preprocessing)
        self.backbone = network.backbone
        self.answering = Answering(network.head, calibrator)

    def forward(self, pictures: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Probabilities [B, C], logits [B, C] before calibration, embeddings [B, D]; all float32."""
        embeddings = self.backbone(self.normalised(pictures))
        probabilities, logits = self.answering(embeddings)
        return probabilities, logits, embeddings

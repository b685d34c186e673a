from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from assay.models.backbone import Backbone
from assay.models.head import LinearHead
from assay.models.network import Network

CLASSES = 3


class SmallCNN(nn.Module):
    """Two convolutions and the mean over the picture: 32 pixels make a map of 8×8 cells."""

    num_features = 12

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 8, 3, stride=2, padding=1), nn.ReLU(inplace=True))
        self.last = nn.Sequential(nn.Conv2d(8, 12, 3, stride=2, padding=1), nn.BatchNorm2d(12), nn.ReLU(inplace=True))

    def forward(self, pictures: Tensor) -> Tensor:
        return self.last(self.stem(pictures)).mean((2, 3))


def small_network(seed: int = 0) -> Network:
    torch.manual_seed(seed)
    mean, std = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
    backbone = Backbone(SmallCNN(), name="small", embedding_dim=12, mean=mean, std=std)
    network = Network(backbone, LinearHead(12, CLASSES)).eval()
    nn.init.normal_(network.head.linear.weight)
    network.head.fit_(torch.randn(50, 12).abs() * torch.rand(12))
    return network


@pytest.fixture
def network() -> Network:
    return small_network()


@pytest.fixture
def pictures() -> Tensor:
    return torch.randint(0, 256, (5, 3, 32, 32), dtype=torch.uint8, generator=torch.Generator().manual_seed(1))


@pytest.fixture
def targets() -> Tensor:
    return torch.tensor([0, 1, 2, 1, 0])

import hashlib
import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image
from torch import nn

from assay.data.manifest import Manifest
from assay.models.head import LinearHead
from assay.models.network import Network


class TinyBackbone(nn.Module):
    name = "tiny"
    embedding_dim = 8
    mean = (0.5, 0.4, 0.3)
    std = (0.2, 0.25, 0.3)
    passes = 1

    def __init__(self, seed: int) -> None:
        super().__init__()
        torch.manual_seed(seed)
        self.features = nn.Sequential(
            nn.Conv2d(3, 8, 3, stride=2, bias=False),
            nn.BatchNorm2d(8),
            nn.SiLU(),
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
        )

    @property
    def digest(self) -> str:
        values = b"".join(value.detach().cpu().numpy().tobytes() for value in self.state_dict().values())
        return hashlib.sha256(values).hexdigest()

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return self.features(images)


class BackboneThatLooksAtValues(TinyBackbone):
    """Its control flow depends on the data, which no exporter can follow."""

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        vectors = super().forward(images)
        return vectors * 2 if bool(vectors.sum() > 0) else vectors


def tiny_network(seed: int = 0, *, classes: int = 2) -> Network:
    """Small enough to export in a test."""
    return Network(TinyBackbone(seed), LinearHead(TinyBackbone.embedding_dim, classes))


@pytest.fixture
def make_network() -> Callable[..., Network]:
    return tiny_network


@pytest.fixture
def network() -> Network:
    return tiny_network()


@pytest.fixture
def unexportable() -> Network:
    return Network(BackboneThatLooksAtValues(0), LinearHead(TinyBackbone.embedding_dim, 2))


@pytest.fixture(scope="session")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the tiny network is exported once for all tests."""
    return tmp_path_factory.mktemp("onnx")


@pytest.fixture
def make_manifest(tmp_path: Path) -> Callable[..., Manifest]:
    def make(count: int, repeat_first: int = 0) -> Manifest:
        rng = np.random.default_rng(0)
        rows = []
        for index in range(count):
            buffer = io.BytesIO()
            Image.fromarray(rng.integers(0, 256, (20, 30, 3), dtype=np.uint8)).save(buffer, "PNG")
            names = [f"{index}.png", *(f"copy{copy}.png" for copy in range(repeat_first if index == 0 else 0))]
            for name in names:
                (tmp_path / name).write_bytes(buffer.getvalue())
                rows.append({"id": hashlib.sha256(buffer.getvalue()).hexdigest(), "path": str(tmp_path / name)})
        table = pd.DataFrame(rows).assign(
            label=0, split="train", group="", source="", generator="", license="", width=30, height=20, format="PNG",
            phash=0, flags="",
        )  # fmt: skip
        return Manifest(table, ("only",))

    return make


@pytest.fixture
def preprocessing():
    from assay.data.preprocessing import Preprocessing

    return Preprocessing(32)

"""Extractors go by names that say everything, serve torch-fidelity, and fail in words."""

from __future__ import annotations

import pickle
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch.utils.data import Dataset

from assay.errors import WeightsError
from assay.models.network import Network
from assay.synthetic.fidelity.extractor import ExtractorSpec, build_embedder, build_network
from assay.synthetic.fidelity.frechet import frechet_distance
from assay.synthetic.fidelity.kernel import KernelDistance

TINY = ExtractorSpec("baseline_cnn", "none", 32)


def register_extractor(label: str, network: Network) -> str:
    """Make a network a feature extractor of torch-fidelity, the referee; its name there, for `calculate_metrics`."""
    from torch_fidelity.feature_extractor_base import FeatureExtractorBase
    from torch_fidelity.registry import FEATURE_EXTRACTORS_REGISTRY, register_feature_extractor

    class Registered(FeatureExtractorBase):
        def __init__(self, name: str, features_list: list[str], **_: Any) -> None:
            super().__init__(name, features_list)
            self.network = network

        @staticmethod
        def get_provided_features_list() -> tuple[str, ...]:
            return ("features",)

        @staticmethod
        def get_default_feature_layer_for_metric(metric: str) -> str:
            return "features"

        @staticmethod
        def can_be_compiled() -> bool:
            return False

        @staticmethod
        def get_dummy_input_for_compile() -> None:
            return None

        def forward(self, pictures: Any) -> tuple[Any, ...]:
            return (self.network.embed(pictures),)

    name = label.replace("/", "_")
    FEATURE_EXTRACTORS_REGISTRY.pop(name, None)
    register_feature_extractor(name, Registered)
    return name


class Pictures(Dataset):
    def __init__(self, count: int, seed: int, level: int) -> None:
        noise = np.random.default_rng(seed).integers(0, 120, (count, 3, 32, 32))
        self.pixels = torch.from_numpy((noise + level).astype(np.uint8))

    def __len__(self) -> int:
        return len(self.pixels)

    def __getitem__(self, index: int) -> torch.Tensor:
        return self.pixels[index]


def test_names_carry_extractor_weights_size_and_resize(tmp_path: Path) -> None:
    assert ExtractorSpec(size=64).label == "tf_efficientnet_lite0@64"
    assert ExtractorSpec("resnet50", size=96, resize="crop").label == "resnet50@96-crop"
    labels = set()
    for content in (b"one", b"two"):
        (tmp_path / "weights.safetensors").write_bytes(content)
        labels.add(ExtractorSpec("resnet50", str(tmp_path / "weights.safetensors"), 96).label)
    assert len(labels) == 2


def test_it_agrees_with_a_plain_run_of_torch_fidelity(tmp_path: Path) -> None:
    import torch_fidelity

    network = build_network(TINY, tmp_path)
    first, second = Pictures(300, 0, 40), Pictures(300, 1, 90)
    theirs = torch_fidelity.calculate_metrics(
        input1=second, input2=first, feature_extractor=register_extractor(TINY.label, network), cuda=False,
        fid=True, kid=True, kid_subsets=1, kid_subset_size=300, cache=False, verbose=False, batch_size=100,
        save_cpu_ram=True,  # no worker processes
    )  # fmt: skip
    with torch.inference_mode():
        features = [network.embed(part.pixels).numpy() for part in (first, second)]
    groups = np.arange(300).astype(str)
    assert frechet_distance(*features) == pytest.approx(theirs["frechet_inception_distance"], rel=1e-3)
    kid = KernelDistance(*features, groups, groups).value
    assert kid == pytest.approx(theirs["kernel_inception_distance_mean"], rel=1e-3)


def test_random_weights_are_the_same_each_time(tmp_path: Path) -> None:
    before = torch.get_rng_state()
    one, other = (build_embedder(TINY, tmp_path).key().digest for _ in range(2))
    assert one == other
    assert torch.equal(before, torch.get_rng_state())


def test_inception_without_a_network_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from torch_fidelity import feature_extractor_inceptionv3

    monkeypatch.setattr(feature_extractor_inceptionv3, "URL_INCEPTION_V3", "http://127.0.0.1:9/weights-6726825d.pth")
    with pytest.raises(WeightsError, match=r"cannot be fetched: .*fidelity.weights=FILE") as caught:
        build_network(ExtractorSpec("inception_v3"), tmp_path)
    (other,) = re.findall(r"fidelity\.extractor=(tf\w+)", str(caught.value))
    assert build_network(ExtractorSpec(other), tmp_path).backbone.name == other
    assert not list(tmp_path.rglob("*.pth"))


def test_inception_weights_that_would_run_code_are_refused(tmp_path: Path) -> None:
    class Harmful:
        def __reduce__(self):
            return (Path.touch, (tmp_path / "ran",))

    file = tmp_path / "weights.pth"
    file.write_bytes(pickle.dumps(Harmful()))
    with pytest.raises(WeightsError, match="holds no plain tensors"):
        build_network(ExtractorSpec("inception_v3", str(file)), tmp_path)
    assert not (tmp_path / "ran").exists()
    torch.save({"weight": torch.zeros(2)}, file)
    with pytest.raises(WeightsError, match="not the weights of torch-fidelity's Inception-v3"):
        build_network(ExtractorSpec("inception_v3", str(file)), tmp_path)

"""The checks on a network that has learned a task whose answer lies in one known place."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from assay.data.preprocessing import Preprocessing
from assay.evaluation.explanation import ExplanationEvidence
from assay.evaluation.resampling import Resampling
from assay.explain.gradcam import GradCam
from assay.explain.gradcam_pp import GradCamPlusPlus
from assay.explain.heat import HeatScale, enlarged
from assay.explain.integrated_gradients import IntegratedGradients
from assay.explain.maps import MapMaker
from assay.explain.method import Method
from assay.explain.saliency import Saliency
from assay.explain.sanity.check import check_maps
from assay.models.backbone import Backbone
from assay.models.head import LinearHead
from assay.models.network import Network

SIZE, PATCH = 32, 8
METHODS = [GradCam(), GradCamPlusPlus(), Saliency(), IntegratedGradients(steps=8)]


class Convolutions(nn.Module):
    num_features = 16

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 8, 3, stride=2, padding=1), nn.ReLU())
        self.last = nn.Sequential(nn.Conv2d(8, 16, 3, stride=2, padding=1), nn.ReLU())

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        return self.last(self.stem(pictures)).mean((2, 3))


def planted(count: int, seed: int) -> tuple[torch.Tensor, torch.Tensor, np.ndarray]:
    """Dark noise; in class 1 with a bright square at one of four places off the centre. Also the corner of each."""
    rng = np.random.default_rng(seed)
    pictures = rng.integers(20, 90, (count, 3, SIZE, SIZE), dtype=np.uint8)
    labels = np.arange(count) % 2
    corners = rng.choice([0, SIZE - PATCH], (count, 2))
    for picture, label, (top, left) in zip(pictures, labels, corners, strict=True):
        if label:
            picture[:, top : top + PATCH, left : left + PATCH] = rng.integers(200, 256, (3, PATCH, PATCH))
    return torch.from_numpy(pictures), torch.from_numpy(labels), corners


@pytest.fixture(scope="module")
def trained() -> Network:
    torch.manual_seed(0)
    backbone = Backbone(Convolutions(), name="planted", embedding_dim=16, mean=(0.3,) * 3, std=(0.2,) * 3)
    network = Network(backbone, LinearHead(16, 2))
    optimizer = torch.optim.Adam(network.parameters(), lr=0.02)
    for step in range(60):
        pictures, labels, _ = planted(32, step)
        loss = functional.cross_entropy(network(pictures), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    pictures, labels, _ = planted(100, 999)
    assert (network.eval()(pictures).argmax(1) == labels).float().mean() > 0.97
    return network


def served(network: Network):
    def probabilities(pictures: np.ndarray) -> np.ndarray:
        with torch.inference_mode():
            return network(torch.from_numpy(np.ascontiguousarray(pictures))).softmax(1).numpy()

    return probabilities


def checked(
    network: Network, method: Method, folder: Path, *, replaced: np.ndarray | None = None
) -> ExplanationEvidence:
    pictures, labels, _ = planted(60, 1234)
    shown = labels == 1
    pictures, labels = pictures[shown], labels[shown]
    maker = MapMaker(network, Preprocessing(SIZE), method, cache_dir=folder)
    maps = method(network, pictures, labels).numpy() if replaced is None else replaced
    return check_maps(
        maker,
        pictures.numpy(),
        maps,
        labels.numpy(),
        served(network),
        groups=np.arange(len(labels)).astype(str),
        scale=HeatScale.of(maps, size=SIZE),
        resampling=Resampling(300),
    )


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.name)
def test_most_of_the_heat_lies_on_the_patch(trained: Network, method: Method) -> None:
    pictures, labels, corners = planted(60, 1234)
    shown = labels == 1
    maps = method(trained, pictures[shown], labels[shown]).numpy()
    shares = []
    for entry, (top, left) in zip(maps, corners[shown.numpy()], strict=True):
        heat = enlarged(entry, SIZE)
        near = (slice(max(0, top - 3), top + PATCH + 3), slice(max(0, left - 3), left + PATCH + 3))
        shares.append(heat[near].sum() / heat.sum())
    by_chance = (PATCH + 3) ** 2 / SIZE**2
    assert np.mean(shares) > 3 * by_chance


@pytest.mark.parametrize("method", [GradCam(), IntegratedGradients(steps=8)], ids=lambda method: method.name)
def test_maps_of_a_planted_signal_pass_every_check(trained: Network, method: Method, tmp_path: Path) -> None:
    evidence = checked(trained, method, tmp_path)
    assert [gain.established for gain in evidence.gains] == [True, True]
    assert evidence.measured()["explain/deletion_gain"] > 0
    assert evidence.without_signal == 0
    assert evidence.n == 30
    assert evidence.randomisation["all"].n == 24
    assert evidence.passed == evidence.changes_with_weights


def test_maps_of_noise_are_not_established(trained: Network, tmp_path: Path) -> None:
    noise = np.random.default_rng(0).random((30, 8, 8), dtype=np.float32)
    evidence = checked(trained, GradCam(), tmp_path, replaced=noise)
    assert not evidence.gains[0].established, "the centre is worse than noise here, chance is not"
    assert not evidence.passed
    assert evidence.verdict[0].startswith("Inconclusive")


def test_empty_maps_are_counted_and_explain_nothing(trained: Network, tmp_path: Path) -> None:
    evidence = checked(trained, GradCam(), tmp_path, replaced=np.zeros((30, 8, 8), dtype=np.float32))
    assert evidence.without_signal == 30
    assert not evidence.passed
    assert evidence.randomisation["all"].value is None
    assert "explain/randomisation_similarity" not in evidence.measured()
    assert any("too few of them show any signal" in sentence for sentence in evidence.verdict)
    assert evidence.gains_with_signal == ()


def test_the_same_seed_gives_the_same_evidence(trained: Network, tmp_path: Path) -> None:
    assert checked(trained, GradCam(), tmp_path) == checked(trained, GradCam(), tmp_path)


def test_maps_that_stay_when_the_head_forgets_are_said_to_do_so(trained: Network, tmp_path: Path) -> None:
    class Reaction(GradCam):
        """The mean activation, which no head can change."""

        def attribute(self, network, inputs, targets, layer):
            return network.backbone.model.last(network.backbone.model.stem(inputs)).mean(1)

    evidence = checked(trained, Reaction(), tmp_path)
    assert evidence.randomisation["head"].value == pytest.approx(1)
    assert any("what the backbone reacts to" in note for note in evidence.notes)
    assert not any("what the backbone reacts to" in note for note in checked(trained, GradCam(), tmp_path).notes)

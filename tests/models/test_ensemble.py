import copy
from pathlib import Path

import numpy as np
import pytest
import torch

from assay.data.preprocessing import Preprocessing
from assay.deploy.graph.onnx_format import answering_onnx, backbone_onnx
from assay.errors import ConfigError
from assay.explain.integrated_gradients import IntegratedGradients
from assay.explain.layers import feature_layer
from assay.explain.saliency import Saliency
from assay.models.backbone import build_backbone
from assay.models.ensemble import ensemble
from assay.models.head import CosineHead, LinearHead
from assay.models.network import Network
from assay.models.views import with_views
from assay.postprocess.calibration import NoCalibration
from assay.predictor import Predictor

SIZE = 32


def member(seed: int, *, mean: tuple[float, ...] | None = None, cosine: bool = False) -> Network:
    torch.manual_seed(seed)
    backbone = build_backbone("baseline_cnn", "none")
    if mean:
        backbone.mean, backbone.std = mean, (0.5, 0.4, 0.3)
    head = (CosineHead if cosine else LinearHead)(backbone.embedding_dim, 3)
    if not cosine:
        torch.nn.init.normal_(head.linear.weight, std=1.0)  # logits that differ
    return Network(backbone, head).eval()


@pytest.fixture(scope="module")
def pictures() -> torch.Tensor:
    return torch.randint(0, 256, (5, 3, SIZE, SIZE), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))


def probabilities(network: Network, pictures: torch.Tensor) -> np.ndarray:
    with torch.no_grad():
        logits = network(pictures).double().numpy()
    powers = np.exp(logits - logits.max(1, keepdims=True))
    return powers / powers.sum(1, keepdims=True)


def test_it_answers_by_the_mean_of_the_probabilities_of_members_that_see_pictures_each_in_its_own_scale(
    pictures: torch.Tensor,
) -> None:
    members = [member(0), member(1, mean=(0.2, 0.5, 0.7)), with_views(member(2, cosine=True), ["identity", "mirror"])]
    expected = np.mean([probabilities(each, pictures) for each in members], axis=0)
    together = ensemble(copy.deepcopy(members))
    np.testing.assert_allclose(probabilities(together, pictures), expected, atol=1e-5)
    with torch.no_grad():
        np.testing.assert_allclose(torch.exp(together(pictures)).numpy(), expected, atol=1e-5)
    assert together.backbone.passes == 4
    apart = np.abs(probabilities(members[0], pictures) - expected).max()
    assert apart > 0.01, "members that agree would show nothing"


def test_members_on_one_frozen_backbone_share_it(pictures: torch.Tensor) -> None:
    first = member(0)
    others = [Network(copy.deepcopy(first.backbone), member(seed).head).eval() for seed in (1, 2)]
    together = ensemble([first, *others])
    assert together.backbone is first.backbone
    expected = np.mean([probabilities(each, pictures) for each in (first, *others)], axis=0)
    np.testing.assert_allclose(probabilities(together, pictures), expected, atol=1e-5)


def test_it_is_saved_and_read_back(pictures: torch.Tensor, tmp_path: Path) -> None:
    members = [member(0), with_views(member(1, mean=(0.2, 0.5, 0.7), cosine=True), ["identity", "half_turn"])]
    together = ensemble(members)
    Predictor(together, Preprocessing(SIZE), ("a", "b", "c"), tmp_path).save(tmp_path / "model")
    loaded = Predictor.load(tmp_path / "model", cache_dir=tmp_path).network
    with torch.no_grad():
        assert torch.equal(loaded(pictures), together(pictures))
    assert loaded.backbone.digest == together.backbone.digest


def test_it_is_exported_as_one_graph(pictures: torch.Tensor) -> None:
    import onnxruntime

    together = ensemble([member(0), member(1, mean=(0.2, 0.5, 0.7))])
    body = onnxruntime.InferenceSession(backbone_onnx(together, SIZE).SerializeToString())
    (vectors,) = body.run(None, {"normalised": together.normalize(pictures).numpy()})
    graph = answering_onnx(together.head, together.backbone.embedding_dim, NoCalibration())
    said, _ = onnxruntime.InferenceSession(graph.SerializeToString()).run(None, {"embeddings": vectors})
    np.testing.assert_allclose(said, probabilities(together, pictures), atol=1e-4)


def test_no_map_is_made_of_several_backbones(pictures: torch.Tensor) -> None:
    together = ensemble([member(0), member(1)])
    with pytest.raises(ConfigError, match="explain=saliency or explain=integrated_gradients"):
        feature_layer(together, SIZE)
    for method in (Saliency(), IntegratedGradients(steps=2)):
        assert method.layer_of(together, SIZE) is None
        maps = method(together, pictures, torch.zeros(len(pictures), dtype=torch.int64), layer=None)
        assert maps.shape[0] == len(pictures)
        assert float(maps.abs().max()) > 0


def test_its_parts_lie_in_the_order_of_their_depth() -> None:
    together = ensemble([member(0), member(1)])
    names = [block.name for block in together.backbone.blocks]
    alone = [block.name for block in member(0).backbone.blocks]
    assert names == [name for name in alone for _ in range(2)]

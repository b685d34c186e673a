import copy
from pathlib import Path

import numpy as np
import pytest
import torch

from assay.config.tta import SETS, VIEWS, views_of
from assay.data.preprocessing import Preprocessing
from assay.deploy.graph.onnx_format import backbone_onnx
from assay.embeddings.identity import embedding_key
from assay.errors import ConfigError
from assay.models.backbone import build_backbone
from assay.models.head import LinearHead
from assay.models.network import Network
from assay.models.views import TRANSFORMS, with_one_view, with_views
from assay.predictor import Predictor

SIZE = 32


@pytest.fixture(scope="module")
def plain() -> Network:
    torch.manual_seed(0)
    backbone = build_backbone("baseline_cnn", "none")
    return Network(backbone, LinearHead(backbone.embedding_dim, 3)).eval()


@pytest.fixture(scope="module")
def pictures() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (3, SIZE, SIZE, 3), dtype=np.uint8)


def shown(picture: np.ndarray, view: str) -> np.ndarray:
    """A view by numpy, of a picture [H, W, 3]."""
    turns = {"half_turn": 2, "quarter_turn": 1, "three_quarter_turn": 3}
    if view in turns:
        return np.rot90(picture, turns[view])
    return {
        "identity": picture,
        "mirror": np.fliplr(picture),
        "flip": np.flipud(picture),
        "transpose": picture.transpose(1, 0, 2),
        "anti_transpose": np.rot90(picture, 2).transpose(1, 0, 2),
    }[view]


def as_tensor(pictures: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(np.ascontiguousarray(np.stack(list(pictures)).transpose(0, 3, 1, 2)))


@pytest.mark.parametrize("view", VIEWS)
def test_each_view_is_that_of_numpy(view: str, pictures: np.ndarray) -> None:
    expected = as_tensor([shown(picture, view) for picture in pictures])
    assert torch.equal(TRANSFORMS[view](as_tensor(pictures)), expected)


@torch.no_grad()
@pytest.mark.parametrize("name", SETS)
def test_an_embedding_is_the_mean_over_the_views_and_so_are_the_logits_of_a_linear_head(
    name: str, plain: Network, pictures: np.ndarray
) -> None:
    each = [as_tensor([shown(picture, view) for picture in pictures]) for view in SETS[name]]
    viewed = with_views(plain, views_of(name))
    expected = torch.stack([plain.embed(view) for view in each]).mean(0)
    torch.testing.assert_close(viewed.embed(as_tensor(pictures)), expected, rtol=1e-4, atol=1e-5)
    logits = torch.stack([plain(view) for view in each]).mean(0)
    torch.testing.assert_close(viewed(as_tensor(pictures)), logits, rtol=1e-4, atol=1e-4)
    assert viewed.backbone.passes == len(SETS[name])


def test_views_make_other_embeddings_of_the_same_weights(plain: Network) -> None:
    preprocessing = Preprocessing(SIZE)
    keys = [embedding_key(with_views(plain, views_of(name)), preprocessing).digest for name in (None, *SETS)]
    assert len(set(keys)) == len(keys)
    assert keys[0] == embedding_key(plain, preprocessing).digest


@torch.no_grad()
def test_the_exported_backbone_has_its_views_inside(plain: Network, pictures: np.ndarray) -> None:
    import onnxruntime

    viewed = with_views(plain, SETS["dihedral"])
    graph = backbone_onnx(viewed, SIZE)
    session = onnxruntime.InferenceSession(graph.SerializeToString())
    normalised = viewed.normalize(as_tensor(pictures))
    (vectors,) = session.run(None, {"normalised": normalised.numpy()})
    np.testing.assert_allclose(vectors, viewed.backbone(normalised).numpy(), rtol=1e-3, atol=1e-4)


def test_a_saved_predictor_is_asked_with_its_views_again(plain: Network, pictures: np.ndarray, tmp_path: Path) -> None:
    network = with_views(copy.deepcopy(plain), views_of(["identity", "quarter_turn"]))
    saved = Predictor(network, Preprocessing(SIZE), ("a", "b", "c"), tmp_path)
    saved.save(tmp_path / "model")
    loaded = Predictor.load(tmp_path / "model", cache_dir=tmp_path)
    assert loaded.network.backbone.passes == 2
    with torch.no_grad():
        assert torch.equal(loaded.network(as_tensor(pictures)), network(as_tensor(pictures)))


def test_a_map_is_made_of_one_view(plain: Network, pictures: np.ndarray) -> None:
    one = with_one_view(with_views(plain, SETS["mirrored"]))
    assert one.backbone is plain.backbone
    assert with_one_view(plain) is plain
    assert not one.training


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ("dihedrall", "did you mean dihedral"),
        ([], "names no view"),
        (["identity", "miror"], "did you mean mirror"),
        (["mirror", "mirror"], "stands there twice"),
    ],
)
def test_what_names_no_views_is_refused(asked: object, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        views_of(asked)  # type: ignore[arg-type]


def test_a_picture_as_it_is_and_once_needs_no_views() -> None:
    assert views_of(None) == views_of(["identity"]) == ()

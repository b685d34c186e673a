from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from assay.data.preprocessing import Preprocessing
from assay.errors import ConfigError
from assay.models.backbone import build_backbone
from assay.models.entry import GAIN, Residual, entry
from assay.models.network import Network
from assay.models.novelty_head import NoveltyHead
from assay.models.saved_head import head_from_state
from assay.predictor import Predictor

SMALL = "tf_efficientnet_lite0"


def test_the_residual_is_the_picture_minus_opencvs_blur() -> None:
    picture = np.random.default_rng(0).normal(0, 0.05, (20, 24, 3)).astype(np.float32)
    blurred = cv2.GaussianBlur(picture, (7, 7), 1.0, borderType=cv2.BORDER_REFLECT_101)
    found = Residual()(torch.from_numpy(picture.transpose(2, 0, 1))[None])[0].numpy().transpose(1, 2, 0)
    assert np.allclose(found, np.clip(GAIN * (picture - blurred), -1, 1), atol=1e-5)
    assert torch.equal(Residual()(torch.full((1, 3, 9, 9), 2.0)).round(decimals=5), torch.zeros(1, 3, 9, 9))
    with pytest.raises(ConfigError, match="did you mean residual"):
        entry("residul")


def test_shallow_embeddings_are_mean_and_spread_after_the_stages_of_the_whole_network() -> None:
    torch.manual_seed(0)
    whole = build_backbone(SMALL, "none").eval()
    torch.manual_seed(0)
    shallow = build_backbone(SMALL, "none", stages=3).eval()
    pictures = torch.randn(2, 3, 64, 64)
    with torch.inference_mode():
        features = whole.model.bn1(whole.model.conv_stem(pictures))
        for block in whole.model.blocks[:3]:
            features = block(features)
        expected = torch.cat([features.mean((2, 3)), features.std((2, 3), correction=0)], 1)
        assert torch.allclose(shallow(pictures), expected, atol=1e-4)
    assert shallow.embedding_dim == 80
    assert sum(value.numel() for value in shallow.parameters()) < 0.1 * sum(v.numel() for v in whole.parameters())


def test_several_stages_stand_one_after_another() -> None:
    found = []
    for stages in ([2, 4], 2, 4):
        torch.manual_seed(0)
        found.append(build_backbone(SMALL, "none", stages=stages).eval())
    pictures = torch.randn(2, 3, 64, 64)
    with torch.inference_mode():
        several, second, fourth = (backbone(pictures) for backbone in found)
    assert torch.allclose(several, torch.cat([second, fourth], 1), atol=1e-5)
    assert found[0].embedding_dim == found[1].embedding_dim + found[2].embedding_dim
    assert found[0].options == {"stages": [2, 4]}
    assert build_backbone(SMALL, "none", stages=[3]).options == {"stages": 3}


@pytest.mark.parametrize("stages", [[], [0], [3, 2], [2, 2], [2, 9], [True], [1.5]])
def test_stages_that_do_not_rise_or_are_not_there_are_refused(stages) -> None:
    with pytest.raises(ConfigError, match="stages"):
        build_backbone(SMALL, "none", stages=stages)


def test_what_a_backbone_looks_at_is_part_of_its_digest() -> None:
    found = []
    for options in ({}, {"input": "residual"}, {"stages": 5}, {"stages": 4}):
        torch.manual_seed(0)
        found.append(build_backbone(SMALL, "none", **options).digest)
    assert len(set(found)) == 4


def test_stages_that_are_not_there_are_refused() -> None:
    with pytest.raises(ConfigError, match="has 5 stages"):
        build_backbone(SMALL, "none", stages=6)
    with pytest.raises(ConfigError, match="used as a whole"):
        build_backbone("baseline_cnn", "none", stages=1)


def test_novelty_is_the_standardised_log_of_sklearns_mahalanobis_distance() -> None:
    from sklearn.covariance import LedoitWolf

    rng = np.random.default_rng(0)
    rows = rng.normal(0, 1, (300, 6))
    labels = (np.arange(300) % 3 == 0).astype(np.int64)
    rows[labels == 1] += 3
    head = NoveltyHead(6, 2, weight=1.5)
    head.fit_(rows.astype(np.float32), labels)
    real = rows[labels == 0]
    center, spread = real.mean(0), real.std(0)
    covariance = LedoitWolf(assume_centered=True).fit((real - center) / spread)
    logs = np.log(covariance.mahalanobis((rows - center) / spread) / 6)
    expected = (logs - logs[labels == 0].mean()) / logs[labels == 0].std()
    vectors = torch.from_numpy(rows.astype(np.float32))
    with torch.inference_mode():
        assert np.allclose(head.novelty(vectors).numpy(), expected, atol=1e-3)
        plain = head.linear(head.standardize(vectors))
        assert torch.allclose(head(vectors)[:, 0], plain[:, 0])
        assert torch.allclose(head(vectors)[:, 1], plain[:, 1] + 1.5 * head.novelty(vectors), atol=1e-5)


def test_a_picture_unlike_any_class_is_taken_for_the_other_class() -> None:
    rng = np.random.default_rng(1)
    real, made = rng.normal(0, 1, (200, 8)), rng.normal(0, 1, (200, 8)) + np.eye(8)[0] * 6
    strange = rng.normal(0, 1, (200, 8)) + np.eye(8)[1] * 6  # another direction than that of the known generator
    rows, labels = np.r_[real, made].astype(np.float32), np.repeat([0, 1], 200)
    head = NoveltyHead(8, 2)
    head.fit_(rows, labels)
    with torch.inference_mode():
        logits = head(torch.from_numpy(np.r_[real, strange].astype(np.float32))).numpy()
    margins = logits[:, 1] - logits[:, 0]
    assert (margins[200:] > np.quantile(margins[:200], 0.95)).mean() > 0.95


def test_what_lies_between_two_kinds_of_one_class_is_unlike_both_of_them() -> None:
    rng = np.random.default_rng(1)
    away = np.eye(8)[0] * 20
    real = np.r_[rng.normal(0, 1, (200, 8)) - away, rng.normal(0, 1, (200, 8)) + away]
    between = rng.normal(0, 1, (200, 8))
    for kinds, found in ((1, 0.0), (2, 1.0)):
        head = NoveltyHead(8, 2, kinds=kinds)
        head.fit_(real.astype(np.float32), np.zeros(400, dtype=np.int64))
        again = head_from_state(head.state(), 8, 2)
        again.load_state_dict(head.state_dict())
        with torch.inference_mode():
            usual, odd = (again.novelty(torch.from_numpy(rows.astype(np.float32))).numpy() for rows in (real, between))
        assert abs((odd > np.quantile(usual, 0.99)).mean() - found) < 0.05
    with pytest.raises(ValueError, match="for each of 2 kinds, got 3"):
        head.fit_(real[:3].astype(np.float32), np.zeros(3, dtype=np.int64))


def test_a_predictor_with_all_of_it_is_the_same_after_being_saved(tmp_path: Path) -> None:
    torch.manual_seed(0)
    backbone = build_backbone(SMALL, "none", input="residual", stages=2)
    head = NoveltyHead(backbone.embedding_dim, 2)
    rng = np.random.default_rng(0)
    head.fit_(rng.normal(size=(60, backbone.embedding_dim)).astype(np.float32), np.arange(60) % 2)
    predictor = Predictor(Network(backbone, head).eval(), Preprocessing(32, "native"), ("real", "generated"), tmp_path)
    predictor.save(tmp_path / "model")
    again = Predictor.load(tmp_path / "model", cache_dir=tmp_path)
    pictures = [rng.integers(0, 256, (20, 50, 3), dtype=np.uint8) for _ in range(2)]
    expected = predictor.network(torch.from_numpy(predictor.pixels(pictures)))
    assert torch.equal(again.network(torch.from_numpy(again.pixels(pictures))), expected)
    served = again.raw_predictions(pictures)  # as ONNX Runtime computes it
    assert np.allclose(served.logits, expected.detach().numpy(), atol=1e-3)
    assert again.runtime.backend == "onnxruntime"

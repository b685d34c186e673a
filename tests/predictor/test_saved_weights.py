"""A backbone that was not trained is stored once, and the models that have it answer as if each had its own."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from assay.data.preprocessing import Preprocessing
from assay.errors import DataError
from assay.files import sha256_of_file
from assay.models.backbone import build_backbone
from assay.models.head import LinearHead
from assay.models.network import Network
from assay.predictor import Predictor
from assay.predictor.saved_weights import load_weights, saved_size


@pytest.fixture
def probes(tmp_path: Path) -> list[Predictor]:
    """Two heads on one backbone."""
    torch.manual_seed(0)
    backbone = build_backbone("baseline_cnn", "none")
    networks = [Network(backbone, LinearHead(backbone.embedding_dim, 3)).eval() for _ in range(2)]
    return [Predictor(each, Preprocessing(32, "letterbox"), ("a", "b", "c"), tmp_path / "onnx") for each in networks]


def names_of(file: Path) -> int:
    return file.stat().st_nlink


def test_two_models_of_one_backbone_store_it_once_and_answer_each_with_its_own_head(
    probes: list[Predictor], tmp_path: Path
) -> None:
    for number, probe in enumerate(probes):
        probe.save(tmp_path / str(number), shared=tmp_path / "backbones")
    (shared,) = (tmp_path / "backbones").iterdir()
    assert shared.name == f"{sha256_of_file(shared)}.safetensors"
    assert names_of(shared) == 3
    picture = np.random.default_rng(0).integers(0, 256, (32, 32, 3), dtype=np.uint8)
    for number, probe in enumerate(probes):
        loaded = Predictor.load(tmp_path / str(number), cache_dir=tmp_path / "onnx")
        own = probe.network.head.state_dict()
        assert all(torch.equal(value, own[name]) for name, value in loaded.network.head.state_dict().items())
        np.testing.assert_array_equal(loaded.answer(picture).probabilities, probe.answer(picture).probabilities)


def test_the_weights_are_those_of_one_file_and_its_size_is_what_is_told(
    probes: list[Predictor], tmp_path: Path
) -> None:
    probes[0].save(tmp_path / "whole")
    probes[0].save(tmp_path / "shared", shared=tmp_path / "backbones")
    whole, put_together = load_file(tmp_path / "whole/model.safetensors"), load_weights(tmp_path / "shared")
    assert whole.keys() == put_together.keys()
    assert all(torch.equal(value, put_together[name]) for name, value in whole.items())
    assert (tmp_path / "whole/predictor.json").read_bytes() == (tmp_path / "shared/predictor.json").read_bytes()
    taken = sum(file.stat().st_size for file in (tmp_path / "whole").iterdir())
    assert saved_size(tmp_path / "whole") == saved_size(tmp_path / "shared") == taken


def test_a_backbone_that_is_missing_or_another_one_is_named(probes: list[Predictor], tmp_path: Path) -> None:
    probes[0].save(tmp_path / "model", shared=tmp_path / "backbones")
    file = tmp_path / "model/backbone.safetensors"
    kept = file.rename(tmp_path / "kept")
    with pytest.raises(DataError, match=r"backbone\.safetensors is missing, the weights of the backbone \(sha256 "):
        Predictor.load(tmp_path / "model", cache_dir=tmp_path)
    other = build_backbone("baseline_cnn", "none")
    Predictor(
        Network(other, LinearHead(other.embedding_dim, 3)), Preprocessing(32, "letterbox"), ("a", "b", "c"), tmp_path
    ).save(tmp_path / "other", shared=tmp_path / "backbones")
    (tmp_path / "other/backbone.safetensors").rename(file)
    with pytest.raises(DataError, match="not the weights of this model's backbone"):
        Predictor.load(tmp_path / "model", cache_dir=tmp_path)
    kept.replace(file)  # what the message says to do
    Predictor.load(tmp_path / "model", cache_dir=tmp_path)


def test_where_the_file_system_has_no_links_each_model_has_a_copy(
    probes: list[Predictor], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object, **__: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refused)
    for number, probe in enumerate(probes):
        probe.save(tmp_path / str(number), shared=tmp_path / "backbones")
        Predictor.load(tmp_path / str(number), cache_dir=tmp_path / "onnx")
        assert names_of(tmp_path / str(number) / "backbone.safetensors") == 1
    assert list((tmp_path / "backbones").iterdir()) == []


def test_a_shared_file_that_was_damaged_is_given_to_no_new_model(probes: list[Predictor], tmp_path: Path) -> None:
    probes[0].save(tmp_path / "0", shared=tmp_path / "backbones")
    (shared,) = (tmp_path / "backbones").iterdir()
    shared.write_bytes(b"damaged")
    probes[1].save(tmp_path / "1", shared=tmp_path / "backbones")
    Predictor.load(tmp_path / "1", cache_dir=tmp_path / "onnx")
    assert shared.samefile(tmp_path / "1/backbone.safetensors")


def test_a_model_that_is_saved_again_whole_has_no_backbone_beside_it(probes: list[Predictor], tmp_path: Path) -> None:
    probes[0].save(tmp_path / "model", shared=tmp_path / "backbones")
    probes[0].save(tmp_path / "model")
    assert sorted(file.name for file in (tmp_path / "model").iterdir()) == ["model.safetensors", "predictor.json"]
    Predictor.load(tmp_path / "model", cache_dir=tmp_path / "onnx")

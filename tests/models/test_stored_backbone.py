from __future__ import annotations

import copy
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from assay.embeddings.identity import weights_digest
from assay.models.backbone import Backbone, build_backbone
from assay.models.head import LinearHead
from assay.models.network import Network
from assay.models.stored_backbone import StoredBackbone, WeightTree, load_backbone, save_backbone

# Batch norm everywhere; tokens and position embeddings beside the modules; a parameter-free input of its own.
CASES = [
    ("tf_efficientnet_lite0", None, {}),
    ("vit_tiny_patch16_224", 64, {}),
    ("resnet18", None, {"input": "residual", "stages": 2}),
]


def kept(backbone: Backbone, path: Path, size: int | None) -> StoredBackbone:
    save_backbone(backbone, path, image_size=size, drop_path=0.0)
    stored = load_backbone(path)
    assert stored is not None
    return stored


@pytest.mark.parametrize(("name", "size", "options"), CASES)
def test_a_kept_backbone_is_the_same_and_answers_the_same(tmp_path: Path, name: str, size: int | None, options) -> None:
    built = build_backbone(name, "none", image_size=size, **options).eval()
    stored = kept(built, tmp_path / "kept.safetensors", size).eval()
    pictures = torch.rand(2, 3, size or 48, size or 48)
    assert (stored.name, stored.embedding_dim, stored.options) == (built.name, built.embedding_dim, built.options)
    assert stored.digest == built.digest
    assert weights_digest(Network(stored, LinearHead(stored.embedding_dim, 2))) == weights_digest(
        Network(built, LinearHead(built.embedding_dim, 2))
    )
    state = built.state_dict()
    assert list(stored.state_dict()) == list(state)
    assert all(torch.equal(value, state[key]) for key, value in stored.state_dict().items())
    assert sum(value.numel() for value in stored.parameters()) == sum(value.numel() for value in built.parameters())
    assert isinstance(stored.weights, WeightTree), "all of this without the model itself"
    with torch.inference_mode():
        assert torch.equal(stored(pictures), built(pictures))
    assert not isinstance(stored.weights, WeightTree)
    assert stored.digest == built.digest
    assert [block.name for block in stored.blocks] == [block.name for block in built.blocks]


def test_building_the_model_leaves_random_state_modes_and_what_is_frozen_alone(tmp_path: Path) -> None:
    stored = kept(build_backbone("tf_efficientnet_lite0", "none"), tmp_path / "kept.safetensors", None)
    stored.requires_grad_(False).eval()
    before = torch.get_rng_state()
    model = copy.deepcopy(stored).model
    assert torch.equal(torch.get_rng_state(), before)
    assert not any(parameter.requires_grad for parameter in model.parameters())
    assert not any(module.training for module in model.modules())
    assert isinstance(stored.weights, WeightTree), "the copy alone was built"


def test_a_damaged_file_is_as_good_as_none(tmp_path: Path) -> None:
    path = tmp_path / "kept.safetensors"
    assert load_backbone(path) is None
    kept(build_backbone("tf_efficientnet_lite0", "none"), path, None)
    content = bytearray(path.read_bytes())
    content[-1000] ^= 1
    path.write_bytes(content)
    assert load_backbone(path) is None
    path.write_bytes(content[: len(content) // 2])
    assert load_backbone(path) is None


def test_a_kept_backbone_needs_no_timm_until_it_computes(tmp_path: Path) -> None:
    path = tmp_path / "kept.safetensors"
    kept(build_backbone("tf_efficientnet_lite0", "none"), path, None)
    code = f"""
import sys
from pathlib import Path
from assay.models.stored_backbone import load_backbone
stored = load_backbone(Path({str(path)!r})).requires_grad_(False)
assert len(stored.digest) == 64 and stored.state_dict()
assert "timm" not in sys.modules
stored.blocks
assert "timm" in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True)

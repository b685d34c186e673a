from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from assay.embeddings import runtime as runtimes
from assay.embeddings.onnx_runtime import OnnxRuntime
from assay.embeddings.parity_record import checked_runtime
from assay.embeddings.runtime import embedding_runtime, made_up_pictures
from assay.models.backbone import build_backbone
from assay.models.head import LinearHead
from assay.models.network import Network

pytestmark = pytest.mark.slow  # every test exports


@pytest.fixture
def network() -> Network:
    torch.manual_seed(0)
    return Network(build_backbone("baseline_cnn", "none"), LinearHead(256, 2)).eval()


def test_a_file_that_agreed_is_not_held_against_pytorch_again(
    tmp_path: Path, network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = OnnxRuntime.path(network, 32, cache_dir=tmp_path)
    assert checked_runtime(path) is None
    first = embedding_runtime(network, 32, cache_dir=tmp_path)
    asked = []
    original = runtimes.EagerRuntime.__call__
    monkeypatch.setattr(
        runtimes.EagerRuntime, "__call__", lambda self, images: asked.append(1) or original(self, images)
    )
    second = embedding_runtime(network, 32, cache_dir=tmp_path)
    assert not asked
    assert second.backend == first.backend == "onnxruntime"
    pictures = made_up_pictures(32)
    np.testing.assert_array_equal(second(pictures), first(pictures))
    embedding_runtime(network, 32, cache_dir=tmp_path, sample=pictures)
    assert asked, "pictures of one's own are compared each time"


@pytest.mark.parametrize("change", ["sha256", "onnxruntime", "processor"])
def test_a_record_of_other_bytes_another_library_or_processor_says_nothing(
    tmp_path: Path, network: Network, change: str
) -> None:
    embedding_runtime(network, 32, cache_dir=tmp_path)
    path = OnnxRuntime.path(network, 32, cache_dir=tmp_path)
    assert checked_runtime(path) is not None
    (record,) = tmp_path.glob("*.agrees.json")
    record.write_text(json.dumps({**json.loads(record.read_text()), change: "other"}))
    assert checked_runtime(path) is None

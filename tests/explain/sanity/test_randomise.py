from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.stats import spearmanr

from assay.explain.gradcam import GradCam
from assay.explain.sanity.randomise import randomised
from assay.explain.sanity.similarity import rank_correlations
from assay.models.backbone import build_backbone
from assay.models.head import LinearHead
from assay.models.network import Network


@pytest.fixture
def baseline() -> Network:
    torch.manual_seed(0)
    backbone = build_backbone("baseline_cnn", "none")
    return Network(backbone, LinearHead(256, 3)).eval()


def sample(count: int = 12) -> torch.Tensor:
    return torch.randint(0, 256, (count, 3, 48, 48), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))


def test_weights_keep_their_values_in_another_order(baseline: Network) -> None:
    shuffled = randomised(baseline, 1.0, sample(), seed=0)
    for (name, before), after in zip(baseline.named_parameters(), shuffled.parameters(), strict=True):
        assert torch.equal(before.flatten().sort().values, after.flatten().sort().values), name
        if before.numel() > 100 and before.unique().numel() > 1:
            assert not torch.equal(before, after), name


def test_the_head_alone_or_the_upper_half_with_it(baseline: Network) -> None:
    blocks = baseline.backbone.blocks
    for share, changed in ((0.0, 0), (0.5, len(blocks) // 2), (1.0, len(blocks))):
        shuffled = randomised(baseline, share, sample(), seed=0)
        assert not torch.equal(shuffled.head.linear.weight, baseline.head.linear.weight)
        convolutions = [
            torch.equal(next(one.parameters()), next(other.parameters()))
            for one, other in zip(blocks, shuffled.backbone.blocks, strict=True)
        ]
        assert convolutions == [True] * (len(blocks) - changed) + [False] * changed


def test_the_network_itself_is_not_touched_and_the_copy_is_the_same_for_the_same_seed(baseline: Network) -> None:
    before = {name: value.clone() for name, value in baseline.state_dict().items()}
    one, two, other = (randomised(baseline, 1.0, sample(), seed=seed) for seed in (0, 0, 1))
    assert all(torch.equal(value, before[name]) for name, value in baseline.state_dict().items())
    pictures = sample(2)
    assert torch.equal(one(pictures), two(pictures))
    assert not torch.equal(one(pictures), other(pictures))


def test_activations_neither_vanish_nor_explode(baseline: Network) -> None:
    shuffled = randomised(baseline, 1.0, sample(), seed=0)
    embeddings = shuffled.head.standardize(shuffled.embed(sample()))
    assert 0.1 < embeddings.std().item() < 10


def test_maps_change_with_the_weights_and_not_without(baseline: Network) -> None:
    targets = torch.arange(12) % 3
    maps = GradCam(layer="blocks.1")(baseline, sample(), targets).numpy()
    again = GradCam(layer="blocks.1")(baseline, sample(), targets).numpy()
    shuffled = randomised(baseline, 1.0, sample(), seed=0)
    others = GradCam(layer="blocks.1")(shuffled, sample(), targets).numpy()
    assert np.nanmin(rank_correlations(maps, again)) == pytest.approx(1)
    assert abs(np.nanmean(rank_correlations(maps, others))) < 0.5


def test_the_correlation_is_that_of_scipy_with_ties() -> None:
    rng = np.random.default_rng(0)
    maps = rng.integers(0, 4, (20, 6, 6)).astype(np.float32)
    others = rng.random((20, 6, 6), dtype=np.float32)
    expected = [spearmanr(one.ravel(), other.ravel()).statistic for one, other in zip(maps, others, strict=True)]
    np.testing.assert_allclose(rank_correlations(maps, others), expected, atol=1e-12)


def test_a_map_that_vanishes_has_nothing_left_and_an_empty_one_cannot_be_compared() -> None:
    full, empty = np.arange(4, dtype=np.float32).reshape(1, 2, 2), np.zeros((1, 2, 2), dtype=np.float32)
    assert rank_correlations(full, empty).tolist() == [0]
    assert np.isnan(rank_correlations(empty, full)).all()

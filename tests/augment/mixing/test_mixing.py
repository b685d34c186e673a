import numpy as np
import pytest
import torch
from torch import Tensor
from torchvision.transforms import v2

from assay.augment.mixing import cutmix, mixup
from assay.augment.mixing.cutmix import CutMix, draw_box, kept_share, paste
from assay.augment.mixing.mixing import Mixing, draw_beta, soft_targets
from assay.augment.mixing.mixup import MixUp, blend
from assay.augment.mixing.mixup_cutmix import MixUpCutMix
from assay.errors import ConfigError

MIXINGS = [MixUp(), MixUp(alpha=1.0), CutMix(), MixUpCutMix()]
CLASSES = 4


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def batch(size: int, *shape: int) -> tuple[Tensor, Tensor]:
    return torch.rand(size, *shape, generator=generator(9)), torch.arange(size) % CLASSES


@pytest.mark.parametrize("mixing", MIXINGS)
@pytest.mark.parametrize("size", [1, 2, 7])
def test_every_batch_size_works_and_targets_sum_to_one(mixing: Mixing, size: int) -> None:
    inputs, labels = batch(size, 3, 16, 12)
    before = inputs.clone()
    for seed in range(20):
        mixed, targets = mixing(inputs, labels, CLASSES, generator(seed))
        assert mixed.shape == inputs.shape
        assert targets.shape == (size, CLASSES)
        assert targets.dtype == torch.float32
        assert targets.min() >= 0
        assert torch.allclose(targets.sum(1), torch.ones(size))
        assert torch.equal(inputs, before)


@pytest.mark.parametrize("mixing", MIXINGS)
def test_a_batch_of_one_stays_itself(mixing: Mixing) -> None:
    inputs, labels = batch(1, 3, 8, 8)
    mixed, targets = mixing(inputs, labels, CLASSES, generator())
    assert torch.allclose(mixed, inputs)
    assert torch.allclose(targets, torch.eye(CLASSES)[labels])


@pytest.mark.parametrize("mixing", MIXINGS)
def test_a_mix_is_a_function_of_its_generator(mixing: Mixing) -> None:
    inputs, labels = batch(6, 3, 16, 16)
    torch.manual_seed(0)
    first = mixing(inputs, labels, CLASSES, generator(3))
    torch.manual_seed(1)
    np.random.seed(1)  # noqa: NPY002  # the global state must not matter
    second = mixing(inputs, labels, CLASSES, generator(3))
    other = mixing(inputs, labels, CLASSES, generator(4))
    assert torch.equal(first[0], second[0])
    assert torch.equal(first[1], second[1])
    assert not torch.equal(first[0], other[0])


@pytest.mark.parametrize("mixing", MIXINGS)
def test_channels_last_pictures_stay_channels_last(mixing: Mixing) -> None:
    inputs, labels = batch(5, 3, 16, 16)
    inputs = inputs.contiguous(memory_format=torch.channels_last)
    for seed in range(4):
        mixed, _ = mixing(inputs, labels, CLASSES, generator(seed))
        assert mixed.is_contiguous(memory_format=torch.channels_last)


@pytest.mark.parametrize("mixing", MIXINGS)
def test_pixels_and_targets_are_mixed_in_the_same_proportion(mixing: Mixing) -> None:
    """Each picture is plain, with its class as its value: its mean afterwards is the mean class of its target."""
    labels = torch.arange(8) % CLASSES
    inputs = labels.float()[:, None, None, None].expand(8, 3, 20, 30).contiguous()
    for seed in range(30):
        mixed, targets = mixing(inputs, labels, CLASSES, generator(seed))
        assert torch.allclose(mixed.mean((1, 2, 3)), targets @ torch.arange(4.0), atol=1e-5)


def test_mixup_agrees_with_torchvision(monkeypatch: pytest.MonkeyPatch) -> None:
    inputs, labels = batch(5, 3, 8, 8)
    theirs = v2.MixUp(alpha=1.0, num_classes=CLASSES)
    monkeypatch.setattr(theirs, "make_params", lambda flat: {"lam": 0.3})
    partners = torch.arange(5).roll(1)
    expected_inputs, expected_targets = theirs(inputs, labels)
    assert torch.allclose(blend(inputs, partners, 0.3), expected_inputs)
    assert torch.allclose(soft_targets(labels, partners, 0.3, CLASSES), expected_targets)


@pytest.mark.parametrize("box", [(2, 7, 1, 5), (0, 8, 0, 10), (3, 3, 2, 9), (0, 1, 9, 10)])
def test_cutmix_agrees_with_torchvision(box: cutmix.Box, monkeypatch: pytest.MonkeyPatch) -> None:
    inputs, labels = batch(5, 3, 8, 10)
    top, bottom, left, right = box
    outside = 1 - (bottom - top) * (right - left) / 80
    theirs = v2.CutMix(num_classes=CLASSES)
    monkeypatch.setattr(
        theirs, "make_params", lambda flat: {"box": (left, top, right, bottom), "lam_adjusted": outside}
    )
    partners = torch.arange(5).roll(1)
    expected_inputs, expected_targets = theirs(inputs, labels)
    assert torch.equal(paste(inputs, partners, box), expected_inputs)
    assert kept_share(inputs, box) == pytest.approx(outside)
    assert torch.allclose(soft_targets(labels, partners, kept_share(inputs, box), CLASSES), expected_targets)


def test_mixup_mixes_embeddings() -> None:
    inputs, labels = batch(6, 32)
    mixed, targets = MixUp(alpha=1.0)(inputs, labels, 6, generator())
    own = targets.gather(1, labels[:, None])
    other = targets.clone().scatter_(1, labels[:, None], 0).argmax(1)
    assert not torch.allclose(mixed, inputs)
    assert own.max() <= 1
    assert other.shape == (6,)


@pytest.mark.parametrize("mixing", [CutMix(), MixUpCutMix(), MixUpCutMix(cutmix_probability=0.0)])
def test_boxes_are_not_cut_from_embeddings(mixing: Mixing) -> None:
    inputs, labels = batch(6, 32)
    with pytest.raises(ConfigError, match=r"\[6, 32\].*aug=mixup"):
        mixing(inputs, labels, CLASSES, generator())


def test_weights_follow_the_beta_distribution() -> None:
    stats = pytest.importorskip("scipy.stats")
    source = generator()
    for alpha in (0.2, 1.0):
        drawn = [draw_beta(alpha, source) for _ in range(1500)]
        assert stats.kstest(drawn, stats.beta(alpha, alpha).cdf).pvalue > 1e-3


def test_boxes_have_the_area_of_their_weight_unless_they_are_cut_off() -> None:
    source = generator()
    shares = []
    for _ in range(500):
        top, bottom, left, right = draw_box(100, 200, 0.75, source)
        assert 0 <= top < bottom <= 100
        assert 0 <= left < right <= 200
        shares.append((bottom - top) * (right - left) / 20_000)
    assert max(shares) == pytest.approx(0.25)
    # Side lengths lose an eighth of the picture on average: E[min] of a uniform centre, for both axes.
    assert np.mean(shares) == pytest.approx((0.5 - 0.5**2 / 4) ** 2, rel=0.05)


def test_the_combination_uses_both_as_often_as_asked() -> None:
    inputs = torch.arange(8.0)[:, None, None, None].expand(8, 3, 16, 16).contiguous()
    labels = torch.arange(8) % CLASSES
    mixing = MixUpCutMix(mixup_alpha=50.0, cutmix_probability=0.25)
    used = [mixing(inputs, labels, CLASSES, generator(seed))[0] for seed in range(400)]
    # CutMix leaves each pixel as it is in some picture, MixUp at about even weights does not.
    pasted = sum(torch.equal(mixed, mixed.round()) for mixed in used)
    assert pasted == pytest.approx(100, abs=35)


def test_settings_reach_the_parts() -> None:
    mixing = MixUpCutMix(mixup_alpha=0.7, cutmix_alpha=0.9)
    assert (mixing.mixup.alpha, mixing.cutmix.alpha) == (0.7, 0.9)
    assert mixup.MixUp().alpha == 0.2
    assert cutmix.CutMix().alpha == 1.0

from __future__ import annotations

import torch
from torch.nn import functional

from assay.deploy.int8.rounding import ConvShape, rounded


def _error(groups, kernel):
    generator = torch.Generator().manual_seed(0)
    shared = torch.randn((16, 1, 12, 12), generator=generator)
    inputs = shared + 0.3 * torch.randn((16, 8, 12, 12), generator=generator) + 1
    weights = torch.randn((8, 8 // groups, kernel, kernel), generator=generator)
    steps = weights.abs().amax((1, 2, 3)) / 7  # few levels, so that rounding hurts
    shape = ConvShape((kernel, kernel), pads=(kernel // 2,) * 4, groups=groups)
    found, shift = rounded(weights, steps, inputs, shape, largest=7)
    wide = steps[:, None, None, None]
    plain = (weights / wide).round().clamp(-7, 7)

    def error(whole, bias):
        difference = functional.conv2d(inputs, weights - whole * wide, padding=kernel // 2, groups=groups)
        return float((difference - bias[None, :, None, None]).square().mean())

    assert found.abs().max() <= 7
    assert (found == found.round()).all()
    return error(found.float(), shift.float()), error(plain, torch.zeros(8))


def test_weights_that_are_rounded_by_real_activations_change_outputs_less_than_rounding_to_the_nearest():
    for groups, kernel in [(1, 1), (8, 3), (1, 3)]:
        ours, nearest = _error(groups, kernel)
        assert ours < 0.5 * nearest

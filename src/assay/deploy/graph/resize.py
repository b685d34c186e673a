"""Resize: the preprocessing of `assay.data.preprocessing` in torch operations, so that it can lie inside of a graph."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from assay.data.preprocessing import PADDING, Preprocessing

SHARPNESS = -0.75
"""`a` of the cubic kernel, as OpenCV has it."""
BLOCK = 16
"""Rows of the result that are computed from one window of rows of the picture."""
SLACK = 6
"""Rows of a window beyond those that its share of the picture needs: the taps of the kernel, and rounding."""


class ResizedSides(NamedTuple):
    """How height and width of a picture become those of the square; tensors are float64 [2].

    Attributes:
        length: pixels of the picture that are used.
        skipped: pixels before them.
        target: pixels that they become.
        before: pixels of the square before those.
        window: pixels of the picture that a block of the square can need, at most.
    """

    length: Tensor
    skipped: Tensor
    target: Tensor
    before: Tensor
    window: int | torch.SymInt


class Resize(nn.Module):
    """Brings pictures of any size to a square, at most one grey level away from what OpenCV makes of them.

    Averaging over areas and cubic interpolation are linear in the pixels, first along one side and then along the
    other. The matrix of a side is banded, so it is applied block by block, each to the window that it needs. OpenCV
    rounds once more between the two where one side shrinks and the other grows; here is one rounding at the end.

    Args:
        preprocessing: size and kind.
    """

    def __init__(self, preprocessing: Preprocessing) -> None:
        super().__init__()
        self.size = preprocessing.size
        self.kind = preprocessing.resize
        self.register_buffer("padding", torch.tensor(PADDING, dtype=torch.float32).view(3, 1, 1), persistent=False)

    padding: Tensor

    def forward(self, pictures: Tensor) -> Tensor:
        """Whole numbers from 0 to 255, float32 [B, 3, S, S], of RGB pictures, uint8 [B, 3, H, W]."""
        sides = self._sides(pictures.shape[2], pictures.shape[3])
        rows, weights, inside = self._bands(sides)
        turned = self._along(pictures, rows[0], weights[0])
        square = self._along(turned, rows[1], weights[1]).round().clamp(0, 255)
        if self.kind != "letterbox":
            return square
        return torch.where(inside[0, :, None] & inside[1, None, :], square, self.padding)

    def _sides(self, height: int | torch.SymInt, width: int | torch.SymInt) -> ResizedSides:
        lengths = torch.stack([torch.scalar_tensor(side, dtype=torch.float64) for side in (height, width)])
        none, square = torch.zeros(2, dtype=torch.float64), torch.full((2,), self.size, dtype=torch.float64)
        if self.kind == "crop":
            used = lengths.min()
            shorter = self._window(torch.sym_min(height, width))
            return ResizedSides(used.expand(2), torch.floor((lengths - used) / 2), square, none, shorter)
        longer = self._window(torch.sym_max(height, width))
        if self.kind == "letterbox":
            targets = torch.round(lengths * (self.size / lengths.max())).clamp(min=1)
            return ResizedSides(lengths, none, targets, torch.floor((self.size - targets) / 2), longer)
        return ResizedSides(lengths, none, square, none, longer)

    def _window(self, pixels: int | torch.SymInt) -> int | torch.SymInt:
        return (BLOCK + 1) * pixels // self.size + SLACK

    def _bands(self, sides: ResizedSides) -> tuple[Tensor, Tensor, Tensor]:
        """For both sides at once, since in a graph each small operation has its price.

        Returns:
            Rows of the picture, int64 [2, blocks, window]; what each counts, float32 [2, blocks, block, window]; and
            where the square is not padding, bool [2, S].
        """
        block = min(BLOCK, self.size)
        blocks = -(-self.size // block)
        length, target = sides.length.float()[:, None, None], sides.target.float()[:, None, None]
        places = torch.arange(blocks * block, dtype=torch.float32).view(1, blocks, block)
        places = places - sides.before.float()[:, None, None]
        first = torch.floor(places[:, :, :1].clamp(min=0) * length / target) - 2
        pixels = first + torch.arange(sides.window, dtype=torch.float32)
        rows = torch.minimum(pixels.clamp(min=0), length - 1) + sides.skipped.float()[:, None, None]
        weights = _weights(places[..., None], pixels[:, :, None], length[..., None], target[..., None])
        inside = (places >= 0) & (places < target)
        return rows.long(), weights, inside.flatten(1)[:, : self.size]

    def _along(self, pictures: Tensor, rows: Tensor, weights: Tensor) -> Tensor:
        """Scale the third dimension to the square's side and swap the last two."""
        windows = pictures.index_select(2, rows.flatten()).unflatten(2, tuple(rows.shape))
        return torch.matmul(weights, windows.float()).flatten(2, 3)[:, :, : self.size].transpose(2, 3)


def _weights(places: Tensor, pixels: Tensor, length: Tensor, target: Tensor) -> Tensor:
    """What each of `length` pixels counts in each of `target` places; the products are exact below 2^24."""
    overlap = torch.minimum((places + 1) * length, (pixels + 1) * target) - torch.maximum(
        places * length, pixels * target
    )
    area = overlap.clamp(min=0) / length
    away = ((places + 0.5) * length / target - 0.5 - pixels).abs().clamp(max=2)  # where the kernel is 0
    near = ((SHARPNESS + 2) * away - (SHARPNESS + 3)) * away * away + 1
    far = ((SHARPNESS * away - 5 * SHARPNESS) * away + 8 * SHARPNESS) * away - 4 * SHARPNESS
    return torch.where(target <= length, area, torch.where(away <= 1, near, far))

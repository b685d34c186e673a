"""Resize: the preprocessing of `assay.data.preprocessing` in torch operations, so that it can lie inside of a graph."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from assay.data.preprocessing import PADDING, Preprocessing

SHARPNESS = -0.75
"""`a` of the cubic kernel, as OpenCV has it."""
BLOCK = 32
"""Rows of the result that are computed from one window of rows of the picture."""
SLACK = 6
"""Rows of a window beyond those that its share of the picture needs: the taps of the kernel, and rounding."""


@dataclass(frozen=True)
class Side:
    """How one side of a picture becomes one side of the square; numbers that depend on the picture are 0-d tensors.

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
        height, width = self._sides(pictures)
        turned, inside_height = self._along(pictures, height)
        square, inside_width = self._along(turned, width)
        square = square.round().clamp(0, 255)
        if self.kind != "letterbox":
            return square
        return torch.where(inside_height[:, None] & inside_width[None, :], square, self.padding)

    def _sides(self, pictures: Tensor) -> tuple[Side, Side]:
        height, width = pictures.shape[2], pictures.shape[3]
        lengths = [_number(height), _number(width)]
        none = torch.zeros((), dtype=torch.float64)
        square = torch.full((), self.size, dtype=torch.float64)
        if self.kind == "crop":
            used = torch.minimum(*lengths)
            return tuple(  # type: ignore[return-value]
                Side(used, torch.floor((length - used) / 2), square, none, self._window(pixels))
                for length, pixels in zip(lengths, (height, width), strict=True)
            )
        if self.kind == "letterbox":
            scale = self.size / torch.maximum(*lengths)
            targets = [torch.round(length * scale).clamp(min=1) for length in lengths]
            longest = self._window(torch.sym_max(height, width))
            return tuple(  # type: ignore[return-value]
                Side(length, none, target, torch.floor((self.size - target) / 2), longest)
                for length, target in zip(lengths, targets, strict=True)
            )
        return tuple(  # type: ignore[return-value]
            Side(length, none, square, none, self._window(pixels))
            for length, pixels in zip(lengths, (height, width), strict=True)
        )

    def _window(self, pixels: int | torch.SymInt) -> int | torch.SymInt:
        return (BLOCK + 1) * pixels // self.size + SLACK

    def _along(self, pictures: Tensor, side: Side) -> tuple[Tensor, Tensor]:
        """Scale the third dimension to the square's side and swap the last two; and where the square is not padding."""
        block = min(BLOCK, self.size)
        blocks = -(-self.size // block)
        length, target = side.length.float(), side.target.float()
        places = torch.arange(blocks * block, dtype=torch.float32).view(blocks, block) - side.before.float()
        first = torch.floor(places[:, :1].clamp(min=0) * length / target) - 2
        pixels = first + torch.arange(side.window, dtype=torch.float32)
        weights = _weights(places[:, :, None], pixels[:, None, :], length, target)
        rows = (torch.minimum(pixels.clamp(min=0), length - 1) + side.skipped.float()).long()
        windows = pictures.index_select(2, rows.flatten()).unflatten(2, (blocks, side.window))
        scaled = torch.matmul(weights, windows.float()).flatten(2, 3)[:, :, : self.size]
        places = places.flatten()[: self.size]
        return scaled.transpose(2, 3), (places >= 0) & (places < target)


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


def _number(pixels: int | torch.SymInt) -> Tensor:
    return torch.scalar_tensor(pixels, dtype=torch.float64)

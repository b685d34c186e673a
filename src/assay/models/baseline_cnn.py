"""BaselineCNN: a small convolutional network to train from scratch, the floor that every other model has to beat."""

from __future__ import annotations

from torch import Tensor, nn

WIDTHS = (32, 64, 128, 256)


class BaselineCNN(nn.Module):
    """Four times convolution, batch-norm, ReLU and max-pooling, then the mean over the picture.

    It has 0.39 million parameters. Takes pictures [B, 3, H, W] of any size from 8 pixels and gives features [B, 256].
    """

    num_features = WIDTHS[-1]

    def __init__(self) -> None:
        super().__init__()
        inputs = (3, *WIDTHS[:-1])
        self.blocks = nn.Sequential(*(_block(*channels) for channels in zip(inputs, WIDTHS, strict=True)))
        self.pool = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, pictures: Tensor) -> Tensor:
        """Features [B, 256] of normalised pictures [B, 3, H, W]."""
        return self.pool(self.blocks(pictures))


def _block(inputs: int, outputs: int) -> nn.Sequential:
    stride = 2 if inputs == 3 else 1
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, stride=stride, padding=1, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(),
        nn.MaxPool2d(2, ceil_mode=True),
    )

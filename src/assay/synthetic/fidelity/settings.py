"""FidelitySettings: how thoroughly generated images are held against real ones."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class FidelitySettings:
    """Everything that a measurement depends on besides images and features.

    Attributes:
        against: splits of the real images that distances are measured to; nothing may be decided on test.
        resamples: bootstrap resamples and permutations of KID; 0 gives values alone.
        splits: divisions of the real images for the rows of real against real.
        minimum: images on each side below which there is no FID.
        components: of the real images' PCA that FID is measured in where a covariance of all features has no rank.
        near: share of held-out real images that may be as near to a training image as a near-copy.
        confidence: level of the intervals.
        most: images of a side that kernels and neighbourhoods are computed of; more are drawn from at random.
        seed: of all that is drawn.
    """

    against: tuple[str, ...] = ("train", "val", "calib")
    resamples: int = 1000
    splits: int = 12
    minimum: int = 64
    components: int = 32
    near: float = 0.01
    confidence: float = 0.95
    most: int = 2000
    seed: int = 0

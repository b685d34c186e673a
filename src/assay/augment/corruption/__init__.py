"""Corruptions: one file per way in which a picture gets worse before a model sees it."""

from __future__ import annotations

from assay.augment.corruption.brightness import Brightness
from assay.augment.corruption.contrast import Contrast
from assay.augment.corruption.corruption import SEVERITIES, Corruption, Severity
from assay.augment.corruption.gaussian_blur import GaussianBlur
from assay.augment.corruption.jpeg import Jpeg
from assay.augment.corruption.motion_blur import MotionBlur
from assay.augment.corruption.noise import Noise
from assay.augment.corruption.occlusion import Occlusion
from assay.augment.corruption.resize import Downscale
from assay.augment.corruption.rotation import Rotation

__all__ = ["CORRUPTIONS", "SEVERITIES", "Corruption", "Severity"]

_ALL: tuple[type[Corruption], ...] = (
    Jpeg,
    GaussianBlur,
    MotionBlur,
    Noise,
    Brightness,
    Contrast,
    Occlusion,
    Downscale,
    Rotation,
)
CORRUPTIONS = {kind.name: kind for kind in _ALL}

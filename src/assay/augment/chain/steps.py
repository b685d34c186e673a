"""Every step by its name in a config."""

from __future__ import annotations

from assay.augment.chain.jpeg import Jpeg
from assay.augment.chain.retouched import Blur, Denoise, Gamma, Sharpen
from assay.augment.chain.sides import Cut, LongSide, Scale, ShortSide, ThereAndBack
from assay.augment.chain.step import ChainStep
from assay.augment.chain.webp import WebP

STEPS: dict[str, type[ChainStep]] = {
    step.name: step
    for step in (Jpeg, WebP, LongSide, ShortSide, Scale, ThereAndBack, Cut, Denoise, Sharpen, Gamma, Blur)
}

"""Drawn stones of three kinds, free of anybody's rights: some of each kind are nearly another.

python experiments/manual_pictures/stones.py FOLDER

writes FOLDER/photos/KIND/NNN.png and FOLDER/asked/NN.png, which nobody has labelled.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

KINDS = {"amber": (0.085, 0.80, 0.72), "jade": (0.38, 0.50, 0.58), "onyx": (0.62, 0.22, 0.24)}
"""Hue, saturation and value of each, from 0 to 1."""
EACH = 180
ASKED = 24
SIDE = 192
UNLIKE = 0.22
"""Spread of how far a stone is on its way to another kind."""


def stone(rng: np.random.Generator, kind: str) -> Image.Image:
    """One on a cloth, lit from the upper left."""
    other = rng.choice([name for name in KINDS if name != kind])
    way = min(abs(rng.normal(0, UNLIKE)), 0.55)
    hue, saturation, value = (1 - way) * np.array(KINDS[kind]) + way * np.array(KINDS[other])
    y, x = np.mgrid[0:SIDE, 0:SIDE] / SIDE - 0.5
    tilt, threads = rng.uniform(-0.25, 0.25, 2), rng.uniform(20, 44)
    weave = np.sin(2 * np.pi * threads * x) * np.sin(2 * np.pi * threads * y)
    cloth = rng.uniform(0.6, 0.85) + tilt[0] * x + tilt[1] * y + 0.02 * weave
    tint = rng.uniform(0, 1), rng.uniform(0.03, 0.3)
    angle, wide, high = rng.uniform(0, np.pi), rng.uniform(0.26, 0.34), rng.uniform(0.20, 0.27)
    left, down = rng.uniform(-0.05, 0.05, 2)
    across = (x - left) * np.cos(angle) + (y - down) * np.sin(angle)
    along = -(x - left) * np.sin(angle) + (y - down) * np.cos(angle)
    radius = np.hypot(across / wide, along / high)
    inside = radius < 1
    shadow = np.clip(1.25 - np.hypot((x - left - 0.04) / wide, (y - down - 0.06) / wide), 0, 0.4)
    height = np.sqrt(np.clip(1 - radius**2, 0, 1))
    veins = np.sin(30 * across + 4 * np.sin(18 * along) + rng.uniform(0, 6)) * (0.10 if kind == "jade" else 0.05)
    light = value * (0.45 + 0.65 * height) + 0.25 * value * (-x - y) + veins * value
    pixels = np.stack([np.full_like(x, tint[0]), np.full_like(x, tint[1]), cloth - shadow], axis=-1)
    pixels[inside] = np.stack([np.full_like(x, hue), np.full_like(x, saturation), light], axis=-1)[inside]
    picture = Image.fromarray((255 * np.clip(pixels, 0, 1)).astype(np.uint8), "HSV").convert("RGB")
    shine = Image.new("L", picture.size)
    at = SIDE * (0.5 + left - 0.09), SIDE * (0.5 + down - 0.09)
    ImageDraw.Draw(shine).ellipse((at[0] - 16, at[1] - 10, at[0] + 16, at[1] + 10), fill=200)
    picture.paste((255, 255, 250), mask=shine.filter(ImageFilter.GaussianBlur(6)))
    noise = rng.normal(0, 4, (SIDE, SIDE, 3))
    return Image.fromarray(np.clip(np.asarray(picture) + noise, 0, 255).astype(np.uint8))


def main(folder: Path) -> None:
    """Draw them; the same ones each time."""
    rng = np.random.default_rng(0)
    for kind in KINDS:
        (folder / "photos" / kind).mkdir(parents=True)
        for number in range(EACH):
            stone(rng, kind).save(folder / "photos" / kind / f"{number:03}.png")
    (folder / "asked").mkdir()
    for number in range(ASKED):
        stone(rng, rng.choice(list(KINDS))).save(folder / "asked" / f"{number:02}.png")


if __name__ == "__main__":
    main(Path(sys.argv[1]))

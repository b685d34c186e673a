"""Sealed pictures: eight drawn ones inside of a bundle with what was answered about them when it was made.

Whoever loads the bundle elsewhere asks about them again before he serves it: the digests of the files say that nothing
was changed, these answers say that this machine computes the same from them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from assay.data.image import Pixels, read_image
from assay.deploy.bundle.parity import LARGEST_DIFFERENCE
from assay.errors import BundleError
from assay.evaluation.record import load_record, save_record
from assay.predictor import Answerer

FOLDER, ANSWERS = "sealed", "sealed/answers.json"
COUNT = 8
SCHEMA_VERSION = 1
SIDES = ((224, 224), (240, 320), (320, 240), (96, 160), (480, 640), (64, 64), (300, 200), (256, 256))
"""Height and width of each picture in pixels; larger and smaller than most networks take, upright and across."""


@dataclass(frozen=True)
class SealedAnswers:
    """What the served form of a bundle answered when it was made.

    Attributes:
        serves: name of that form.
        probabilities: [8][C], calibrated.
    """

    serves: str
    probabilities: tuple[tuple[float, ...], ...]


def draw_pictures(seed: int = 0) -> list[Pixels]:
    """Eight pictures uint8 RGB [H, W, 3] that belong to nobody: smooth fields of colour, from coarse to fine."""
    rng = np.random.default_rng(seed)
    return [_field(rng, height, width, 2.0 + 3 * index) for index, (height, width) in enumerate(SIDES)]


def _field(rng: np.random.Generator, height: int, width: int, blur: float) -> Pixels:
    noise = cv2.GaussianBlur(rng.normal(size=(height, width, 3)), (0, 0), blur)
    low, high = noise.min(axis=(0, 1)), noise.max(axis=(0, 1))
    return np.rint((noise - low) / (high - low) * 255).astype(np.uint8)


def seal_answers(answerer: Answerer, serves: str, folder: Path) -> None:
    """Draw the pictures into a bundle in the making, and ask the form that it will serve about them.

    Args:
        answerer: of that form.
        serves: its name.
        folder: of the bundle.
    """
    pictures = draw_pictures()
    (folder / FOLDER).mkdir()
    for path, picture in zip(_paths(folder), pictures, strict=True):
        if not cv2.imwrite(str(path), cv2.cvtColor(picture, cv2.COLOR_RGB2BGR)):
            raise BundleError(f"{path}: cannot be written")
    answers = tuple(tuple(map(float, answer.probabilities)) for answer in answerer.answers(pictures))
    save_record(folder / ANSWERS, SealedAnswers(serves, answers), schema=SCHEMA_VERSION)


def sealed_pictures(folder: Path) -> list[Pixels]:
    """The pictures of a bundle, uint8 RGB [H, W, 3]; none of one that was exported before they were sealed."""
    return [read_image(path) for path in _paths(folder)] if (folder / ANSWERS).is_file() else []


def refuse_other_answers(folder: Path, probabilities: Sequence[np.ndarray], *, where: str) -> float:
    """Hold what is answered now against what was answered when the bundle was made.

    Args:
        folder: of the bundle.
        probabilities: [C] for each sealed picture.
        where: what computes them, for the message.

    Returns:
        The largest difference of a probability; 0.0 where they are the same to the last bit.

    Raises:
        BundleError: a probability differs by more than an exported form may differ from the weights.
    """
    sealed = load_record(folder / ANSWERS, SealedAnswers, "sealed answers", schema=SCHEMA_VERSION)
    now, then = np.asarray(probabilities), np.asarray(sealed.probabilities)
    if now.shape != then.shape:
        raise BundleError(f"{folder}: seals {then.shape} answers, {where} gives {now.shape}; export the bundle again")
    differences = np.nan_to_num(np.abs(now - then), nan=1.0).max(axis=1)
    worst = int(differences.argmax())
    if differences[worst] > LARGEST_DIFFERENCE:
        raise BundleError(
            f"{folder}: {where} does not answer as when the bundle was made: about sealed picture {worst + 1} a "
            f"probability differs by {differences[worst]:.3f} (at most {LARGEST_DIFFERENCE}); do not serve it here; "
            "compare the versions of onnxruntime and torch with those it was exported with"
            f"{_of_processors(sealed.serves)}"
        )
    return float(differences[worst])


def _of_processors(serves: str) -> str:
    return (
        ", and the processors: one without VNNI adds products of integers in 16 bits, which saturate"
        if serves == "int8"
        else ""
    )


def _paths(folder: Path) -> list[Path]:
    return [folder / FOLDER / f"picture-{number}.png" for number in range(1, COUNT + 1)]

"""The OOD sets that come with Assay, made from pictures inside of installed packages; nothing is downloaded."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from assay.data.image import Pixels, read_image
from assay.data.manifest import Manifest
from assay.data.ood.appearance import Appearance
from assay.errors import DataError

SKIMAGE, SKLEARN = ("skimage", "data"), ("sklearn", "datasets/images")


class PackagedPicture(NamedTuple):
    """A file of a package, and who may use it."""

    file: str
    license: str
    package: tuple[str, str] = SKIMAGE


class SetPicture(NamedTuple):
    """One picture of a set: a name for its file, the group that it belongs to, its license and its pixels."""

    name: str
    group: str
    license: str
    image: Pixels


PUBLIC = "public domain"
CROPPED = {
    "photographs": (
        12,
        (
            PackagedPicture("astronaut.png", PUBLIC),
            PackagedPicture("camera.png", "CC0-1.0"),
            PackagedPicture("chelsea.png", "CC0-1.0"),
            PackagedPicture("coffee.png", "CC0-1.0"),
            PackagedPicture("coins.png", "no known copyright restrictions"),
            PackagedPicture("rocket.jpg", PUBLIC),
            PackagedPicture("china.jpg", "CC-BY-2.0", SKLEARN),
            PackagedPicture("flower.jpg", "CC-BY-2.0", SKLEARN),
        ),
    ),
    "textures": (
        24,
        (
            PackagedPicture("brick.png", "CC0-1.0"),
            PackagedPicture("grass.png", "CC0-1.0"),
            PackagedPicture("gravel.png", "CC0-1.0"),
        ),
    ),
    "instruments": (
        16,
        (
            PackagedPicture("cell.png", "CC0-1.0"),
            PackagedPicture("hubble_deep_field.jpg", PUBLIC),
            PackagedPicture("ihc.png", "no known copyright restrictions"),
            PackagedPicture("moon.png", PUBLIC),
            PackagedPicture("retina.jpg", "CC0-1.0"),
        ),
    ),
}
MOST_DERIVED = 120
SMALLEST = 0.5


def parts(name: str, appearance: Appearance, in_domain: Manifest) -> Iterator[SetPicture]:
    """The pictures of a built-in set, before they are brought to the size and colour of the training pictures.

    Crops have the aspect of the training pictures, are drawn with a fixed seed, and are not smaller than the training
    pictures where the photograph is large enough for that: what is scaled up is blurred, and blur alone would give it
    away. For larger training pictures that cannot be helped; the same holds for `digits`.
    """
    if name in CROPPED:
        count, pictures = CROPPED[name]
        for picture in pictures:
            image = read_image(path_of(picture))
            stem = Path(picture.file).stem
            for number, crop in enumerate(_crops(image, count, appearance, stem)):
                yield SetPicture(f"{stem}_{number:02}", f"{name}/{stem}", picture.license, crop)
    elif name == "digits":
        yield from _digits(name)
    else:
        yield from _misframed(in_domain)


def sources(name: str) -> list[Path]:
    """The files that a built-in set is cut from."""
    return [path_of(picture) for picture in CROPPED[name][1]] if name in CROPPED else []


def path_of(picture: PackagedPicture) -> Path:
    """Where a picture lies.

    Raises:
        DataError: its package is not installed, or does not hold it.
    """
    package, folder = picture.package
    spec = importlib.util.find_spec(package)
    path = Path(spec.origin or "").parent / folder / picture.file if spec is not None else Path(picture.file)
    if not path.is_file():
        raise DataError(
            f"the picture {picture.file} of the package {package} is not there; install scikit-image and scikit-learn, "
            "or leave the set out of data.ood"
        )
    return path


def _crops(image: Pixels, count: int, appearance: Appearance, stem: str) -> Iterator[Pixels]:
    height, width = image.shape[:2]
    aspect = appearance.width / appearance.height
    largest = min(width / aspect, height)
    smallest = min(largest, max(appearance.height, SMALLEST * largest))
    random = np.random.default_rng([ord(letter) for letter in stem])
    for _ in range(count):
        tall = random.uniform(smallest, largest)
        rows, columns = min(height, max(1, round(tall))), min(width, max(1, round(tall * aspect)))
        top, left = random.integers(height - rows + 1), random.integers(width - columns + 1)
        yield image[top : top + rows, left : left + columns]


def _digits(name: str) -> Iterator[SetPicture]:
    from sklearn.datasets import load_digits

    images = load_digits().images
    for number in range(0, len(images), len(images) // MOST_DERIVED + 1):
        grey = np.rint(images[number] * (255 / 16)).astype(np.uint8)
        image = np.ascontiguousarray(np.repeat(grey[..., None], 3, axis=2))
        yield SetPicture(f"digit_{number:04}", f"{name}/{number}", "CC-BY-4.0", image)


def _misframed(in_domain: Manifest) -> Iterator[SetPicture]:
    test = in_domain.only("test").table.sort_values("id")
    test = test.iloc[:: len(test) // MOST_DERIVED + 1]
    columns = (test[name] for name in ("path", "id", "group", "license"))
    for path, digest, group, license_ in zip(*columns, strict=True):
        image = read_image(path, in_domain.samples)
        yield SetPicture(digest[:16], group, license_, np.roll(image, image.shape[1] // 2, axis=1))

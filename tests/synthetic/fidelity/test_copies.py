"""Planted copies are found whatever was done to them, and pictures that nobody copied are not taken for copies."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from assay.data.image import read_image
from assay.data.manifest import Manifest
from assay.data.perceptual_hash import perceptual_hash, thumbnail
from assay.synthetic.fidelity.appearance import ORIENTATIONS, appearance, appearance_of, hashes, oriented
from assay.synthetic.fidelity.copies import cutoffs, is_copy, pairs, too_near
from assay.synthetic.fidelity.nearest import Looks, Nearest, nearest
from assay.synthetic.report.sheet import turned

Make = Callable[..., Manifest]


def looks(manifest: Manifest) -> Looks:
    spectra = appearance_of(manifest.paths)
    return Looks.of(spectra, spectra[:, 1:40])


def test_hashes_are_the_perceptual_hashes(write_pictures) -> None:
    paths = write_pictures("some", 12)
    small = np.stack([thumbnail(read_image(path)) for path in paths])
    assert (hashes(appearance(small)) == perceptual_hash(small)).all()


@pytest.mark.parametrize("number", range(len(ORIENTATIONS)))
def test_an_oriented_appearance_is_the_appearance_of_the_turned_picture(write_pictures, number: int) -> None:
    picture = read_image(write_pictures("some", 1, side=64)[0])
    changed = turned(picture, ORIENTATIONS[number])
    expected = appearance(thumbnail(changed)[None])
    assert np.allclose(oriented(appearance(thumbnail(picture)[None]), number), expected, atol=0.02)


def test_orientations_are_what_they_are_called() -> None:
    picture = np.arange(12, dtype=np.uint8).reshape(2, 2, 3)
    for degrees, times in ((90, -1), (180, 2), (270, 1)):  # numpy turns the other way
        assert (turned(picture, f"turned by {degrees}°") == np.rot90(picture, times)).all()
    assert (turned(picture, "mirrored left to right") == picture[:, ::-1]).all()


@pytest.fixture
def real(write_pictures, manifest_of: Make) -> Manifest:
    return manifest_of(
        (write_pictures("train", 60, seed=1), "round", "train", ""),
        (write_pictures("val", 40, seed=2), "round", "val", ""),
        (write_pictures("test", 20, seed=3), "square", "test", ""),
    )


def planted(real: Manifest, tmp_path: Path, row: int, orientation: str, quality: int | None) -> list[Path]:
    picture = turned(read_image(real.paths[row]), orientation)
    path = tmp_path / f"planted{row}-{orientation[:12]}{quality}.{'png' if quality is None else 'jpg'}"
    Image.fromarray(picture).resize((40, 40)).save(path, **({} if quality is None else {"quality": quality}))
    return [path]


@pytest.mark.parametrize("orientation", ORIENTATIONS)
@pytest.mark.parametrize("quality", [None, 40])
def test_a_planted_copy_is_found_turned_resized_and_compressed_again(
    real: Manifest, manifest_of: Make, write_pictures, tmp_path: Path, orientation: str, quality: int | None
) -> None:
    made = manifest_of(
        (write_pictures("made", 30, seed=4), "round", "train", "gan"),
        (planted(real, tmp_path, 7, orientation, quality), "round", "train", "gan"),
    )
    train = real.only("train")
    cut = cutoffs(nearest(looks(real.only("val")), looks(train)), 0.01)
    found = nearest(looks(made), looks(train))
    assert is_copy(found, cut).tolist() == [False] * 30 + [True]
    (listed,) = pairs(made, looks(made), found, cut, train, looks(train))
    assert (listed.kind, listed.real_path, listed.orientation) == ("copy", str(real.paths[7]), orientation)


def alike(count: int, seed: int) -> Looks:
    """Pictures of one kind of thing, alike in most of what they show, as solar cells are; no two are the same."""
    rng = np.random.default_rng([seed, 1])
    common = np.random.default_rng(0).integers(0, 160, (8, 8))
    small = (common + rng.integers(0, 40, (count, 8, 8))).astype(np.uint8)
    return Looks.of(appearance(small.repeat(4, axis=1).repeat(4, axis=2)), 5 + rng.normal(size=(count, 16)))


@pytest.mark.parametrize("held_out", [0, 19, 98, 99, 400])
def test_of_pictures_that_nobody_copied_at_most_the_stated_share_is_too_near(held_out: int) -> None:
    train = alike(150, 1)
    natural = nearest(alike(400, 2).rows(np.arange(400) < held_out), train)
    cut = cutoffs(natural, 0.01)

    def too_near_of(found: Nearest) -> int:
        return int(np.any(list(too_near(found, cut).values()), axis=0).sum())

    assert too_near_of(natural) <= 0.01 * held_out
    # Of other pictures it is as many but for chance: of 1,000, at most four standard deviations more than 10 by each.
    assert too_near_of(nearest(alike(1000, 3), train)) <= (30 + 4 * 30**0.5 if held_out > 98 else 0)


def test_even_surfaces_are_copies_of_nothing(real: Manifest, manifest_of: Make, tmp_path: Path) -> None:
    paths = []
    for level in (10, 120, 250):
        paths.append(tmp_path / f"even{level}.png")
        Image.fromarray(np.full((32, 32, 3), level, np.uint8)).save(paths[-1])
    made = manifest_of((paths, "round", "train", "gan"))
    spectra = appearance_of(made.paths)
    own = Looks.of(spectra, np.random.default_rng(0).normal(size=(3, 8)))
    others = Looks.of(spectra, np.random.default_rng(1).normal(size=(3, 8)))
    found = nearest(own, others)
    assert (found.bits == 64).all()
    assert (found.pixels >= 1).all()


def test_without_held_out_images_only_the_same_picture_counts(
    real: Manifest, manifest_of: Make, write_pictures, tmp_path: Path
) -> None:
    made = manifest_of(
        (write_pictures("made", 10, seed=6), "round", "train", "gan"),
        (planted(real, tmp_path, 3, "turned by 90°", 60), "round", "train", "gan"),
    )
    train = real.only("train")
    empty = looks(train).rows(np.zeros(len(train), dtype=bool))
    cut = cutoffs(nearest(empty, looks(train)), 0.01)
    assert cut.embedding < 0
    assert is_copy(nearest(looks(made), looks(train)), cut).tolist() == [False] * 10 + [True]

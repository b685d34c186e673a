"""A planted shortcut, one class PNG and the other JPEG, is found by its files and gone in what a network is shown."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from assay.augment.handling import Handling, Saved
from assay.data.file_facts import encoding_of, file_facts, shown_by
from assay.data.image import read_bytes, read_image
from assay.data.manifest import Manifest
from assay.data.normalise import normalising_side
from assay.data.preprocessing import Preprocessing, Resize
from assay.data.sources.exposr import ExposrSource
from assay.evaluation.file_probe import FileProbe, probe_files


@pytest.fixture(scope="module")
def shortcut(tmp_path_factory: pytest.TempPathFactory) -> Manifest:
    """The same noise on both sides: PNG of 40 x 48 is real, JPEG of 32 x 32 generated."""
    root = tmp_path_factory.mktemp("shortcut")
    rng = np.random.default_rng(0)
    for folder, name, size in (("real", "{}.png", (40, 48, 3)), ("generated/gan", "{}.jpg", (32, 32, 3))):
        (root / folder).mkdir(parents=True)
        for number in range(40):
            pixels = rng.integers(0, 256, size, dtype=np.uint8)
            Image.fromarray(pixels).save(root / folder / name.format(number), quality=70)
    return ExposrSource(str(root)).build(root / "scans")


def probed(manifest: Manifest, read: Callable[[Path], bytes] = read_bytes) -> FileProbe:
    facts, odd = file_facts(manifest.paths, read), np.arange(len(manifest)) % 2 == 1
    return probe_files(
        facts[~odd], manifest.labels[~odd], facts[odd], manifest.labels[odd], manifest.groups[odd], resamples=50
    )


def test_a_planted_shortcut_is_found_in_the_files_and_gone_in_what_the_network_is_shown(shortcut: Manifest) -> None:
    before = probed(shortcut)
    assert before.auroc.value == 1.0
    assert before.alarm
    assert before.sentence.startswith("Do not believe the score")
    assert before.formats == ("real: 20 PNG", "generated: 20 JPEG")
    after = probed(shortcut, shown_by(Preprocessing(48, "crop", normalise=32)))
    assert after.auroc.value == 0.5
    assert not after.alarm


def test_the_side_is_the_least_that_a_kind_of_training_picture_allows(shortcut: Manifest) -> None:
    table = shortcut.table
    real, odd = table["generator"] == "", np.arange(len(table)) % 2 == 1
    divided = replace(shortcut, table=table.assign(split=np.where(odd, "test", "train")))
    assert normalising_side(divided, largest=224) == 32
    assert normalising_side(divided, largest=16) == 16
    unknown = replace(shortcut, table=table.assign(split=np.where(real, "train", "test")))
    assert normalising_side(unknown, largest=224) == 40
    # Pictures that were generated to help the class of photographs do not count.
    helping = replace(shortcut, table=table.assign(label=0, split=np.where(odd & real, "test", "train")))
    assert normalising_side(helping, largest=224) == 40


@pytest.mark.parametrize("resize", ["squash", "crop", "letterbox", "native"])
def test_a_normalised_picture_is_what_comes_out_of_a_jpeg_file(
    shortcut: Manifest, tmp_path: Path, resize: Resize
) -> None:
    image = read_image(shortcut.paths[0])
    Image.fromarray(Preprocessing(24, resize)(image)).save(tmp_path / "file.jpg", quality=95, subsampling=0)
    expected = Preprocessing(32, resize)(read_image(tmp_path / "file.jpg"))
    assert np.array_equal(Preprocessing(32, resize, normalise=24)(image), expected)
    assert not np.array_equal(Preprocessing(32, resize)(image), expected)


@pytest.mark.parametrize("resize", ["squash", "crop", "letterbox", "native"])
def test_what_happens_to_a_picture_happens_before_it_is_normalised(shortcut: Manifest, resize: Resize) -> None:
    image, handling = read_image(shortcut.paths[0]), Handling("jpeg", 30)
    preprocessing = Preprocessing(32, resize, normalise=24)
    seen = preprocessing.view(image, handling, np.random.default_rng(0))
    assert np.array_equal(seen, preprocessing(handling.handled(image)))


def test_normalising_has_a_digest_of_its_own_and_leaves_that_of_what_was_stored_before_alone() -> None:
    assert Preprocessing(64, "native").digest == "519e1c9a60b69b866236206d35fa506547d5f5dbc2d8c3debf94bc898b4b1052"
    digests = {Preprocessing(64, "native", normalise=side).digest for side in (None, 32, 64)}
    assert len(digests) == 3


def test_a_picture_saved_as_another_file_is_what_pillow_reads_back(shortcut: Manifest, tmp_path: Path) -> None:
    real, made = shortcut.paths[0], shortcut.paths[-1]
    Image.open(real).save(tmp_path / "as.jpg", quality=70)
    swapped = Saved(encoding_of(made)).handled(read_image(real))
    assert np.array_equal(swapped, read_image(tmp_path / "as.jpg"))
    assert not Saved(encoding_of(real)).changes


@pytest.mark.parametrize(("kind", "strength"), [("jpeg", 30), ("resize", 0.5), ("blur", 1.0)])
def test_handling_changes_the_pixels_and_not_the_size(kind: str, strength: float) -> None:
    image = np.random.default_rng(0).integers(0, 256, (33, 47, 3), dtype=np.uint8)
    policy = Handling(kind, strength)  # type: ignore[arg-type]
    handled = policy.handled(image)
    assert handled.shape == image.shape
    assert handled.astype(float).std() < image.astype(float).std()
    assert policy(image, 24, "native", np.random.default_rng(0)).shape == (24, 24, 3)

"""A planted shortcut, one class PNG and the other JPEG, is found by its files and gone once they are normalised."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from assay.augment.handling import Handling, Saved
from assay.data.file_facts import encoding_of, file_facts
from assay.data.image import read_image
from assay.data.manifest import Manifest
from assay.data.normalise import normalise_files
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


def probed(manifest: Manifest) -> FileProbe:
    facts, odd = file_facts(manifest.paths), np.arange(len(manifest)) % 2 == 1
    return probe_files(
        facts[~odd], manifest.labels[~odd], facts[odd], manifest.labels[odd], manifest.groups[odd], resamples=50
    )


def test_a_planted_shortcut_is_found_and_gone_after_normalising(shortcut: Manifest, tmp_path: Path) -> None:
    before = probed(shortcut)
    assert before.auroc.value == 1.0
    assert before.alarm
    assert before.said.startswith("Do not believe the score")
    assert before.formats == ("real: 20 PNG", "generated: 20 JPEG")
    after = probed(normalise_files(shortcut, tmp_path, largest=224, resize="crop"))
    assert after.auroc.value == 0.5
    assert not after.alarm


def test_normalised_files_differ_in_nothing_but_their_pixels_and_are_written_once(
    shortcut: Manifest, tmp_path: Path
) -> None:
    first = normalise_files(shortcut, tmp_path, largest=224, resize="crop")
    assert set(first.table[["width", "height", "format"]].itertuples(index=False, name=None)) == {(32, 32, "PNG")}
    assert len({path.stat().st_size for path in first.paths}) == 1
    assert first.labels.tolist() == shortcut.labels.tolist()
    assert (first.ids != shortcut.ids).all()
    times = [path.stat().st_mtime_ns for path in first.paths]
    again = normalise_files(shortcut, tmp_path, largest=224, resize="crop")
    assert again.digest == first.digest
    assert [path.stat().st_mtime_ns for path in again.paths] == times


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

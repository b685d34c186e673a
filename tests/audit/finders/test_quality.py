from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from PIL import Image
from skimage import data

from assay.audit.find import find
from assay.audit.finders.clipping import clipped_shares
from assay.audit.finders.learned_limits import learned
from assay.audit.finders.quality_traits import TRAITS
from assay.audit.findings import Findings
from assay.audit.settings import FindSettings, Sources
from assay.data.build import Records, build_manifest
from assay.data.manifest import Manifest
from assay.data.quality import STATISTICS, statistics_of
from assay.errors import DataError

Picture = NDArray[np.uint8]
QUALITY = FindSettings(kinds=("quality",))


def texture(rng: np.random.Generator, height: int = 64, width: int = 64) -> Picture:
    """Sharp, of middling brightness and contrast, each a little different."""
    coarse = rng.normal(size=(8, 8)).astype(np.float32)
    shape = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    grey = rng.normal(128, 8) + rng.normal(40, 4) * shape + rng.normal(18, 1.5) * rng.normal(size=(height, width))
    return np.repeat(np.clip(grey, 1, 254).astype(np.uint8)[..., None], 3, axis=2)


def dataset(folder: Path, pictures: dict[str, Picture], labels: list[str] | None = None) -> Manifest:
    folder.mkdir(exist_ok=True)
    for name, picture in pictures.items():
        Image.fromarray(picture).save(folder / f"{name}.png", compress_level=1)
    names = labels or ["even" if index % 2 else "odd" for index in range(len(pictures))]
    table = pd.DataFrame({"path": [str(folder / f"{name}.png") for name in pictures], "label": names})
    return build_manifest(Records(table), folder / "cache", where=str(folder))


def textures(count: int, seed: int = 0) -> dict[str, Picture]:
    rng = np.random.default_rng(seed)
    return {f"{index:03}": texture(rng) for index in range(count)}


def names_by_file(findings: Findings) -> dict[str, str]:
    return {Path(finding.paths[0]).stem: finding.name for finding in findings.findings}


FAULTS: dict[str, Callable[[Picture], Picture]] = {
    "blurred": lambda picture: cv2.GaussianBlur(picture, (0, 0), 4).astype(np.uint8),
    "dark": lambda picture: (picture // 6).astype(np.uint8),
    "bright": lambda picture: (255 - (255 - picture) // 6).astype(np.uint8),
    "low_contrast": lambda picture: (128 + (picture.astype(int) - 128) // 12).astype(np.uint8),
    "clipped": lambda picture: np.where(picture > 131, 255, np.where(picture < 125, 0, picture)).astype(np.uint8),
    "odd_aspect": lambda picture: np.ascontiguousarray(np.tile(picture, (1, 4, 1))[:40]),
    "large": lambda picture: np.ascontiguousarray(np.tile(picture, (4, 4, 1))),
    "small": lambda picture: np.ascontiguousarray(picture[:24, :24]),
    "blank": lambda picture: np.full_like(picture, 130),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_the_pictures_with_a_fault_are_found_by_its_name_and_no_others(tmp_path: Path, fault: str) -> None:
    pictures = textures(120)
    spoilt = ["007", "050", "111"]
    for name in spoilt if fault != "blank" else spoilt[:1]:  # of three even surfaces two would be left out as copies
        pictures[name] = FAULTS[fault](pictures[name])
    findings = find(dataset(tmp_path / "d", pictures), Sources(tmp_path / "cache"), QUALITY)
    assert names_by_file(findings) == dict.fromkeys(spoilt if fault != "blank" else spoilt[:1], fault)


def test_a_finding_says_what_was_measured_and_by_which_limit(tmp_path: Path) -> None:
    pictures = textures(120)
    pictures["007"] = FAULTS["dark"](pictures["007"])
    (finding,) = find(dataset(tmp_path / "d", pictures), Sources(tmp_path / "cache"), QUALITY).findings
    brightness = float(cv2.cvtColor(pictures["007"], cv2.COLOR_RGB2GRAY).mean())
    assert finding.values["value"] == pytest.approx(brightness, abs=0.01)
    assert f"{brightness:.4g}" in finding.why
    assert "limit learned from the dataset" in finding.why


def test_only_files_that_may_be_clipped_by_half_are_read(tmp_path: Path) -> None:
    grey = np.arange(64 * 64).reshape(64, 64) // 16 % 256
    pictures = {
        f"{share:.2f}": np.where(np.arange(4096).reshape(64, 64) < share * 4096, 0, grey) for share in (0.4, 0.6)
    }
    rgb = {name: np.repeat(picture[..., None], 3, axis=2).astype(np.uint8) for name, picture in pictures.items()}
    table = dataset(tmp_path / "d", rgb).table
    expected = [0.0, float((pictures["0.60"] % 255 == 0).mean())]
    assert clipped_shares(table).tolist() == pytest.approx(expected)
    assert clipped_shares(table.assign(path="/nowhere", entropy=5.6)).tolist() == [0.0, 0.0]


def test_of_a_clean_dataset_nothing_is_flagged(tmp_path: Path) -> None:
    assert not find(dataset(tmp_path / "d", textures(200, seed=1)), Sources(tmp_path / "cache"), QUALITY).findings


DISTRIBUTIONS: dict[str, Callable[[np.random.Generator], NDArray[np.float64]]] = {
    "normal": lambda rng: rng.normal(size=20_000),
    "uniform": lambda rng: rng.uniform(size=20_000),
    "of exponential tails": lambda rng: rng.laplace(size=20_000),
    "skewed": lambda rng: rng.gamma(2.0, size=20_000),
    "skewed the other way": lambda rng: -rng.gamma(2.0, size=20_000),
    "of two kinds": lambda rng: np.concatenate([rng.normal(-3, 1, 10_000), rng.normal(3, 1, 10_000)]),
}


@pytest.mark.parametrize("side", ["below", "above"])
@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_at_most_one_in_a_hundred_clean_values_is_beyond_a_limit(name: str, side: str) -> None:
    values = DISTRIBUTIONS[name](np.random.default_rng(0))
    limit = learned(values, side, least_spread=1e-6)
    assert limit is not None
    beyond = values < limit.limit if side == "below" else values > limit.limit
    assert beyond.mean() <= 0.01


def test_the_limit_of_normal_values_is_where_the_normal_distribution_says() -> None:
    limit = learned(np.random.default_rng(0).normal(10, 2, 100_000), "below", least_spread=1e-6)
    assert limit is not None
    assert limit.limit == pytest.approx(10 - 4.5 * 2, abs=0.1)


def test_a_tenth_of_spoilt_values_hardly_moves_the_limit() -> None:
    rng = np.random.default_rng(0)
    clean = rng.normal(10, 1, 9000)
    spoilt = np.concatenate([clean, rng.normal(0, 1, 1000)])
    limits = [learned(values, "below", least_spread=1e-6) for values in (clean, spoilt)]
    assert limits[0] is not None
    assert limits[1] is not None
    assert (clean < limits[1].limit).mean() <= (clean < limits[0].limit).mean()
    assert (spoilt[9000:] < limits[1].limit).mean() > 0.99


def test_a_class_of_darker_pictures_has_a_limit_of_its_own(tmp_path: Path) -> None:
    day, night = textures(90), textures(60, seed=5)
    pictures = day | {f"night{name}": (picture // 5).astype(np.uint8) for name, picture in night.items()}
    labels = ["day"] * 90 + ["night"] * 60
    findings = find(dataset(tmp_path / "d", pictures, labels), Sources(tmp_path / "cache"), QUALITY)
    assert not findings.findings
    assert {limit.class_name for limit in findings.limits if limit.name == "dark"} >= {"night"}
    pictures["007"] = (pictures["007"] // 5).astype(np.uint8)
    findings = find(dataset(tmp_path / "e", pictures, labels), Sources(tmp_path / "cache"), QUALITY)
    assert names_by_file(findings) == {"007": "dark"}


def test_what_all_pictures_of_a_dataset_are_is_said_once(tmp_path: Path) -> None:
    pictures = {name: np.ascontiguousarray(picture[:28, :28]) for name, picture in textures(80).items()}
    findings = find(dataset(tmp_path / "d", pictures), Sources(tmp_path / "cache"), QUALITY)
    assert not findings.findings
    assert any("80 pictures are small" in note for note in findings.notes)


def test_few_pictures_teach_no_limits_and_that_is_said(tmp_path: Path) -> None:
    pictures = textures(20)
    pictures["003"] = FAULTS["blurred"](pictures["003"])
    findings = find(dataset(tmp_path / "d", pictures), Sources(tmp_path / "cache"), QUALITY)
    assert not findings.findings
    assert "20 pictures are too few" in findings.notes[0]


def test_files_that_are_not_used_are_a_finding_about_the_dataset(tmp_path: Path) -> None:
    manifest = dataset(tmp_path / "d", textures(60))
    excluded = pd.DataFrame({"path": ["/a.png", "/b.png"], "reason": ["the file is empty", "damaged, cannot (x)"]})
    unusable = Manifest(manifest.table, manifest.class_names, excluded=excluded)
    (finding,) = find(unusable, Sources(tmp_path / "cache"), QUALITY).findings
    assert (finding.name, finding.images) == ("not_used", ())
    assert finding.values == {"the file is empty": 1.0, "damaged, cannot": 1.0}


def test_another_kind_of_finding_is_refused() -> None:
    with pytest.raises(DataError, match="qualty"):
        FindSettings(kinds=("qualty",))


def test_what_is_blurred_is_met_beside_smooth_surfaces_and_among_few_and_a_smooth_surface_is_not_blurred(
    tmp_path: Path,
) -> None:
    """Half of the dataset is sky: its sharpness is lower than that of the blurred ones, and its contrast too."""
    rng = np.random.default_rng(3)
    photograph = np.asarray(data.astronaut())
    pictures: dict[str, Picture] = {}
    for index in range(30):
        top, left = rng.integers(0, 256, size=2)
        pictures[f"shot{index:02}"] = np.ascontiguousarray(photograph[top : top + 256, left : left + 256])
        slope = np.linspace(0, rng.uniform(10, 30), 256)[:, None] + rng.uniform(180, 200)
        pictures[f"sky{index:02}"] = np.repeat(np.repeat(slope, 256, axis=1)[..., None], 3, axis=2).astype(np.uint8)
    for name in ("shot03", "shot11"):
        pictures[name] = cv2.GaussianBlur(pictures[name], (0, 0), 9).astype(np.uint8)
    findings = find(dataset(tmp_path / "d", pictures), Sources(tmp_path / "cache"), QUALITY)
    assert {name for name, fault in names_by_file(findings).items() if fault == "blurred"} == {"shot03", "shot11"}
    few = {name: picture for name, picture in pictures.items() if name[-2] == "0"}
    findings = find(dataset(tmp_path / "f", few), Sources(tmp_path / "cache"), QUALITY)
    assert names_by_file(findings) == {"shot03": "blurred"}


@pytest.mark.parametrize("wavelength", [255 / 16, 255 / 8, 255 / 4])
def test_sharpness_is_that_of_the_finest_wave_whatever_its_contrast(wavelength: float) -> None:
    """The Laplacian of a wave along one side is 2 - 2 cos(2π / wavelength) times the wave."""
    for amplitude in (60, 110):
        wave = 128 + amplitude * np.cos(2 * np.pi * np.arange(256) / wavelength)
        picture = np.repeat(np.repeat(wave[:, None], 256, axis=1)[..., None], 3, axis=2).round().astype(np.uint8)
        row = dict(zip(STATISTICS, statistics_of(picture).tolist(), strict=True))
        (trait,) = [trait for trait in TRAITS if trait.name == "blurred"]
        expected = 2 - 2 * np.cos(2 * np.pi / wavelength)
        assert trait.of(pd.DataFrame([row]))[0] == pytest.approx(expected, abs=0.01)


def test_a_file_that_was_decoded_with_a_warning_is_a_finding(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    paths = [tmp_path / f"{index:02}.jpg" for index in range(24)]
    # A table of five entries of which one is there: Pillow warns, and shows the picture.
    broken = b"Exif\0\0MM\0*\0\0\0\x08\0\x05\x01\x12\0\x03\0\0\0\x01\0\x01"
    for index, path in enumerate(paths):
        Image.fromarray(texture(rng)).save(path, quality=95, exif=broken if index == 5 else b"")
    table = pd.DataFrame({"path": [str(path) for path in paths], "label": ["odd", "even"] * 12})
    images = build_manifest(Records(table), tmp_path / "cache", where="here")
    for _ in range(2):  # read, and kept
        (finding,) = [
            each
            for each in find(images, Sources(tmp_path / "cache"), QUALITY).findings
            if each.name == "decode_warning"
        ]
        assert finding.paths == (str(paths[5]),)
        assert "Corrupt EXIF data" in finding.why

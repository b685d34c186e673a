import importlib.util
import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from assay.data.image import PIXEL_LIMIT, decode_image
from assay.data.jpeg import JpegScans, jpeg_scans, refuse_early_end, refuse_work
from assay.errors import DataError

PACKAGED = sorted(
    path
    for package in ("skimage", "sklearn", "matplotlib")
    for path in Path(importlib.util.find_spec(package).origin).parent.rglob("*.jp*g")
)
KINDS = {
    "plain": {},
    "no chroma subsampling": {"subsampling": 0},
    "half chroma": {"subsampling": 1},
    "optimised": {"optimize": True},
    "coarse": {"quality": 10},
    "restarts": {"restart_marker_blocks": 3},
    "restarts in rows": {"restart_marker_rows": 1},
    "progressive": {"progressive": True},
    "progressive with restarts": {"progressive": True, "restart_marker_blocks": 5},
}
MODES = ["RGB", "L", "CMYK"]


@pytest.fixture(scope="module")
def photo() -> Image.Image:
    coarse = np.random.default_rng(0).integers(0, 256, (12, 16, 3), dtype=np.uint8)
    return Image.fromarray(coarse).resize((157, 121), Image.Resampling.BICUBIC)


def written(photo: Image.Image, mode: str, **options: object) -> bytes:
    file = io.BytesIO()
    photo.convert(mode).save(file, "JPEG", **{"quality": 85, **options})
    return file.getvalue()


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("kind", KINDS)
def test_a_part_of_a_jpeg_with_an_end_mark_behind_it_is_refused(kind: str, mode: str, photo: Image.Image) -> None:
    data = written(photo, mode, **KINDS[kind])
    decode_image(data, "whole")
    decode_image(data + b"trailing", "whole")
    header = data.index(b"\xff\xda") + 14
    for share in (0.02, 0.25, 0.5, 0.75, 0.9, 0.97):
        part = data[: header + int((len(data) - 2 - header) * share)]
        for cut in (part + b"\xff\xd9", part + b"\xff\xd9" + b"trailing", part + b"\xff\xff\xd9"):
            with pytest.raises(DataError, match=r"part\.jpg: .*(ends before the picture does|truncated)"):
                decode_image(cut, "part.jpg")


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_part_is_refused_however_the_camera_was_held(orientation: int, photo: Image.Image) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = written(photo, "RGB", exif=exif)
    assert decode_image(data, "whole").size == 157 * 121 * 3
    with pytest.raises(DataError, match="ends before the picture does"):
        decode_image(data[: len(data) * 2 // 3] + b"\xff\xd9", "part")


@pytest.mark.parametrize("path", PACKAGED, ids=lambda path: path.name)
def test_photographs_that_came_with_packages_are_whole_also_when_they_are_decoded_twice(path: Path) -> None:
    data = path.read_bytes()
    scans = jpeg_scans(data)
    refuse_early_end(data, JpegScans(scans.count, False, scans.last, scans.end), path.name)


@pytest.mark.parametrize("level", [0, 127, 128, 129, 255])
@pytest.mark.parametrize("kind", KINDS)
def test_an_even_surface_is_whole(kind: str, level: int) -> None:
    assert np.ptp(decode_image(written(Image.new("RGB", (90, 70), (level,) * 3), "RGB", **KINDS[kind]), "x")) <= 2


def test_two_pictures_in_one_file_are_whole(photo: Image.Image) -> None:
    file = io.BytesIO()
    photo.save(file, "MPO", save_all=True, append_images=[photo.rotate(90)], quality=85, progressive=True)
    assert decode_image(file.getvalue(), "x").shape == (121, 157, 3)


@pytest.mark.parametrize(("pixels", "most"), [(PIXEL_LIMIT, 12), (PIXEL_LIMIT // 4, 48), (10_000, 100)])
def test_scans_are_limited_by_the_pixels_that_each_goes_over(pixels: int, most: int) -> None:
    refuse_work(JpegScans(most, False, 0, 0), pixels, "x")
    with pytest.raises(DataError, match=f"a JPEG of {most + 1} scans; at most {most} are decoded at {pixels} pixels"):
        refuse_work(JpegScans(most + 1, False, 0, 0), pixels, "x")


def test_a_second_look_is_not_taken_at_what_a_scan_has_seen(photo: Image.Image) -> None:
    part = written(photo, "RGB", progressive=True)
    part = part[: len(part) * 2 // 3] + b"\xff\xd9"
    assert decode_image(part, "x", seen_whole=True).shape == (121, 157, 3)

import contextlib
import io
import os
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from assay.data.image import PIXEL_LIMIT, decode_image, decode_with_format, read_image
from assay.errors import DataError


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    written = io.BytesIO()
    image.save(written, kind, **options)
    return written.getvalue()


@pytest.fixture
def photo() -> Image.Image:
    coarse = np.random.default_rng(0).integers(0, 256, (6, 8, 3), dtype=np.uint8)
    return Image.fromarray(coarse).resize((80, 60), Image.Resampling.BICUBIC)


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF", "PPM", "GIF", "WEBP", "JPEG", "JPEG2000", "AVIF", "ICO"])
def test_every_format_gives_the_pixels_of_pillow(kind: str, photo: Image.Image) -> None:
    photo = photo.resize((64, 64))
    data = encoded(photo, kind, **({"lossless": True} if kind == "WEBP" else {}))
    image, found = decode_with_format(data, "x")
    assert image.dtype == np.uint8
    assert image.flags.writeable
    assert image.flags.c_contiguous
    assert found == kind
    np.testing.assert_array_equal(image, np.asarray(Image.open(io.BytesIO(data)).convert("RGB")))


@pytest.mark.parametrize(
    "options",
    [
        {"quality": 90},
        {"progressive": True},
        {"subsampling": 0},
        {"subsampling": 1},
        {"keep_rgb": True},
        {"quality": 5},
    ],
)
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_the_fast_way_for_jpeg_gives_the_pixels_of_pillow(options: dict, mode: str, photo: Image.Image) -> None:
    data = encoded(photo.convert(mode), "JPEG", **options)
    expected = np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))
    np.testing.assert_array_equal(decode_image(data, "x"), expected)
    # Bytes after the end take the slow way.
    np.testing.assert_array_equal(decode_image(data + b"trailing", "x"), expected)


def test_one_bit_becomes_black_and_white() -> None:
    bits = np.eye(9, dtype=bool)
    image = decode_image(encoded(Image.fromarray(bits), "PNG"), "x")
    np.testing.assert_array_equal(image, np.repeat(bits[..., None] * np.uint8(255), 3, axis=2))


def test_sixteen_bits_are_scaled_by_their_full_range() -> None:
    grey = np.array([[0, 257, 32896, 65535], [128, 129, 65406, 65407]], dtype=np.uint16)
    for data in (encoded(Image.fromarray(grey), "PNG"), encoded(Image.fromarray(grey), "TIFF")):
        np.testing.assert_array_equal(decode_image(data, "x")[..., 0], [[0, 1, 128, 255], [0, 1, 254, 255]])


def test_sixteen_bit_pgm_is_scaled_by_the_maximum_it_states() -> None:
    pixels = np.array([0, 2048, 4095], dtype=">u2").tobytes()
    np.testing.assert_array_equal(decode_image(b"P5 3 1 4095\n" + pixels, "x")[0, :, 1], [0, 128, 255])


def test_palette_with_a_transparent_colour_lies_on_white() -> None:
    image = Image.fromarray(np.array([[0, 1]], dtype=np.uint8), "P")
    image.putpalette([10, 20, 30, 200, 100, 50])
    data = encoded(image, "PNG", transparency=0)
    np.testing.assert_array_equal(decode_image(data, "x"), [[[255, 255, 255], [200, 100, 50]]])


def test_transparent_pixels_lie_on_white_and_hide_their_colour() -> None:
    rgba = np.array([[[9, 9, 9, 255], [9, 9, 9, 0], [0, 0, 0, 51]]], dtype=np.uint8)
    image = decode_image(encoded(Image.fromarray(rgba), "PNG"), "x")
    np.testing.assert_array_equal(image, [[[9] * 3, [255] * 3, [204] * 3]])


def test_a_transparent_grey_or_colour_key_is_honoured() -> None:
    grey = encoded(Image.fromarray(np.array([[0, 77]], dtype=np.uint8)), "PNG", transparency=0)
    np.testing.assert_array_equal(decode_image(grey, "x")[0, :, 0], [255, 77])
    colour = Image.fromarray(np.array([[[1, 2, 3], [4, 5, 6]]], dtype=np.uint8))
    keyed = encoded(colour, "PNG", transparency=(1, 2, 3))
    np.testing.assert_array_equal(decode_image(keyed, "x"), [[[255, 255, 255], [4, 5, 6]]])


def test_cmyk_becomes_the_colour_it_prints() -> None:
    flat = Image.new("CMYK", (16, 16), (0, 255, 255, 0))
    red = decode_image(encoded(flat, "JPEG", quality=100), "x")[8, 8]
    assert red[0] > 240
    assert red[1:].max() < 15


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "WEBP"])
def test_the_exif_orientation_is_applied(orientation: int, kind: str) -> None:
    upright = np.zeros((24, 40, 3), dtype=np.uint8)
    upright[:12, :20] = 255
    upright[:12, 20:, 0] = 255
    # What a camera stores, so that undoing its orientation shows `upright` (EXIF 2.32, tag 0x0112).
    stored = {
        1: upright,
        2: upright[:, ::-1],
        3: upright[::-1, ::-1],
        4: upright[::-1],
        5: upright.transpose(1, 0, 2),
        6: np.rot90(upright, 1),
        7: np.rot90(upright, 2).transpose(1, 0, 2),
        8: np.rot90(upright, -1),
    }[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"lossless": True} if kind == "WEBP" else {"quality": 100, "subsampling": 0} if kind == "JPEG" else {}
    data = encoded(Image.fromarray(np.ascontiguousarray(stored)), kind, exif=exif, **options)
    image = decode_image(data, "x")
    assert image.shape == upright.shape
    assert np.abs(image.astype(int) - upright).max() < 40


def test_broken_tags_are_passed_over_without_a_word_of_pillows(photo: Image.Image, tmp_path: Path) -> None:
    broken = b"Exif\0\0II*\0\x08\0\0\0\x05\0\x0e\x01\x02\0\xff\xff\0\0\x08\0\0\0"
    (tmp_path / "a.jpg").write_bytes(encoded(photo, "JPEG", exif=broken))
    for first in ("", "import PIL.Image; PIL.Image.open('a.jpg').getexif(); "):
        code = f"{first}from assay.data.image import read_image; print(read_image('a.jpg').shape)"
        command = [sys.executable, "-W", "default", "-c", code]
        told = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
        assert told.stdout.strip() == str(np.asarray(photo).shape)
        assert ("Tag data larger than file" in told.stderr) == bool(first)


def test_a_broken_exif_block_does_not_cost_the_picture(photo: Image.Image) -> None:
    data = encoded(photo, "JPEG", exif=b"Exif\x00\x00MM\x00*\xff\xff\xff\xff")
    assert decode_image(data, "x").shape == (60, 80, 3)


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG", "TIFF"])
def test_of_an_animation_the_first_frame_is_taken(kind: str) -> None:
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue", "lime")]
    options = {"lossless": True} if kind == "WEBP" else {}
    data = encoded(frames[0], kind, save_all=True, append_images=frames[1:], **options)
    np.testing.assert_array_equal(decode_image(data, "x")[0, 0], [255, 0, 0])


def test_the_content_decides_not_the_name(tmp_path, photo: Image.Image) -> None:
    path = tmp_path / "photo.jpg"
    path.write_bytes(encoded(photo, "PNG"))
    np.testing.assert_array_equal(read_image(path), np.asarray(photo))


def test_empty_data_is_refused() -> None:
    with pytest.raises(DataError, match=r"cells/7.png: the file is empty"):
        decode_image(b"", "cells/7.png")


@pytest.mark.parametrize("data", [b"hello, I am a text", b"\x00" * 100])
def test_what_is_no_picture_is_refused(data: bytes) -> None:
    with pytest.raises(DataError, match=r"note.png: not a picture in a known format \(JPEG, PNG"):
        decode_image(data, "note.png")


def test_heic_says_what_to_do() -> None:
    with pytest.raises(DataError, match="HEIC is not supported; convert"):
        decode_image(b"\x00\x00\x00\x18ftypheic" + bytes(64), "IMG_1.HEIC")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "BMP", "TIFF", "GIF", "PPM"])
@settings(deadline=None, max_examples=40)
@given(share=st.floats(0.0, 0.9))
def test_a_truncated_file_is_refused(kind: str, share: float) -> None:
    noise = Image.fromarray(np.random.default_rng(1).integers(0, 256, (40, 40, 3), dtype=np.uint8))
    data = encoded(noise, kind)
    with pytest.raises(DataError, match=r"^half: "):
        decode_image(data[: int(share * len(data))], "half")


def test_a_truncated_jpeg_with_a_whole_thumbnail_inside_is_refused(photo: Image.Image) -> None:
    thumbnail = encoded(photo.resize((16, 12)), "JPEG")
    data = encoded(photo, "JPEG", comment=thumbnail)
    with pytest.raises(DataError, match="truncated"):
        decode_image(data[:-200], "x")


@pytest.mark.filterwarnings("ignore:.*:UserWarning")
@settings(deadline=None)
@given(position=st.integers(0, 3000), garbage=st.binary(min_size=1, max_size=40))
def test_damage_gives_pixels_or_a_data_error(position: int, garbage: bytes) -> None:
    noise = Image.fromarray(np.random.default_rng(1).integers(0, 256, (24, 24, 3), dtype=np.uint8))
    for kind in ("PNG", "TIFF", "GIF", "BMP"):
        data = bytearray(encoded(noise, kind))
        data[position % len(data) : position % len(data) + len(garbage)] = garbage
        with contextlib.suppress(DataError):
            assert decode_image(bytes(data), "x").ndim == 3


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize("side", [10_000, 20_000])
def test_a_decompression_bomb_is_refused_before_it_goes_off(side: int) -> None:
    data = encoded(Image.new("1", (side, side)), "PNG")
    assert side * side > PIXEL_LIMIT
    assert len(data) < 100_000
    with pytest.raises(DataError, match=r"bomb.png: (10000×10000|more than)"):
        decode_image(data, "bomb.png")


def test_a_picture_below_the_limit_is_decoded_without_a_warning(recwarn) -> None:
    image = decode_image(encoded(Image.new("1", (8944, 10_000)), "PNG"), "large.png")
    assert image.shape == (10_000, 8944, 3)
    assert not recwarn.list


def test_floating_point_pixels_are_refused_because_their_white_is_not_known() -> None:
    data = encoded(Image.new("F", (4, 4), 0.5), "TIFF")
    with pytest.raises(DataError, match="mode F have no defined white"):
        decode_image(data, "x.tif")


def test_a_file_that_cannot_be_opened_is_named_with_the_reason(tmp_path) -> None:
    loop = tmp_path / "loop.png"
    loop.symlink_to(loop)
    for path, reason in [
        (tmp_path / "none.png", "cannot be read .No such file"),
        (tmp_path, "not a regular file"),
        (loop, "cannot be read .Too many levels of symbolic links"),
    ]:
        with pytest.raises(DataError, match=reason) as caught:
            read_image(path)
        assert str(path) in str(caught.value)


def test_reading_a_pipe_does_not_wait_for_a_writer(tmp_path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    with pytest.raises(DataError, match="not a regular file"):
        read_image(tmp_path / "pipe.png")


def _grey_tiff(values: np.ndarray, photometric: int) -> bytes:
    """An uncompressed TIFF of one strip, by the letter of TIFF 6.0."""
    height, width = values.shape
    bits, strip = values.dtype.itemsize * 8, values.tobytes()
    entries = {
        256: width,
        257: height,
        258: bits,
        259: 1,
        262: photometric,
        273: 8,
        277: 1,
        278: height,
        279: len(strip),
    }
    table = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in entries.items())
    return struct.pack("<2sHI", b"II", 42, 8 + len(strip)) + strip + struct.pack("<H", len(entries)) + table + bytes(4)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_where_a_tiff_says_that_white_is_zero_the_largest_value_is_black(dtype: type) -> None:
    largest = np.iinfo(dtype).max
    values = np.array([[0, largest], [largest // 5, largest // 3]], dtype)
    assert decode_image(_grey_tiff(values, 0), "x")[..., 0].tolist() == [[255, 0], [204, 170]]
    assert decode_image(_grey_tiff(values, 1), "x")[..., 0].tolist() == [[0, 255], [51, 85]]


def _progressive(photo: Image.Image) -> bytes:
    file = io.BytesIO()
    photo.save(file, "JPEG", progressive=True)
    return file.getvalue()


def test_a_jpeg_of_a_thousand_scans_is_refused_before_they_are_decoded(photo: Image.Image) -> None:
    data = _progressive(photo)
    last = data[data.rindex(b"\xff\xda") : -2]
    with pytest.raises(DataError, match=r"x: a JPEG of 1\d\d\d scans; at most 100 are decoded at 4800 pixels"):
        decode_image(data[:-2] + 1000 * last + data[-2:], "x")


@pytest.mark.parametrize("place", ["comment", "behind the end"])
def test_marks_of_scans_outside_of_the_picture_do_not_cost_it(place: str, photo: Image.Image) -> None:
    data, marks = _progressive(photo), 1000 * b"\xff\xda"
    comment = b"\xff\xfe" + (len(marks) + 2).to_bytes(2, "big") + marks
    changed = data[:2] + comment + data[2:] if place == "comment" else data + marks
    assert np.array_equal(decode_image(changed, "x"), decode_image(data, "x"))


@pytest.mark.parametrize(
    ("channels", "bits", "kind", "said"),
    [
        (5, 8, 1, "a TIFF of 5 channels of 8-bit whole numbers"),
        (4, 8, 1, "a TIFF of 4 channels of 8-bit whole numbers"),
        (3, 32, 3, "a TIFF of 3 channels of 32-bit floating-point numbers"),
    ],
)
@pytest.mark.parametrize("order", ["<", ">"])
def test_a_tiff_without_defined_colours_is_refused_with_what_it_holds(
    order: str, channels: int, bits: int, kind: int, said: str
) -> None:
    with pytest.raises(DataError, match=said):
        decode_image(multichannel_tiff(order, channels, bits, kind), "spectrum.tiff")


def multichannel_tiff(order: str, channels: int, bits: int, kind: int) -> bytes:
    """A TIFF of 2 × 2 pixels, written by hand from TIFF 6.0; its numbers in pixel order, min is black."""
    pixels = bytes(4 * channels * bits // 8)
    entries = 11
    extra = 8 + 2 + 12 * entries + 4  # behind the directory: bits and kind of each channel, then the pixels
    strip = extra + 4 * channels
    tags = [
        (256, 3, 1, 2), (257, 3, 1, 2), (258, 3, channels, extra), (259, 3, 1, 1), (262, 3, 1, 1), (273, 4, 1, strip),
        (277, 3, 1, channels), (278, 3, 1, 2), (279, 4, 1, len(pixels)), (284, 3, 1, 1),
        (339, 3, channels, extra + 2 * channels),
    ]  # fmt: skip
    directory = struct.pack(f"{order}H", entries)
    for tag, code, count, value in tags:
        inline = code == 3 and count == 1
        directory += struct.pack(
            f"{order}HHI{'HH' if inline else 'I'}", tag, code, count, *([value, 0] if inline else [value])
        )
    lists = struct.pack(f"{order}{2 * channels}H", *[bits] * channels, *[kind] * channels)
    header = (b"II" if order == "<" else b"MM") + struct.pack(f"{order}HI", 42, 8)
    return header + directory + bytes(4) + lists + pixels

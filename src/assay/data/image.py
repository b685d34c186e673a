"""Bytes to pixels: every kind of picture becomes uint8 RGB, and what is damaged, hostile or no picture is refused."""

from __future__ import annotations

import hashlib
import io
import os
import stat
import warnings
from pathlib import Path
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from assay.data.deep_samples import DeepSamples, deep_samples, may_be_deep, scaled
from assay.data.jpeg import jpeg_scans, refuse_early_end, refuse_work
from assay.data.other_files import refusal_of_opened, what_it_is
from assay.data.png import refuse_wrong_sums
from assay.data.sample_range import FULL, SampleRange
from assay.errors import DataError

Pixels = NDArray[np.uint8]

# Of tags that are broken, or stranger than it knows, in words that name no picture, from each process that reads one.
# The pixels are whole, and viewers say nothing either.
warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\.TiffImagePlugin")

# 256 MiB as RGB: the most that Pillow opens without a warning of its own.
PIXEL_LIMIT = 2**28 // 3
BYTE_LIMIT = 2**29
# Only formats that are told by their first bytes; none that starts another program (EPS runs Ghostscript).
FORMATS = ("JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF", "PPM", "AVIF", "JPEG2000", "DIB", "ICO")
DECODED_ANEW = {"TIFF": 1}
"""Formats of which some pictures are decoded to other pixels than once, with a number that counts up whenever that
happens: what was computed from the former pixels is not taken for new. It is kept out of recorded digests."""
_ORIENTATION = 0x0112
_PHOTOMETRIC = 262
_WHITE_IS_ZERO = 0
_END_OF_JPEG = b"\xff\xd9"
_JPEG = ("JPEG", "MPO")
# Orientation of EXIF -> where the last pixel of the file is in the upright picture.
_LAST_PIXEL = {2: (-1, 0), 3: (0, 0), 4: (0, -1), 6: (-1, 0), 7: (0, 0), 8: (0, -1)}


def read_image(path: Path | str, samples: SampleRange = FULL, *, seen_whole: bool = False) -> Pixels:
    """The picture in a file as `decode_image` gives it.

    Raises:
        DataError: the file cannot be read, or is refused by `decode_image`; the message names the file.
    """
    return decode_image(read_bytes(path), str(path), samples, seen_whole=seen_whole)


def decode_image(data: bytes, name: str, samples: SampleRange = FULL, *, seen_whole: bool = False) -> Pixels:
    """A picture as it is meant to be seen: uint8 [H, W, 3], RGB, writable.

    The content decides the format, not the file name. EXIF orientation is applied; of an animation the first frame is
    taken; samples of more than 8 bits are scaled by `samples`, and inverted where a TIFF says that white is zero.
    Transparent pixels are laid over white, as a viewer shows a cut-out: dropping the alpha channel would bring up
    colours that nobody sees.

    Args:
        data: the bytes of the file.
        name: what an error calls the file.
        samples: what is white where samples have more than 8 bits.
        seen_whole: whether a scan of the dataset has decoded it already; a JPEG is not asked again whether it is too
            much work, or ends before its end mark, which a progressive one shows in a second decoding alone.

    Raises:
        DataError: empty, truncated, no picture, more than `PIXEL_LIMIT` pixels, a JPEG that is too much work
            (`refuse_work`), or pixels without a defined white (floating point, 32-bit integers).
    """
    return decode_with_format(data, name, samples, seen_whole=seen_whole)[0]


def decode_with_format(
    data: bytes, name: str, samples: SampleRange = FULL, *, seen_whole: bool = False
) -> tuple[Pixels, str]:
    """`decode_image` and the format that the content turned out to have, e.g. "PNG"."""
    if not data:
        raise DataError(f"{name}: the file is empty")
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            kind = image.format or ""
            width, height = image.size
            if width * height > PIXEL_LIMIT:
                raise DataError(f"{name}: {width}×{height} pixels; at most {PIXEL_LIMIT} are decoded, scale it down")
            if why := refusal_of_opened(image):
                raise DataError(f"{name}: {why}")
            if kind == "PNG" and not seen_whole:
                refuse_wrong_sums(data, name)
            scans = None if seen_whole or kind not in _JPEG else jpeg_scans(data)
            if scans is not None:
                refuse_work(scans, width * height, name)
            plain, orientation = image.mode in ("RGB", "L"), _orientation(image)
            pixels = _plain_jpeg(image, data)
            if pixels is None:
                pixels = _rgb(image, data, name, samples)
            if scans is not None:
                last = pixels[_LAST_PIXEL.get(orientation, (-1, -1))] if plain else None
                known = pixels if plain and orientation == 1 else None
                refuse_early_end(data, scans, name, last_pixel=last, pixels=known)
            return pixels, kind
    except DataError:
        raise
    except UnidentifiedImageError as error:
        reason = what_it_is(data) or f"not a picture in a known format ({', '.join(FORMATS)})"
        raise DataError(f"{name}: {reason}") from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise DataError(f"{name}: more than {PIXEL_LIMIT} pixels, which may be a decompression bomb") from error
    except Exception as error:  # damaged files make Pillow raise nearly anything
        reason = str(error) or type(error).__name__
        raise DataError(f"{name}: damaged, cannot be decoded ({reason})") from error


def sample_facts(data: bytes, name: str) -> tuple[int, int]:
    """The largest sample of a file that can be decoded, and the bits that it says it uses (0: it says nothing).

    The first is -1 where samples have 8 bits, or where the format itself says what is white.
    """
    if not may_be_deep(data):
        return -1, 0
    with Image.open(io.BytesIO(data), formats=FORMATS) as image:
        deep = deep_samples(image, data, name)
    return (-1, 0) if deep is None else (deep.top, deep.stated or 0)


def format_of(path: Path) -> str:
    """The format of a picture by its first bytes; "" where it cannot be read."""
    try:
        with Image.open(path, formats=FORMATS) as image:
            return image.format or ""
    except Exception:  # damaged files make Pillow raise nearly anything
        return ""


def decoded_id(image_id: str, kind: str) -> str:
    """What names the pixels of a file in caches: its sha256, or another one where its format is decoded anew.

    Args:
        image_id: hex sha256 of the file's bytes.
        kind: the format, as `decode_with_format` gives it.
    """
    version = DECODED_ANEW.get(kind)
    return image_id if version is None else hashlib.sha256(f"{image_id} decoded {version}".encode()).hexdigest()


def read_bytes(path: Path | str) -> bytes:
    """The bytes of a regular file of at most `BYTE_LIMIT` bytes.

    Raises:
        DataError: the file is missing, unreadable, too large or not a regular file; the cause tells whether the
            operating system refused it (`OSError`).
    """
    try:
        status = os.stat(path)  # noqa: PTH116  # on the way of every training image
        if not stat.S_ISREG(status.st_mode):
            raise DataError(f"{path}: not a regular file")
        if status.st_size > BYTE_LIMIT:
            raise DataError(f"{path}: {status.st_size} bytes; at most {BYTE_LIMIT} are read")
        with open(path, "rb", buffering=0) as opened:  # noqa: PTH123
            return opened.read()
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror or error})") from error
    except ValueError as error:  # a null character in the name
        raise DataError(f"{path!r}: not a file name ({error})") from error


def _plain_jpeg(image: Image.Image, data: bytes) -> Pixels | None:
    """The pixels of an ordinary JPEG, or None where Pillow has to do it.

    OpenCV decodes into the array itself, 1.5 times as fast and with the same pixels as Pillow. It does not always say
    that a file is cut off, so only files that end as a JPEG ends come here.
    """
    if image.format not in _JPEG or image.mode not in ("RGB", "L") or not data.endswith(_END_OF_JPEG):
        return None
    if _orientation(image) != 1:
        return None
    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR_RGB | cv2.IMREAD_IGNORE_ORIENTATION)
    return cast("Pixels | None", pixels)


def _rgb(image: Image.Image, data: bytes, name: str, samples: SampleRange) -> Pixels:
    orientation = _orientation(image)
    deep = deep_samples(image, data, name)
    # Colours of 16 bits whose whole range counts are left to Pillow, as ever: it takes the upper eight.
    white = 0 if deep is None else samples.white(deep.bits, deep.stated)
    if deep is not None and (deep.values.ndim == 2 or white != 2**16 - 1):
        return _from_deep(deep, white, white_is_zero=_white_is_zero(image), orientation=orientation)
    image.load()
    if orientation != 1:
        image = ImageOps.exif_transpose(image)
    if image.mode.startswith("I;16"):
        return _grey(scaled(np.asarray(image), 2**16 - 1))
    if image.mode == "I" and data[:2] == b"P5":  # Pillow scales these to 16 bits, whatever their own maximum
        return _grey(scaled(np.asarray(image).astype(np.uint16), 2**16 - 1))
    if image.mode in ("I", "F"):
        raise DataError(f"{name}: pixels of mode {image.mode} have no defined white; save them with 8 or 16 bits")
    if image.has_transparency_data:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    if image.mode == "L":
        return _grey(np.asarray(image))
    return np.array(image if image.mode == "RGB" else image.convert("RGB"))


def _from_deep(deep: DeepSamples, white: int, *, white_is_zero: bool, orientation: int) -> Pixels:
    values = white - np.minimum(deep.values, white) if white_is_zero else deep.values  # Pillow inverts 8 bits alone
    pixels = scaled(values, white)
    if deep.alpha is not None:
        alpha = scaled(deep.alpha, white if deep.alpha.max() <= white else 2**16 - 1)[..., None].astype(np.uint16)
        pixels = ((pixels * alpha + (255 - alpha) * 255 + 127) // 255).astype(np.uint8)
    picture = Image.fromarray(pixels)
    if orientation != 1 and not deep.turned:
        picture.getexif()[_ORIENTATION] = orientation
        picture = ImageOps.exif_transpose(picture)
    upright = np.array(picture)
    return upright if upright.ndim == 3 else _grey(upright)


def _grey(grey: NDArray[np.uint8]) -> Pixels:
    return cast("Pixels", cv2.cvtColor(grey, cv2.COLOR_GRAY2RGB))


def _white_is_zero(image: Image.Image) -> bool:
    tags = getattr(image, "tag_v2", None)
    return image.format == "TIFF" and tags is not None and bool(tags.get(_PHOTOMETRIC) == _WHITE_IS_ZERO)


def _orientation(image: Image.Image) -> int:
    try:
        return int(image.getexif().get(_ORIENTATION, 1))
    except Exception:  # a broken EXIF block leaves the pixels whole; viewers ignore it too
        return 1

import io

import numpy as np
import pytest
import tifffile

from assay.data.image import decode_image
from assay.errors import DataError


def written(*pages: tuple[np.ndarray, dict]) -> bytes:
    file = io.BytesIO()
    with tifffile.TiffWriter(file, **pages[0][1].pop("file", {})) as writer:
        for values, options in pages:
            writer.write(values, **options)
    return file.getvalue()


GREY = np.arange(64, dtype=np.uint8).reshape(8, 8) * 4
COLOUR = np.dstack([GREY, GREY[::-1], GREY.T])


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"\0\0\0\x18ftypheic" + bytes(64), "HEIC is not supported; convert it to JPEG or PNG"),
        (b"\0\0\0\x18ftypcrx " + bytes(64), "a camera's raw file is not supported"),
        (b"II*\0\x10\0\0\0CR\x02\0" + bytes(64), "a camera's raw file is not supported"),
        (b"\0\0\0\x18ftypmp42" + bytes(64), "a film is not supported"),
        (b"\xff\x0a" + bytes(64), "JPEG XL is not supported"),
        (bytes(128) + b"DICM" + bytes(64), "DICOM is not supported"),
        (b"v/1\x01" + bytes(64), r"OpenEXR \(floating-point"),
        (b"8BPS\0\1" + bytes(64), "a Photoshop file is not supported"),
        (b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"/>', "SVG is not supported"),
        (b"<!DOCTYPE html><html>404</html>", "a web page, not a picture"),
        (b"PK\x03\x04" + bytes(64), "an archive, not a picture; unpack it"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n", "git lfs pull"),
        (b"%PDF-1.7", "PDF is not supported"),
        (b"<svg></svg>", "SVG is not supported"),
        (b"%!PS-Adobe-3.0", "PostScript is not supported"),
    ],
)
def test_a_file_that_is_no_picture_is_refused_with_what_it_is(data: bytes, reason: str) -> None:
    with pytest.raises(DataError, match=f"x: {reason}" if not reason.startswith("git") else reason):
        decode_image(data, "x")


def test_the_preview_in_a_raw_file_is_not_taken_for_its_picture() -> None:
    preview = (COLOUR[::2, ::2].copy(), {"photometric": "rgb", "subifds": 1, "subfiletype": 1})
    sensor = (np.zeros((32, 32), np.uint16), {"photometric": "minisblack"})
    with pytest.raises(DataError, match="x: a camera's raw file, or another TIFF that begins with a preview"):
        decode_image(written(preview, sensor), "x")
    pyramid = written((COLOUR, {"photometric": "rgb", "subifds": 1}), (COLOUR[::2, ::2].copy(), {"subfiletype": 1}))
    np.testing.assert_array_equal(decode_image(pyramid, "x"), COLOUR)


@pytest.mark.parametrize(
    ("values", "options", "reason"),
    [
        (GREY.astype(np.int8), {}, "a TIFF of signed whole numbers, which have no defined white"),
        (COLOUR, {"photometric": "rgb", "file": {"bigtiff": True, "byteorder": ">"}}, "a big-endian BigTIFF is not"),
        (GREY.astype(np.uint16), {"photometric": "miniswhite", "file": {"byteorder": ">"}}, "in a layout that is not"),
        (np.moveaxis(COLOUR.astype(np.uint16), 2, 0), {"photometric": "rgb", "planarconfig": 2}, "in planes apart"),
    ],
)
def test_a_tiff_that_would_be_read_wrongly_is_refused_with_the_reason(values, options: dict, reason: str) -> None:
    with pytest.raises(DataError, match=f"x: .*{reason}"):
        decode_image(written((values, {**options})), "x")

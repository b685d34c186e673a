"""PNG files in which a byte was changed on a disk or on the way."""

import io

import numpy as np
import pytest
from PIL import Image

from assay.data.image import decode_image
from assay.data.png import refuse_wrong_sums
from assay.errors import DataError


def picture(**how: object) -> bytes:
    written = io.BytesIO()
    pixels = np.random.default_rng(3).integers(0, 256, (24, 24, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(written, "PNG", **how)
    return written.getvalue()


def test_no_byte_of_the_pixels_can_change_unseen() -> None:
    data = picture()
    whole = decode_image(data, "a.png")
    for place in range(16, len(data) - 12):
        changed = data[:place] + bytes([data[place] ^ 0x10]) + data[place + 1 :]
        try:
            pixels = decode_image(changed, "a.png")
        except DataError:
            continue
        assert np.array_equal(pixels, whole), place


def test_the_part_is_named() -> None:
    data = picture()
    place = data.index(b"IDAT") + 20
    with pytest.raises(DataError, match=r"a.png: damaged, the checksum of a part \(IDAT\) is wrong"):
        refuse_wrong_sums(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :], "a.png")


def test_what_follows_the_end_and_notes_beside_the_pixels_do_not_count() -> None:
    data = picture(dpi=(72, 72))
    place = data.index(b"pHYs") + 5
    noted = data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]
    refuse_wrong_sums(noted + b"anything", "a.png")

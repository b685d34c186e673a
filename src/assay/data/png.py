"""Checksums of a PNG, which Pillow does not compare where the pixels are."""

from __future__ import annotations

import zlib

from assay.errors import DataError

_HEADER = 8
_AROUND = 12  # length, kind and sum of a chunk, 4 bytes each


def refuse_wrong_sums(data: bytes, name: str) -> None:
    """Look at the chunks that decide about pixels; in others a viewer does not care.

    Args:
        data: the bytes of the file.
        name: what an error calls the file.

    Raises:
        DataError: the bytes of such a chunk are not those that were written.

    Source: PNG (third edition), 5.3 and 5.4: kinds that begin with a capital are needed to show the picture.
    """
    view, place = memoryview(data), _HEADER
    while place + _AROUND <= len(data):
        length = int.from_bytes(view[place : place + 4])
        kind, end = bytes(view[place + 4 : place + 8]), place + 8 + length
        if (
            kind[:1].isupper()
            and end + 4 <= len(data)
            and zlib.crc32(view[place + 4 : end]) != int.from_bytes(view[end : end + 4])
        ):
            raise DataError(f"{name}: damaged, the checksum of a part ({kind.decode('latin-1')}) is wrong")
        if kind == b"IEND":
            return
        place = end + 4

"""Text that programs write into pictures: chunks of PNG, and the comment in EXIF of other formats."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator

PNG = b"\x89PNG\r\n\x1a\n"
LONGEST = 1_000_000
"""Bytes of one text; a compressed one is not unpacked beyond that."""
MOST_CHUNKS = 10_000
_USER_COMMENT, _DESCRIPTION, _EXIF = 0x9286, 0x010E, 0x8769
_ENCODINGS = {b"UNICODE\0": "utf-16-be", b"ASCII\0\0\0": "ascii"}


def embedded_texts(content: bytes) -> dict[str, str]:
    """Keyword -> text. EXIF's comment and description are called "UserComment" and "ImageDescription".

    Args:
        content: of a file; what cannot be followed is left out.
    """
    texts = dict(_of_png(content)) if content.startswith(PNG) else {}
    return {**_of_exif(content), **texts}


def chunks(content: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Kind, first byte and length of the data of each chunk of a PNG file, as far as they can be followed."""
    place = len(PNG)
    for _ in range(MOST_CHUNKS):
        if place + 8 > len(content):
            return
        length, kind = struct.unpack(">I4s", content[place : place + 8])
        yield kind, place + 8, length
        place += 12 + length


def _of_png(content: bytes) -> Iterator[tuple[str, str]]:
    for kind, start, length in chunks(content):
        if kind not in (b"tEXt", b"zTXt", b"iTXt") or length > LONGEST:
            continue
        keyword, ended, rest = content[start : start + length].partition(b"\0")
        if ended:
            yield keyword.decode("latin-1"), _text(kind, rest)


def _text(kind: bytes, rest: bytes) -> str:
    if kind == b"tEXt":
        return rest.decode("latin-1")
    if kind == b"zTXt":
        return _unpacked(rest[1:]).decode("latin-1")
    packed, parts = rest[:1] == b"\1", rest[2:].split(b"\0", 2)
    body = parts[2] if len(parts) == 3 else b""
    return (_unpacked(body) if packed else body).decode("utf-8", "replace")


def _unpacked(data: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(data, LONGEST)
    except zlib.error:
        return b""


def _of_exif(content: bytes) -> dict[str, str]:
    from PIL import Image

    try:
        with Image.open(io.BytesIO(content)) as image:
            exif = image.getexif()
            values = {"UserComment": exif.get_ifd(_EXIF).get(_USER_COMMENT), "ImageDescription": exif.get(_DESCRIPTION)}
    except Exception:  # damaged files make Pillow raise nearly anything
        return {}
    return {name: text for name, value in values.items() if (text := _plain(value))}


def _plain(value: object) -> str:
    if isinstance(value, bytes):
        encoding = _ENCODINGS.get(value[:8], "utf-8")
        value = (value[8:] if value[:8] in _ENCODINGS else value).decode(encoding, "replace")
    return value.strip("\0 ") if isinstance(value, str) else ""

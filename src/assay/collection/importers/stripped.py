"""Stripped: the same picture without what its file says of itself, so that training sees nothing but pixels."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
from PIL import Image

from assay.data.image import decode_image
from assay.errors import DataError
from assay.provenance.embedded_text import PNG, chunks

PNG_KEPT = (b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"sBIT", b"bKGD")
"""Chunks that say what pixels look like; all others go: texts, EXIF, XMP, content credentials."""
JPEG_KEPT = (0xE0, 0xE2, 0xEE)
"""Of the application segments: JFIF, ICC profile, Adobe's transform."""
WEBP_KEPT = (b"VP8 ", b"VP8L", b"ALPH", b"ANIM", b"ANMF", b"ICCP")


def stripped(content: bytes) -> bytes:
    """The file without metadata; pixels are those of before, which is looked at each time.

    Formats other than PNG, JPEG and WebP, and files whose metadata turns them, are written as PNG.

    Args:
        content: of a file.

    Raises:
        DataError: it cannot be decoded.
    """
    before = decode_image(content, "it")
    without = _rewritten(content)
    if without is not None:
        try:
            if np.array_equal(decode_image(without, "it"), before):
                return without
        except DataError:
            pass
    out = io.BytesIO()
    Image.fromarray(before).save(out, "PNG")
    return out.getvalue()


def _rewritten(content: bytes) -> bytes | None:
    if content.startswith(PNG):
        return _png(content)
    if content.startswith(b"\xff\xd8"):
        return _jpeg(content)
    return _webp(content) if content[:4] == b"RIFF" and content[8:12] == b"WEBP" else None


def _png(content: bytes) -> bytes:
    out = bytearray(PNG)
    for kind, start, length in chunks(content):
        if kind in PNG_KEPT:
            data = content[start : start + length]
            out += struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        if kind == b"IEND":
            break
    return bytes(out)


def _jpeg(content: bytes) -> bytes | None:
    out, place = bytearray(b"\xff\xd8"), 2
    while place + 4 <= len(content):
        if content[place] != 0xFF:
            return None
        marker = content[place + 1]
        if marker == 0xFF:  # fill bytes
            place += 1
            continue
        length = int.from_bytes(content[place + 2 : place + 4], "big")
        if marker == 0xDA:  # from here on pixels; what stands behind their end is left
            end = content.rfind(b"\xff\xd9")
            return bytes(out + content[place : end + 2]) if end > place else None
        application = 0xE0 <= marker <= 0xEF
        if (not application and marker != 0xFE) or marker in JPEG_KEPT:
            out += content[place : place + 2 + length]
        place += 2 + length
    return None


def _webp(content: bytes) -> bytes:
    body, place = bytearray(), 12
    while place + 8 <= len(content):
        kind, length = struct.unpack("<4sI", content[place : place + 8])
        data = content[place + 8 : place + 8 + length]
        if kind == b"VP8X" and len(data) >= 10:
            data = bytes([data[0] & ~0x0C]) + data[1:]  # neither EXIF nor XMP follow
        if kind in (*WEBP_KEPT, b"VP8X"):
            body += kind + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)
        place += 8 + length + length % 2
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + bytes(body)

"""What a decoding process does: pixels of the bytes that it is sent, within limits that the system enforces."""

from __future__ import annotations

import io
import resource
import signal
from multiprocessing.connection import Connection
from typing import Any

import numpy as np
from PIL import Image

from assay.data.image import decode_image
from assay.errors import DataError

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "MPO")
MEMORY = 3 * 2**30
"""Bytes of addresses that a process may take; a picture of 300 megapixels decodes within them."""


def decode_until_closed(connection: Connection, most_pixels: int) -> None:
    """Answer bytes with ("pixels", array) or ("refused", why) until the other end is closed.

    Args:
        connection: to the service.
        most_pixels: of a picture; more are refused before they are decoded.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the service, which closes the connection
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    while True:
        try:
            content = connection.recv_bytes()
        except (EOFError, OSError):
            return
        answer = _decoded(content, most_pixels)
        if isinstance(answer, str):
            connection.send(("refused", answer))
        else:
            connection.send(("pixels", answer.shape))
            connection.send_bytes(answer.data.cast("B"))


def _decoded(content: bytes, most_pixels: int) -> np.ndarray[Any, np.dtype[np.uint8]] | str:
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as image:
            width, height = image.size
        if width * height > most_pixels:
            return f"{width}×{height} pixels; at most {most_pixels / 1e6:g} megapixels are decoded"
        return np.ascontiguousarray(decode_image(content, "the picture"))
    except DataError as error:
        return str(error).removeprefix("the picture: ")
    except MemoryError:
        return "it needs more memory than a picture may"
    except Exception as error:  # of whatever decoder, about whatever bytes
        return f"it cannot be decoded ({type(error).__name__})"

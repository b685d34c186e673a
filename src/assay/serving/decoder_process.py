"""What a decoding process does: pixels of the bytes that it is sent, within limits that the system enforces."""

from __future__ import annotations

import json
import resource
import signal
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from assay.data.image import decode_image
from assay.data.sample_range import SampleRange
from assay.errors import DataError
from assay.serving.header import refusal_by_header
from assay.serving.shared_pixels import SharedPixels

MEMORY = 3 * 2**30
"""Bytes of addresses that a process may take beyond what it begins with; 300 megapixels decode within them."""

Image.init()  # all formats now: what is loaded later counts against the limit


def decode_until_closed(connection: Connection, most_pixels: int) -> None:
    """Answer (bytes, samples) with JSON until it is closed: {"shape": …} of what was written, or {"refused": why}.

    Nothing goes back as a pickle: a picture that takes this process over must not take the service over with it.

    Args:
        connection: to the service, which sends the memory for the pixels first.
        most_pixels: of a picture; more are refused before they are decoded.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the service, which closes the connection
    try:
        pixels = SharedPixels.received(connection)
    except (EOFError, OSError, RuntimeError):
        return
    most = _taken() + MEMORY
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    while True:
        try:
            content, samples = connection.recv()
        except (EOFError, OSError):
            return
        answer = _decoded(content, samples, most_pixels)
        if isinstance(answer, str):
            connection.send_bytes(json.dumps({"refused": answer}).encode())
        else:
            pixels.write(answer)
            connection.send_bytes(json.dumps({"shape": answer.shape}).encode())


def _taken() -> int:
    """Bytes of addresses that this process has now."""
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    return pages * resource.getpagesize()


def _decoded(content: bytes, samples: SampleRange, most_pixels: int) -> np.ndarray[Any, np.dtype[np.uint8]] | str:
    try:
        if why := refusal_by_header(content, most_pixels):
            return why
        return np.ascontiguousarray(decode_image(content, "the picture", samples))
    except DataError as error:
        return str(error).removeprefix("the picture: ")
    except MemoryError:
        return "it needs more memory than a picture may"
    except Exception as error:  # of whatever decoder, about whatever bytes
        return f"it cannot be decoded ({type(error).__name__})"

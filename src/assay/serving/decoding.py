"""Decoding: bytes of strangers become pixels in processes of their own, which may die without the service."""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess

from assay.data.image import Pixels
from assay.data.sample_range import FULL, SampleRange
from assay.serving.decoder_process import decode_until_closed
from assay.serving.refusal import Refusal
from assay.serving.shared_pixels import SharedPixels

LONGEST_LINE = 10_000
SECONDS = 10.0
"""That a picture may take to decode; then its process is killed."""


@dataclass(frozen=True)
class Decoded:
    """A picture.

    Attributes:
        image: uint8 RGB [H, W, 3].
        milliseconds: that decoding took.
    """

    image: Pixels
    milliseconds: float


class Decoders:
    """Processes that decode, as many as there are cores to use.

    Args:
        count: of processes.
        most_pixels: of a picture.
        seconds: that a picture may take.
    """

    def __init__(self, count: int, most_pixels: int, *, seconds: float = SECONDS) -> None:
        self._most_pixels, self._seconds = most_pixels, seconds
        self._mine = threading.local()
        self._all: list[_Decoder] = []
        self._lock = threading.Lock()
        self._pool = ThreadPoolExecutor(count, thread_name_prefix="decode")
        together = threading.Barrier(count)  # without it the first thread would do the starting of all
        for future in [self._pool.submit(self._decoder, wait=together.wait) for _ in range(count)]:
            future.result()

    def submit(self, content: bytes, samples: SampleRange = FULL) -> Future[Decoded]:
        """Decode a picture; the future has its pixels, or the `Refusal` that its sender gets.

        Args:
            content: bytes of the file.
            samples: what is white where samples have more than 8 bits; `Engine.samples`.
        """
        return self._pool.submit(self._decode, content, samples)

    def close(self) -> None:
        """End the processes; what is being decoded is finished first."""
        self._pool.shutdown()
        for decoder in self._all:
            decoder.end()

    def _decoder(self, *, wait: Callable[[], object] | None = None) -> _Decoder:
        decoder: _Decoder | None = getattr(self._mine, "decoder", None)
        if decoder is None or not decoder.alive:
            decoder = _Decoder(self._most_pixels)
            self._mine.decoder = decoder
            with self._lock:
                self._all = [each for each in self._all if each.alive] + [decoder]
        if wait is not None:
            wait()
        return decoder

    def _decode(self, content: bytes, samples: SampleRange) -> Decoded:
        begun = time.perf_counter()
        try:
            image = self._decoder().decode(content, samples, self._seconds)
        except TimeoutError:
            raise Refusal("unreadable", f"The picture could not be decoded within {self._seconds:g} s.") from None
        except (EOFError, OSError, ValueError, TypeError, KeyError):
            raise Refusal("unreadable", "The picture ended the program that decodes it; it may be damaged.") from None
        if isinstance(image, str):
            raise Refusal("unreadable", f"The picture cannot be read: {image}.")
        return Decoded(image, 1000 * (time.perf_counter() - begun))


class _Decoder:
    """One process."""

    def __init__(self, most_pixels: int) -> None:
        self._most_pixels = most_pixels
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(["assay.serving.decoder_process"])
        ours, theirs = context.Pipe()
        self._connection: Connection = ours
        self._process: ForkServerProcess = context.Process(
            target=decode_until_closed, args=(theirs, most_pixels), name="decoder", daemon=True
        )
        self._process.start()
        theirs.close()
        self._pixels = SharedPixels.shared(ours, self._process.pid or 0, 3 * most_pixels)
        self.alive = True

    def decode(self, content: bytes, samples: SampleRange, seconds: float) -> Pixels | str:
        """Pixels, or why there are none.

        Raises:
            TimeoutError: it took too long; the process is gone.
            EOFError, OSError, ValueError, TypeError, KeyError: the process has died, or says nothing sensible.
        """
        try:
            self._connection.send((content, samples))
            if not self._connection.poll(seconds):
                raise TimeoutError
            header = json.loads(self._connection.recv_bytes(LONGEST_LINE))
            if "refused" in header:
                return str(header["refused"])
            height, width, channels = header["shape"]
            if channels != 3 or not 0 < height * width <= self._most_pixels:
                raise OSError(f"a decoder says {height}×{width}×{channels}")
            return self._pixels.read(height, width)
        except BaseException:
            self.end()
            raise

    def end(self) -> None:
        """Kill the process."""
        self.alive = False
        with contextlib.suppress(OSError):
            self._connection.close()
        self._pixels.close()
        self._process.kill()
        self._process.join(5)

"""KeptPixels: pictures that a training reads in every epoch, scaled down once and kept without their files' coding.

A photograph of 12 megapixels takes a tenth of a second to decode; scaled down and kept, a thousandth. What an answer or
an evidence is made of is never read from here, and squares that no augmentation varies are kept bit by bit.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

import numpy as np

from assay.data.image import DECODED_ANEW, Pixels, read_image
from assay.data.preprocessing import VERSION, Preprocessing, resample
from assay.data.sample_range import SampleRange
from assay.disk import note_use
from assay.files import atomic_write, digest_of

FOLDER = "pixels"
"""Of a cache, that holds a folder for each way in which pictures are kept."""
_log = logging.getLogger(__name__)


class KeptPixels:
    """Pictures by the digest of their file; each is made when it is first asked for.

    A picture that cannot be kept (a full disk, a folder that may not be written) is made each time, which is said once.

    Args:
        cache: folder.
        side: pixels of the shorter side that pictures are scaled down to; smaller ones are read from their files.
    """

    def __init__(self, cache: Path, side: int) -> None:
        self.side, self._cache = side, cache / FOLDER
        self._writes = True

    def shrunk(self, path: Path | str, image_id: str, samples: SampleRange) -> Pixels:
        """A picture as it came but smaller: uint8 RGB [H, W, 3], in the proportions that it had.

        Args:
            path: of the file.
            image_id: hex sha256 of its bytes.
            samples: what is white where samples have more than 8 bits.

        Raises:
            DataError: the file cannot be read.
        """

        def made() -> Pixels:
            image = read_image(path, samples, seen_whole=True)
            height, width = image.shape[:2]
            scale = self.side / min(height, width)
            return image if scale >= 1 else resample(image, round(height * scale), round(width * scale))

        return self._kept(["shrunk", self.side, samples.state()], image_id, made)

    def square(self, path: Path | str, image_id: str, preprocessing: Preprocessing) -> Pixels:
        """What `preprocessing` makes of the picture in a file, bit by bit; arguments and errors as of `shrunk`."""

        def made() -> Pixels:
            return preprocessing(read_image(path, preprocessing.samples, seen_whole=True))

        return self._kept(["square", preprocessing.digest], image_id, made)

    def _kept(self, how: list[object], image_id: str, make: Callable[[], Pixels]) -> Pixels:
        folder = self._cache / digest_of([how, VERSION, DECODED_ANEW])[:32]
        file = folder / image_id[:2] / f"{image_id}.npy"
        try:
            pixels: Pixels = np.load(file, allow_pickle=False)
        except (OSError, ValueError, EOFError):  # none yet, or one that was cut short
            pixels = make()
            if self._writes:
                self._write(file, pixels)
        else:
            note_use(file)
        return pixels

    def _write(self, file: Path, pixels: Pixels) -> None:
        try:
            with atomic_write(file) as temporary, temporary.open("wb") as opened:
                np.save(opened, pixels, allow_pickle=False)
        except OSError as error:
            self._writes = False
            _log.warning("%s: pictures cannot be kept (%s), so each epoch decodes them anew", file.parent, error)

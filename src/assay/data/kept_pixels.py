"""KeptPixels: pictures that a training reads in every epoch, scaled down once and kept without their files' coding.

Large photographs take long to decode. What an answer or an evidence is made of is never read from here, and squares
that no augmentation varies are kept bit by bit.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from pathlib import Path

import numpy as np

from assay.data.image import DECODED_ANEW, Pixels, decode_image, read_bytes
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
        side: pixels of the shorter side that pictures are scaled down to; smaller ones are kept as they are.
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

        def made(image: Pixels) -> Pixels:
            height, width = image.shape[:2]
            scale = self.side / min(height, width)
            return image if scale >= 1 else resample(image, round(height * scale), round(width * scale))

        return self._kept(["shrunk", self.side, samples.state()], path, image_id, samples, made)

    def square(self, path: Path | str, image_id: str, preprocessing: Preprocessing) -> Pixels:
        """What `preprocessing` makes of the picture in a file, bit by bit; arguments and errors as of `shrunk`."""
        return self._kept(["square", preprocessing.digest], path, image_id, preprocessing.samples, preprocessing)

    def _kept(
        self,
        how: list[object],
        path: Path | str,
        image_id: str,
        samples: SampleRange,
        make: Callable[[Pixels], Pixels],
    ) -> Pixels:
        folder = self._cache / digest_of([how, VERSION, DECODED_ANEW])[:32]
        file = folder / image_id[:2] / f"{image_id}.npy"
        try:
            pixels: Pixels = np.load(file, allow_pickle=False)
        except (OSError, ValueError, EOFError):  # none yet, or one that was cut short
            content = read_bytes(path)
            pixels = make(decode_image(content, str(path), samples, seen_whole=True))
            # A file that was exchanged since it was listed is not kept under the name of the former one.
            if self._writes and hashlib.sha256(content).hexdigest() == image_id:
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

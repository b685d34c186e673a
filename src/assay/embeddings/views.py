"""Pictures as the backbone sees them: read, checked against their id, preprocessed or augmented, in threads."""

from __future__ import annotations

import copy
import hashlib
import threading
from collections import deque
from collections.abc import Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from assay.data.dataset import augmentation_rng
from assay.data.image import decode_image, read_bytes
from assay.data.preprocessing import ByteImage, Preprocessing, Resize
from assay.errors import DataError


class ViewPolicy(Protocol):
    """What `assay.augment` makes: a random view of one picture, and a name for what it does."""

    @property
    def digest(self) -> str:
        """Hex digest of the policy and its settings."""

    def __call__(self, image: ByteImage, size: int, resize: Resize, rng: np.random.Generator) -> ByteImage:
        """Uint8 [H, W, 3] to uint8 [size, size, 3], the same for the same state of `rng`."""


@dataclass(frozen=True)
class View:
    """One way to look at every picture: preprocessed only, or the view with a number of a policy with a seed."""

    preprocessing: Preprocessing
    policy: ViewPolicy | None = None
    number: int = 0
    seed: int = 0

    def picture(self, path: Path, image_id: str, policy: ViewPolicy | None) -> NDArray[np.uint8]:
        """uint8 [3, S, S] of one file.

        Args:
            path: the file.
            image_id: sha256 of the bytes that the manifest saw.
            policy: `self.policy`, or the calling thread's copy of it.

        Raises:
            DataError: the file is gone or damaged, or is not the one that the manifest saw.
        """
        data = read_bytes(path)
        if hashlib.sha256(data).hexdigest() != image_id:
            raise DataError(f"{path}: has changed since the manifest was built. Build the manifest again.")
        image = decode_image(data, str(path), self.preprocessing.samples, seen_whole=True)
        if policy is None:
            ready = self.preprocessing(image)
        else:
            rng = augmentation_rng(self.seed, self.number, image_id)
            ready = self.preprocessing.view(image, policy, rng)
        return ready.transpose(2, 0, 1)


def batches(
    paths: Sequence[Path], ids: Sequence[str], view: View, *, batch_size: int, threads: int
) -> Generator[NDArray[np.uint8]]:
    """Pictures [batch_size, 3, S, S] in order, made by threads while the caller works on the batch before.

    The last batch is filled up with black pictures. At most three batches are in memory.

    Raises:
        DataError: see `View.picture`; of the first picture, in order, that fails.
    """
    own = threading.local()
    size = view.preprocessing.size

    def load(row: int) -> NDArray[np.uint8]:
        if not hasattr(own, "policy"):
            own.policy = copy.deepcopy(view.policy)  # a policy may keep the state of its generator in itself
        return view.picture(paths[row], ids[row], own.policy)

    pool = ThreadPoolExecutor(threads, thread_name_prefix="pictures")
    opencv_threads = cv2.getNumThreads()
    cv2.setNumThreads(1)  # one picture per thread already fills the cores; OpenCV's own threads get in their way
    try:
        waiting: deque[Future[NDArray[np.uint8]]] = deque()
        submitted = 0
        for start in range(0, len(ids), batch_size):
            until = min(start + 3 * batch_size, len(ids))
            waiting.extend(pool.submit(load, row) for row in range(submitted, until))
            submitted = until
            batch = np.zeros((batch_size, 3, size, size), dtype=np.uint8)
            for row in range(min(batch_size, len(ids) - start)):
                batch[row] = waiting.popleft().result()
            yield batch
    finally:
        pool.shutdown(cancel_futures=True)
        cv2.setNumThreads(opencv_threads)

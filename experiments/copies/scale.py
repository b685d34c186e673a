"""How long the search for copies takes, by the number of pictures: Fashion-MNIST, or its like where it is missing.

python experiments/copies/scale.py [FOLDER WITH *-images-idx3-ubyte.gz]
"""

from __future__ import annotations

import gzip
import resource
import sys
import time
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from assay.data.copies.faces import Faces
from assay.data.copies.search import near_pairs

SIZES = (2000, 5000, 10000)
DEBIAN = Path("/usr/share/datasets/fashion-mnist")  # package dataset-fashion-mnist


def thumbnails(folder: Path) -> tuple[NDArray[np.uint8], str]:
    """uint8 [N, 32, 32], and what they are of."""
    files = sorted(folder.glob("*-images-idx3-ubyte.gz"))
    if files:
        raw = [np.frombuffer(gzip.decompress(file.read_bytes()), np.uint8, offset=16) for file in files]
        pictures, name = np.concatenate(raw).reshape(-1, 28, 28), "Fashion-MNIST"
    else:
        pictures = np.random.default_rng(0).integers(0, 256, (max(SIZES), 8, 8), dtype=np.uint8)
        name = "random surfaces"
    small = [cv2.resize(picture, (32, 32), interpolation=cv2.INTER_AREA) for picture in pictures[: max(SIZES)]]
    return np.asarray(small, dtype=np.uint8), name


def main() -> None:
    """Print a row for each size."""
    greys, name = thumbnails(Path(sys.argv[1]) if len(sys.argv) > 1 else DEBIAN)
    print(f"| {name} | seconds | pairs to look at | peak memory, GB |\n| --- | --- | --- | --- |")
    for count in SIZES:
        began = time.monotonic()
        pairs = near_pairs(Faces(greys[:count]))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
        print(f"| {count:,} | {time.monotonic() - began:.1f} | {len(pairs)} | {peak:.2f} |")


if __name__ == "__main__":
    main()

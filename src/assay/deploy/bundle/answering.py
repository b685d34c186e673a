"""What a model says about the files of a split, batch by batch."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np

from assay.data.image import Pixels
from assay.data.manifest import Manifest
from assay.data.sample_range import SampleRange
from assay.errors import DataError
from assay.files import sha256_of_file
from assay.predictions import Predictions, joined
from assay.predictor import decoded
from assay.progress import track

BATCH = 32
Item = TypeVar("Item")


def predict_files(
    predict: Callable[[Sequence[Pixels]], Predictions],
    manifest: Manifest,
    samples: SampleRange,
    *,
    what: str = "scoring",
) -> Predictions:
    """What a model says, before calibration, about the images of one split, from their files.

    Args:
        predict: of the model.
        manifest: of one split; its files are read again.
        samples: of the model, as it was measured: what is white in files whose samples have more than 8 bits.
        what: what progress calls the work.

    Raises:
        DataError: a file cannot be read, or holds another picture than the manifest says.
    """
    changed = [path for path, known in zip(manifest.paths, manifest.ids, strict=True) if _other(path, known)]
    if changed:
        raise DataError(
            f"{len(changed)} of {len(manifest)} files hold another picture than when the run was measured (first: "
            f"{changed[0]}); bring the former files back"
        )
    outputs = [
        predict([decoded(path, str(path), samples) for path in batch])
        for batch in track(list(batches(manifest.paths)), what, unit="batches")
    ]
    return joined(outputs).about(manifest.ids, manifest.groups, manifest.labels, manifest.splits[0])


def batches(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    """At most 32 items at a time, in order."""
    for start in range(0, len(items), BATCH):
        yield items[start : start + BATCH]


def _other(path: Path, known: np.str_) -> bool:
    try:
        return sha256_of_file(path) != known
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror or error})") from error

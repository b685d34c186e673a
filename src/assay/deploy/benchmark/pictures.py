"""Which pictures a benchmark asks about: given files, the run's own test images, or made-up ones."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from assay.deploy.benchmark.request import BenchmarkRequest
from assay.errors import AssayError, ConfigError, DataError

if TYPE_CHECKING:
    from assay.tracking.read import RunRecord


PICTURES = 64
"""Pictures that a benchmark goes through again and again."""


MADE_UP = 300
"""Side of made-up pictures, in pixels."""


def _pictures(request: BenchmarkRequest, record: RunRecord | None, seed: int) -> tuple[list[bytes], str]:
    """Files as bytes, and what they are: those asked for, else test images of the run, else made up."""
    from assay.data.image import read_bytes

    if request.images:
        files = _files(Path(request.images).expanduser())
        return [read_bytes(path) for path in files], f"{len(files)} from {Path(request.images).name}"
    test = [] if record is None else _test_files(record, seed)
    if test:
        try:
            return [read_bytes(path) for path in test], f"{len(test)} test images"
        except DataError:
            pass
    return _made_up(), f"4 made up, {MADE_UP}×{MADE_UP}, JPEG (the run's test images are not here)"


def _files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    files = sorted(file for file in path.rglob("*") if file.is_file() and not file.name.startswith("."))[:PICTURES]
    if not files:
        raise ConfigError(f"images={path}: there is no such picture, nor a folder with any")
    return files


def _test_files(record: RunRecord, seed: int) -> list[Path]:
    import numpy as np

    from assay.run.recorded_run import RecordedRun

    try:
        paths = RecordedRun(record).manifest_to_read.only("test").paths
    except AssayError:
        return []
    rows = np.random.default_rng(seed).permutation(len(paths))[:PICTURES]
    return [paths[row] for row in rows]


def _made_up() -> list[bytes]:
    import io

    from PIL import Image

    from assay.embeddings.runtime import made_up_pictures

    files = []
    for pixels in made_up_pictures(MADE_UP, 4):
        buffer = io.BytesIO()
        Image.fromarray(pixels.transpose(1, 2, 0)).save(buffer, "JPEG", quality=90)
        files.append(buffer.getvalue())
    return files

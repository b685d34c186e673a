"""Normalise files: every picture written anew in one way, so that no file says of which class it is."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

from assay.data.image import Pixels, decode_image, read_image
from assay.data.manifest import COLUMNS, Manifest
from assay.data.preprocessing import Preprocessing, Resize
from assay.data.scan import scan
from assay.errors import DataError
from assay.files import atomic_write, digest_of
from assay.progress import track

VERSION = 1
QUALITY = 95
WORKERS = 4


def normalise_files(manifest: Manifest, cache_dir: Path, *, largest: int, resize: Resize) -> Manifest:
    """The same images from files that are alike in everything but their pixels.

    Each picture is decoded, brought to one square size, compressed as JPEG once (quality 95, colours in full), decoded,
    and stored as an uncompressed PNG: format, dimensions, quantisation, chroma subsampling, EXIF and the number of
    bytes are then the same for all. What an earlier compression has done to the pixels cannot be taken back; the grid
    of JPEG qualities and the swapped formats show how much of a score hangs on it.

    The square is as large as the smallest kind of picture allows: the least of `largest` and the median shorter sides
    of the real images and of each generator's. Files are kept under `cache_dir`, by what they were made from.

    Args:
        manifest: as a source gives it, before splits.
        cache_dir: where the files are kept.
        largest: side of the square at most, in pixels.
        resize: how a picture comes to a square, see `Preprocessing`.

    Raises:
        DataError: a picture has changed since it was listed and cannot be decoded.
    """
    table = manifest.table
    shorter = table[["width", "height"]].min(axis=1)
    side = int(min(largest, shorter.groupby([table["label"], table["generator"]]).median().min()))
    prepare = Preprocessing(max(1, side), resize)
    made_from = {"version": VERSION, "quality": QUALITY, "preprocessing": prepare.digest}
    folder = cache_dir / "normalised" / digest_of(made_from)[:16]
    targets = [folder / image[:2] / f"{image}.png" for image in table["id"]]
    missing = {target: path for target, path in zip(targets, table["path"], strict=True) if not target.exists()}
    with ThreadPoolExecutor(WORKERS) as pool:
        written = pool.map(lambda pair: _write(pair[1], pair[0], prepare), missing.items())
        for _ in track(written, "normalising files", total=len(missing)):
            pass
    seen = scan([str(target) for target in targets], cache_dir / "scans")
    if (broken := seen["error"] != "").any():
        row = int(np.flatnonzero(broken)[0])
        raise DataError(f"{targets[row]}: {seen['error'][row]}; remove the file, it is written again")
    fresh = [column for column in COLUMNS if column in seen.columns]
    return replace(manifest, table=table.assign(**{column: seen[column].to_numpy() for column in fresh}))


def normalised(image: Pixels, prepare: Preprocessing) -> Pixels:
    """One picture as `normalise_files` makes it, for asking a model that was trained on such pictures.

    Args:
        image: uint8 RGB [H, W, 3]; left alone.
        prepare: to the square, whose side is that of the run's images.
    """
    once = io.BytesIO()
    Image.fromarray(prepare(image)).save(once, "JPEG", quality=QUALITY, subsampling=0)
    return decode_image(once.getvalue(), "a normalised picture")


def _write(source: str, target: Path, prepare: Preprocessing) -> None:
    pixels = normalised(read_image(source), prepare)
    with atomic_write(target) as temporary:
        Image.fromarray(pixels).save(temporary, "PNG", compress_level=0)

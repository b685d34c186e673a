"""Scan: what is known of each image file from its bytes, read once and kept in shards beside each other."""

from __future__ import annotations

import hashlib
import logging
import os
import stat
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from assay.data.copies.frame import without_frame
from assay.data.decode_warnings import DecodeWarnings
from assay.data.image import decode_with_format, read_bytes, sample_facts
from assay.data.perceptual_hash import SIDE, perceptual_hash, thumbnail
from assay.data.quality import MEASURED, STATISTICS, statistics_of
from assay.data.sample_range import FULL, SampleRange
from assay.data.scan_shards import COLUMNS, DEPTH, KEY, LOOKS, WARNED, load_shards, shards_in, store_shard
from assay.errors import DataError
from assay.progress import track

logger = logging.getLogger(__name__)

SHARD_SIZE = 1000
_EMPTY = bytes(SIDE * SIDE)
SAMPLED = 4096  # bytes at the beginning, in the middle and at the end of a file
AT_ONCE = 64  # files that a thread samples before it is handed more: handing over takes longer than sampling one
FLAGS = {
    "tiny": "the shorter side has fewer than 32 pixels",
    "blank": "an even surface: the 32×32 grey thumbnail has a standard deviation below 2 of 255",
    "dark": "mean brightness below 16 of 255",
    "bright": "mean brightness above 239 of 255",
}


class _Key(NamedTuple):
    path: str
    bytes: int = -1
    mtime_ns: int = -1
    ctime_ns: int = -1
    inode: int = -1
    sample: int = -1


class _Seen(NamedTuple):
    key: _Key
    id: str = ""
    width: int = 0
    height: int = 0
    format: str = ""
    grey: NDArray[np.uint8] | None = None
    face: bytes = _EMPTY
    flags: str = ""
    statistics: NDArray[np.float32] | None = None
    error: str = ""
    pixels: str = ""
    top: int = -1
    stated: int = 0
    samples: str = ""
    warning: str = ""
    lasting: bool = True  # false where another try may succeed although the file stays as it is


def scan(paths: Sequence[str], cache_dir: Path, *, samples: SampleRange = FULL, workers: int = 4) -> pd.DataFrame:
    """One row per path, in order: sha256, size, format, perceptual hash, statistics and flags, or what is wrong.

    What was read is kept under `cache_dir`, keyed by path, size, times, inode and a sample of the bytes, which is read
    every time: a file that did not change is not decoded again, a kill loses one shard of `SHARD_SIZE` files at most,
    and several processes may scan at once. Where nothing may be written, it is read again next time.
    At most `workers` images are in memory.

    Args:
        paths: absolute paths of files.
        cache_dir: where the shards are kept.
        samples: what is white where samples have more than 8 bits.
        workers: threads that read and decode.

    Returns:
        The columns `COLUMNS`, of the `KEY` only `path`; `error` is "" for a usable image, the others are empty or NaN
        for an unusable one; `flags` are names of `FLAGS`, comma-separated.
    """
    rows = _rows(
        paths, cache_dir, workers, [name for name in COLUMNS if name not in (*KEY, *LOOKS, *DEPTH, *WARNED)], samples
    )
    return rows.drop(columns=[name for name in (*KEY, *DEPTH) if name != "path"])


def scan_depth(paths: Sequence[str], cache_dir: Path, *, workers: int = 4) -> pd.DataFrame:
    """One row per path, in order: its `path`, its largest sample `top` and the bits `stated`, as `COLUMNS` has them."""
    return _rows(paths, cache_dir, workers, ())[["path", "top", "stated"]]


def scan_warnings(paths: Sequence[str], cache_dir: Path, *, samples: SampleRange = FULL, workers: int = 4) -> list[str]:
    """What Pillow said of each file while it decoded it all the same, in order; "" for nothing."""
    return list(_rows(paths, cache_dir, workers, WARNED, samples)["warning"])


@dataclass(frozen=True, eq=False)
class ScannedLooks:
    """What pictures look like.

    Attributes:
        pixels: str [N], equal where the decoded pixels are.
        greys: uint8 [N, 32, 32], thumbnails without the frames around pictures; black where a file cannot be used.
    """

    pixels: NDArray[np.str_]
    greys: NDArray[np.uint8]


def scan_looks(
    paths: Sequence[str], ids: Sequence[str], cache_dir: Path, *, samples: SampleRange = FULL, workers: int = 4
) -> ScannedLooks:
    """What pictures look like, from the scan that gave them their ids; the files are read where nothing was kept.

    Args:
        paths: N absolute paths of files.
        ids: sha256 of each.
        cache_dir: where the shards are kept.
        samples: what is white where samples have more than 8 bits.
        workers: threads that read and decode.
    """
    kept = load_shards(shards_in(cache_dir), ("id", "samples", *LOOKS))
    kept = kept[kept["samples"].isin(("", scaling(samples)))].drop_duplicates("id").set_index("id")
    missing = {name: path for name, path in zip(ids, paths, strict=True) if name not in kept.index}
    if missing:
        rows = _rows(list(missing.values()), cache_dir, workers, LOOKS, samples).set_index(pd.Index(list(missing)))
        kept = pd.concat([kept, rows[list(LOOKS)]])
    rows = kept.loc[list(ids)]
    greys = np.frombuffer(b"".join(rows["face"]), dtype=np.uint8).reshape(len(rows), SIDE, SIDE)
    return ScannedLooks(rows["pixels"].to_numpy(dtype=np.str_), greys)


def scaling(samples: SampleRange) -> str:
    """A name for how samples are scaled, in the column `samples`."""
    return "full" if samples == FULL else f"{samples.bits or 'type'}{'-or-stated' if samples.stated else ''}"


def _rows(
    paths: Sequence[str], cache_dir: Path, workers: int, columns: Sequence[str], samples: SampleRange = FULL
) -> pd.DataFrame:
    shards = shards_in(cache_dir)
    with ThreadPoolExecutor(workers, thread_name_prefix="sample") as pool:
        files = list(dict.fromkeys(paths))
        parts = [files[start : start + AT_ONCE] for start in range(0, len(files), AT_ONCE)]
        keys = [key for part in pool.map(_keys, parts) for key in part]
    wanted = pd.DataFrame(keys, columns=list(KEY)).astype(KEY)
    kept = load_shards(shards, (*KEY, *columns, *DEPTH))
    kept = kept[kept["samples"].isin(("", scaling(samples)))]
    known = wanted.merge(kept, on=list(KEY), how="inner")
    seen = set(known["path"])
    missing = wanted[[path not in seen for path in wanted["path"]]]
    if len(missing):
        logger.info("%d of %d images are scanned already", len(known), len(wanted))
        tables = [table[list(known)] for table in _scan_missing(missing, shards, workers, samples)]
        known = pd.concat([known, *tables], ignore_index=True)
    return known.drop_duplicates("path").set_index("path").loc[list(paths)].reset_index()


def _scan_missing(missing: pd.DataFrame, shards: Path, workers: int, samples: SampleRange) -> list[pd.DataFrame]:
    tables: list[pd.DataFrame] = []
    rows: list[_Seen] = []

    def flush() -> None:
        if rows:
            tables.append(_table(rows))
            lasting = tables[-1][[row.lasting for row in rows]]
            rows.clear()
            if len(lasting):
                store_shard(lasting, shards)

    try:
        for row in track(_examined(missing, workers, samples), "reading images", total=len(missing)):
            rows.append(row)
            if len(rows) == SHARD_SIZE:
                flush()
    finally:
        flush()
    return tables


def _examined(missing: pd.DataFrame, workers: int, samples: SampleRange) -> Iterator[_Seen]:
    pool, warned = ThreadPoolExecutor(workers, thread_name_prefix="scan"), DecodeWarnings()
    try:
        with warned.collecting():
            for start in range(0, len(missing), SHARD_SIZE):
                part = missing.iloc[start : start + SHARD_SIZE]
                yield from pool.map(partial(_examine, samples, warned), map(_Key._make, part.itertuples(index=False)))
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _examine(samples: SampleRange, warned: DecodeWarnings, key: _Key) -> _Seen:
    path = key.path
    warned.begin()
    try:
        data = read_bytes(path)
    except DataError as error:
        return _Seen(key, error=_reason(error, path), lasting=False)
    try:
        image, kind = decode_with_format(data, path, samples)
        top, stated = sample_facts(data, path)
    except DataError as error:
        return _Seen(key, error=_reason(error, path))
    height, width = image.shape[:2]
    grey = thumbnail(image)
    flags = ",".join(_flags(width, height, grey))
    digest, statistics = hashlib.sha256(data).hexdigest(), statistics_of(image)
    pixels = hashlib.sha256(f"{width} {height} ".encode() + image.tobytes()).hexdigest()
    deep = (top, stated, "" if top < 0 else scaling(samples))
    inner = without_frame(image)
    face = grey if inner.shape == image.shape else thumbnail(np.ascontiguousarray(inner))
    return _Seen(
        key, digest, width, height, kind, grey, face.tobytes(), flags, statistics, "", pixels, *deep, warned.text
    )


def _flags(width: int, height: int, grey: NDArray[np.uint8]) -> Iterator[str]:
    mean = float(grey.mean())
    if min(width, height) < 32:
        yield "tiny"
    if float(grey.std()) < 2:
        yield "blank"
    if mean < 16:
        yield "dark"
    if mean > 239:
        yield "bright"


def _reason(error: DataError, path: str) -> str:
    return str(error).removeprefix(f"{path}: ")


def _keys(paths: Sequence[str]) -> list[_Key]:
    return [_key(path) for path in paths]


def _key(path: str) -> _Key:
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):  # noqa: PTH116  # a pipe would be waited for without end
            return _Key(path)
        with open(path, "rb", buffering=0) as opened:  # noqa: PTH123  # a hundred thousand times
            status = os.fstat(opened.fileno())
            pieces = []
            for start in sorted({0, max(0, (status.st_size - SAMPLED) // 2), max(0, status.st_size - SAMPLED)}):
                opened.seek(start)
                pieces.append(opened.read(SAMPLED))
    except (OSError, ValueError):
        return _Key(path)
    sample = int.from_bytes(hashlib.blake2b(b"".join(pieces), digest_size=8).digest(), signed=True)
    inode = status.st_ino & (2**63 - 1)
    return _Key(path, status.st_size, status.st_mtime_ns, status.st_ctime_ns, inode, sample)


def _table(rows: list[_Seen]) -> pd.DataFrame:
    hashes = np.zeros(len(rows), np.uint64)
    statistics = np.full((len(rows), len(STATISTICS)), np.nan, np.float32)
    usable = [i for i, row in enumerate(rows) if row.grey is not None]
    if usable:
        hashes[usable] = perceptual_hash(np.stack([rows[i].grey for i in usable]))  # type: ignore[misc]
        statistics[usable] = np.stack([rows[i].statistics for i in usable])  # type: ignore[misc]
    columns = {
        **{name: [getattr(row.key, name) for row in rows] for name in KEY},
        "id": [row.id for row in rows],
        "width": [row.width for row in rows],
        "height": [row.height for row in rows],
        "format": [row.format for row in rows],
        "phash": hashes,
        "flags": [row.flags for row in rows],
        **{name: statistics[:, STATISTICS.index(name)] for name in MEASURED},
        "error": [row.error for row in rows],
        "pixels": [row.pixels for row in rows],
        "face": [row.face for row in rows],
        "warning": [row.warning for row in rows],
        **{name: [getattr(row, name) for row in rows] for name in DEPTH},
    }
    return pd.DataFrame(columns).astype(COLUMNS)

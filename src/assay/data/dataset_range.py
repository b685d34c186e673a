"""Dataset range: what is white in the files of a dataset whose samples have more than 8 bits, decided once for all."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path
from typing import Literal, get_args

import pandas as pd

from assay.data.manifest import Manifest
from assay.data.quality import MEASURED
from assay.data.sample_range import FEWEST, FULL, MOST, SampleRange
from assay.data.scan import scan, scan_depth
from assay.predictions import UNLABELLED

logger = logging.getLogger(__name__)

Range = Literal["auto", "full", "dataset"]
RANGES: tuple[str, ...] = get_args(Range)
DEEP = ("PNG", "TIFF", "PPM", "JPEG2000")
"""Formats that may hold samples of more than 8 bits without saying how many of them are used."""


def with_sample_range(manifest: Manifest, cache_dir: Path, kind: Range) -> Manifest:
    """The manifest that says what is white, with flags and statistics of its pictures as they are seen then.

    Decided is for all files alike, never for one by its own brightest sample: that would change the brightness of
    pictures among one another. Where the files of the classes hold nothing above 4095, say, white is 4095 (12 bits).

    Args:
        manifest: as its source lists it.
        cache_dir: where scans are kept.
        kind: "full" takes the whole range of a file's type; "dataset" the fewest bits, from 8, in which all files of
            the dataset fit; "auto" what a file says of itself, and that of the dataset for files that say nothing.
    """
    table = manifest.table
    candidates = table["format"].isin(DEEP)
    if kind == "full" or not candidates.any():
        return manifest
    depth = scan_depth(table["path"][candidates].tolist(), cache_dir)
    deep = (depth["top"] >= 0).to_numpy()
    if not deep.any():
        return manifest
    rows = table.index[candidates][deep]
    depth = depth[deep].set_index(rows)
    decisive = ~table["split"][rows].isin(("ood", UNLABELLED))
    if kind == "auto":
        decisive &= depth["stated"] == 0
    tops = depth["top"][decisive]
    bits = max(FEWEST, int(tops.max()).bit_length()) if len(tops) else MOST + 1
    stated = kind == "auto" and bool((depth["stated"] > 0).any())
    samples = SampleRange(bits if bits <= MOST else None, stated)
    _say(len(rows), tops, samples, kind)
    if samples == FULL:
        return manifest
    seen = scan(table["path"][rows].tolist(), cache_dir, samples=samples).set_index(rows)
    table = table.copy()
    for column in ("flags", *MEASURED):
        table.loc[rows, column] = seen[column]
    return replace(manifest, table=table, samples=samples)


def _say(count: int, tops: pd.Series, samples: SampleRange, kind: Range) -> None:
    why = ""
    if len(tops):
        fewer = int((tops < tops.max() / 2).sum())
        why = f": the largest sample is {tops.max()}, and {fewer} of them hold none of half of that"
    logger.info("data.range=%s: in %d files whose samples have more than 8 bits, %s%s", kind, count, samples, why)

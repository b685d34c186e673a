"""Shortcuts: what the files of real and generated images give away before anybody looks at what they show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from assay.data.manifest import Manifest
from assay.synthetic.fidelity.record import Shortcut

TELLING = 0.6
"""Share of pairs that have to be put into order before a difference counts as a shortcut."""
MOST = 1000


class Files(NamedTuple):
    """What is known of some files, [N] each: format, (width, height), bytes per pixel, quantisation, colour or grey."""

    formats: list[str]
    sizes: list[tuple[int, int]]
    density: NDArray[np.float64]
    tables: list[str]
    colours: list[str]


def shortcuts(real: Manifest, generated: Manifest, extractor: str) -> tuple[Shortcut, ...]:
    """The differences that alone tell the sides apart.

    Args:
        real: real images.
        generated: generated images.
        extractor: its name ends in the size that pictures were brought to.
    """
    if not len(real) or not len(generated):
        return ()
    first, second = _files(real), _files(generated)
    brought = "The distances do not hold it: both sides were decoded to 8-bit RGB and brought to one size first."
    candidates = [
        _by_kind("format", first.formats, second.formats, "Convert both sides to one format before training."),
        _by_kind(
            "size", [_times(size) for size in first.sizes], [_times(size) for size in second.sizes],
            f"{brought} A classifier that sees files of their own size would use it.",
        ),
        _by_number(
            "bytes per pixel", first.density, second.density,
            "Compression or detail differ; size and noise of the pictures play into it too.",
        ),
        _by_kind(
            "JPEG quantisation", first.tables, second.tables, "The pixels bear its marks, and so do all distances."
        ),
        _by_kind("colour", first.colours, second.colours, "Distances hold it where channels really differ."),
        _enlarged(first, second, extractor),
    ]  # fmt: skip
    return tuple(shortcut for shortcut in candidates if shortcut is not None)


def _files(manifest: Manifest) -> Files:
    from PIL import Image

    rows = np.random.default_rng(0).permutation(len(manifest))[:MOST]
    table = manifest.table.iloc[np.sort(rows)]
    density, tables, colours = [], [], []
    for path, width, height in zip(table["path"], table["width"], table["height"], strict=True):
        density.append(Path(path).stat().st_size / max(1, int(width) * int(height)))
        with Image.open(path) as opened:
            tables.append(_quantisation(opened))
            colours.append("grey" if opened.mode in ("1", "L", "LA", "I", "I;16", "F") else "colour")
    sizes = [(int(width), int(height)) for width, height in zip(table["width"], table["height"], strict=True)]
    return Files(table["format"].astype(str).tolist(), sizes, np.array(density), tables, colours)


def _quantisation(opened: object) -> str:
    """The sum of each quantisation table; "none" for what is no JPEG."""
    tables = getattr(opened, "quantization", None)
    return "/".join(str(sum(tables[number])) for number in sorted(tables)) if tables else "none"


def _by_kind(what: str, first: Sequence[str], second: Sequence[str], sentence: str) -> Shortcut | None:
    separability = told_apart(first, second)
    if separability < TELLING:
        return None
    return Shortcut(what, _most(first), _most(second), separability, sentence)


def told_apart(first: Sequence[Hashable], second: Sequence[Hashable]) -> float:
    """Share of pairs of one value from each side that the likelier side of each value puts into order, 0.5 to 1."""
    counts = Counter(first), Counter(second)
    values = list(counts[0] | counts[1])
    of_first = np.array([counts[0][value] for value in values]) / len(first)
    of_second = np.array([counts[1][value] for value in values]) / len(second)
    likelihood = of_second / (of_first + of_second)
    order = np.sign(np.subtract.outer(likelihood, likelihood))
    return float(0.5 + 0.5 * (np.outer(of_second, of_first) * order).sum())


def _by_number(what: str, first: NDArray[np.float64], second: NDArray[np.float64], sentence: str) -> Shortcut | None:
    from scipy.stats import rankdata

    ranks = rankdata(np.concatenate([first, second]))[len(first) :]
    area = float((ranks.mean() - (len(second) + 1) / 2) / len(first))
    if max(area, 1 - area) < TELLING:
        return None
    return Shortcut(what, _middle(first), _middle(second), max(area, 1 - area), sentence)


def _middle(values: NDArray[np.float64]) -> str:
    low, median, high = np.quantile(values, [0.05, 0.5, 0.95])
    return f"{median:.3g} (5 to 95 %: {low:.3g} to {high:.3g})"


def _enlarged(first: Files, second: Files, extractor: str) -> Shortcut | None:
    side = int("".join(letter for letter in extractor.rpartition("@")[2].partition("-")[0] if letter.isdigit()) or 0)
    shares = [float(np.mean([min(size) < side for size in files.sizes])) for files in (first, second)]
    if abs(shares[0] - shares[1]) < 0.1:
        return None
    sides = [f"{share:.0%} smaller than {side} pixels" for share in shares]
    sentence = (
        f"Pictures that are enlarged to {side} pixels are softer than pictures that are not, and every distance holds "
        f"that: measure at fidelity.size={max(8, min(min(size) for size in (*first.sizes, *second.sizes)))}."
    )
    return Shortcut("enlarged", sides[0], sides[1], None, sentence)


def _times(size: tuple[int, int]) -> str:
    return f"{size[0]}×{size[1]}"


def _most(values: Sequence[str]) -> str:
    """The commonest values with their shares."""
    common = Counter(values).most_common(3)
    message = ", ".join(f"{value} {count / len(values):.0%}" for value, count in common)
    more = len(set(values)) - len(common)
    return message + (f" and {more} more" if more > 0 else "")

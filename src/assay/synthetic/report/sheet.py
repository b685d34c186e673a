"""Pictures of both sides beside each other: drawn at random by class and generator, and pairs of near-copies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from assay.data.image import read_image
from assay.data.manifest import Manifest
from assay.data.preprocessing import ByteImage, Preprocessing
from assay.errors import DataError
from assay.pages.contact_sheet import SheetRow, Tile, write_contact_sheet
from assay.synthetic.fidelity.appearance import ORIENTATIONS
from assay.synthetic.fidelity.record import FidelityEvidence, Pair

OF_EACH, MOST_PAIRS, MOST_CLASSES, PAIRS_ACROSS = 8, 24, 12, 5
REAL, HELD_OUT = "real", "held-out real"


@dataclass(frozen=True)
class PicturePair:
    """A near-copy: what was generated, and the real image, turned as it has to be."""

    pair: Pair
    generated: ByteImage
    real: ByteImage


@dataclass(frozen=True)
class SheetPictures:
    """What is shown.

    Attributes:
        real: class -> pictures.
        generated: (generator, class) -> pictures.
        pairs: near-copies of training images.
        exclude: near-copies of others.
        closest: what comes nearest to a training image, too near or not, held-out real images first.
    """

    real: Mapping[str, list[ByteImage]]
    generated: Mapping[tuple[str, str], list[ByteImage]]
    pairs: list[PicturePair] = field(default_factory=list)
    exclude: list[PicturePair] = field(default_factory=list)
    closest: list[PicturePair] = field(default_factory=list)


def chosen_pictures(evidence: FidelityEvidence, real: Manifest, generated: Manifest, *, size: int) -> SheetPictures:
    """Pictures at the size that was measured at, the same for the same evidence; what cannot be read is not shown."""
    look = Preprocessing(size=size)
    against = (real.table["split"].isin(evidence.against) & (real.table["generator"] == "")).to_numpy()
    makers = generated.table["generator"].to_numpy(dtype=np.str_)
    of_real, of_generated = {}, {}
    for label, name in enumerate(evidence.class_names):
        of_real[name] = _drawn(real, against & (real.labels == label), look, evidence.seed)
        for generator in evidence.generators:
            own = (makers == generator) & (generated.labels == label)
            of_generated[generator, name] = _drawn(generated, own, look, evidence.seed)
    return SheetPictures(
        of_real,
        of_generated,
        [pictures for pair in evidence.pairs[:MOST_PAIRS] if (pictures := _pair(pair, look))],
        [pictures for pair in evidence.exclude[:MOST_PAIRS] if (pictures := _pair(pair, look))],
        [pictures for pair in evidence.closest if (pictures := _pair(pair, look))],
    )


def write_sheet(path: Path, evidence: FidelityEvidence, pictures: SheetPictures) -> None:
    """Write classes in rows, real pictures on the left, each generator's beside them, as PNG."""
    parts = {REAL: pictures.real} | _by_generator(evidence, pictures)
    _write_classes(path, evidence, parts, "Real and generated images", max(3, OF_EACH - 2 * len(evidence.generators)))


def write_generated_sheet(path: Path, evidence: FidelityEvidence, pictures: SheetPictures) -> None:
    """Write the same without real pictures, for places where those must not be shown."""
    _write_classes(path, evidence, _by_generator(evidence, pictures), "Generated images", OF_EACH)


def _by_generator(evidence: FidelityEvidence, pictures: SheetPictures) -> dict[str, Mapping[str, list[ByteImage]]]:
    return {
        generator: {name: pictures.generated[generator, name] for name in evidence.class_names}
        for generator in evidence.generators
    }


def _write_classes(
    path: Path, evidence: FidelityEvidence, parts: Mapping[str, Mapping[str, list[ByteImage]]], title: str, count: int
) -> None:
    """Classes in rows; who made the pictures -> class -> pictures, in groups of `count` columns."""
    size = next((pictures[0].shape[0] for part in parts.values() for pictures in part.values() if pictures), 64)
    rows = []
    for name in evidence.class_names[:MOST_CLASSES]:
        tiles = [tile for part in parts.values() for tile in _tiles(part[name], count, size)]
        row = evidence.row(name)
        about = [] if row is None else [f"{row.real:,} real", f"{row.generated:,} generated"]
        rows.append(SheetRow((name, *about[0 if REAL in parts else 1 :]), tuple(tiles)))
    about_all = f"drawn at random, {size} pixels, as the distances see them"
    write_contact_sheet(path, rows, [(name, count) for name in parts], title=title, subtitle=about_all)


def write_pairs_sheet(path: Path, evidence: FidelityEvidence, pictures: SheetPictures) -> None:
    """Write the pictures that come nearest to a training image beside that image, as PNG; generators in rows.

    Held-out real images show how near it gets where nobody copied; what is too near to an image outside train has a row
    of its own.
    """
    groups: dict[str, list[PicturePair]] = {"": []}
    for near in pictures.closest:
        groups.setdefault(near.pair.generator, []).append(near)
    named = [(name or HELD_OUT, ordered(group)[:PAIRS_ACROSS]) for name, group in groups.items()]
    if pictures.exclude:
        named.append(("outside train", pictures.exclude[:PAIRS_ACROSS]))
    named = [(name, near_pairs) for name, near_pairs in named if near_pairs] or [("none", [])]
    size = next((part[0].shape[0] for part in pictures.real.values() if part), 64)
    rows = []
    for name, near_pairs in named:
        tiles = [tile for near_pair in near_pairs for tile in _pair_tiles(near_pair)]
        empty = np.full((size, size, 3), 235, dtype=np.uint8)
        rows.append(SheetRow((name,), (*tiles, *[Tile(empty)] * (2 * PAIRS_ACROSS - len(tiles)))))
    write_contact_sheet(
        path,
        rows,
        [("picture, nearest real", 2)] * PAIRS_ACROSS,
        title="The nearest to a real image",
        subtitle="left the picture, right the real image that it comes nearest to, turned as it has to be",
    )


def ordered(pairs: list[PicturePair]) -> list[PicturePair]:
    """Copies first, then near-copies, then the nearest by pixels."""
    kinds = ("copy", "near-copy", "nearest")
    return sorted(pairs, key=lambda near: (kinds.index(near.pair.kind), near.pair.pixels))


def _pair_tiles(pictures: PicturePair) -> tuple[Tile, Tile]:
    pair = pictures.pair
    name = pair.name if pair.kind == "nearest" else pair.kind
    return (
        Tile(pictures.generated, (name, f"pixels {pair.pixels:.3f}", f"embed. {pair.embedding:.3f}")),
        Tile(pictures.real, (f"of {pair.real_split}", pair.orientation)),
    )


def turned(picture: ByteImage, orientation: str) -> ByteImage:
    """The picture after a change of `ORIENTATIONS`."""
    number = ORIENTATIONS.index(orientation)
    if number & 4:
        picture = picture.transpose(1, 0, 2)
    if number & 2:
        picture = picture[::-1]
    if number & 1:
        picture = picture[:, ::-1]
    return np.ascontiguousarray(picture)


def _drawn(manifest: Manifest, own: np.ndarray, look: Preprocessing, seed: int) -> list[ByteImage]:
    rows = np.flatnonzero(own)
    chosen = np.random.default_rng([seed, 5]).permutation(rows)[:OF_EACH]
    return [content for row in chosen if (content := _read(str(manifest.table["path"].iloc[row]), look)) is not None]


def _read(path: str, look: Preprocessing) -> ByteImage | None:
    try:
        return look(read_image(path))
    except DataError:
        return None


def _pair(pair: Pair, look: Preprocessing) -> PicturePair | None:
    generated, real = _read(pair.generated_path, look), _read(pair.real_path, look)
    if generated is None or real is None:
        return None
    return PicturePair(pair, generated, turned(real, pair.orientation))


def _tiles(pictures: list[ByteImage], count: int, size: int) -> list[Tile]:
    empty = np.full((size, size, 3), 235, dtype=np.uint8)
    return [Tile(picture) for picture in [*pictures[:count], *[empty] * (count - len(pictures[:count]))]]

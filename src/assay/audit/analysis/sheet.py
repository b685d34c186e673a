"""Contact sheet: pictures of each class, drawn at random, as one PNG."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from assay.data.image import read_image
from assay.data.manifest import Manifest
from assay.data.preprocessing import Preprocessing
from assay.errors import DataError
from assay.pages.contact_sheet import SheetRow, Tile, write_contact_sheet

OF_CLASS, MOST_CLASSES, SIDE = 8, 40, 128
_EMPTY = 235


def write_class_sheet(path: Path, manifest: Manifest, *, name: str, seed: int = 0) -> bool:
    """Write the sheet, whole or not at all; of many classes the first `MOST_CLASSES`.

    Args:
        path: the PNG file.
        manifest: only its labelled images are drawn from.
        name: of the dataset.
        seed: of what is drawn.

    Returns:
        False where there is no picture to show.
    """
    labelled, look, rng = manifest.labelled, Preprocessing(size=SIDE), np.random.default_rng(seed)
    paths, rows = labelled.paths, []
    for label, class_name in enumerate(manifest.class_names[:MOST_CLASSES]):
        own = np.flatnonzero(labelled.labels == label)
        tiles: list[Tile] = []
        for row in rng.permutation(own)[: 2 * OF_CLASS].tolist():
            if len(tiles) == OF_CLASS:
                break
            try:
                picture = look(read_image(paths[row], manifest.samples))
            except (DataError, OSError):
                continue
            tiles.append(Tile(picture, (paths[row].name,)))
        if not tiles:
            continue
        blank = Tile(np.full((SIDE, SIDE, 3), _EMPTY, dtype=np.uint8))
        tiles += [blank] * (OF_CLASS - len(tiles))
        rows.append(SheetRow((class_name, f"{len(own):,} images"), tuple(tiles)))
    if not rows:
        return False
    more = len(manifest.class_names) - MOST_CLASSES
    subtitle = f"{OF_CLASS} of each class, drawn at random" + (f"; {more} more classes" if more > 0 else "")
    write_contact_sheet(path, rows, [("", OF_CLASS)], title=f"Classes of {name}", subtitle=subtitle)
    return True

"""A canvas as PNG, out of a cache where the same marks were drawn before: matplotlib takes longer than its picture."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.metadata import version
from pathlib import Path

from assay.disk import note_use
from assay.files import digest_of, link_or_copy, write_cache
from assay.pages import palette, png
from assay.pages.canvas import Canvas
from assay.pages.marks import Text


def to_kept_png(canvas: Canvas, path: Path, folder: Path) -> None:
    """What `to_png` writes, from `folder` where it lies already.

    Which fonts this machine has for other scripts may change, so that what has such text is drawn each time.

    Args:
        canvas: as for `to_png`.
        path: of the picture.
        folder: of the cache.
    """
    if not _in_own_font(canvas):
        png.to_png(canvas, path)
        return
    kept = folder / f"{digest_of([_drawn_by(), canvas.width, canvas.height, repr(canvas.marks)])}.png"
    if kept.exists():
        link_or_copy(kept, path)
        note_use(kept)
        return
    png.to_png(canvas, path)
    write_cache(kept, lambda temporary: temporary.write_bytes(path.read_bytes()), "the figure is drawn again")


def _in_own_font(canvas: Canvas) -> bool:
    """Whether all text is in scripts that DejaVu Sans has, the font that matplotlib brings."""
    text = "".join(mark.text for mark in canvas.marks if isinstance(mark, Text))
    return all(letter < "\u0530" or "\u2000" <= letter < "\u2300" for letter in text)


@cache
def _drawn_by() -> list[str]:
    files = [module.__file__ for module in (png, palette)]
    sources = [hashlib.sha256(Path(file).read_bytes()).hexdigest() for file in files if file]
    return [*(f"{name} {version(name)}" for name in ("matplotlib", "pillow")), *sources]

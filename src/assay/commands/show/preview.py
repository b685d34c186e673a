"""What is shown of a contact sheet: where it is."""

from __future__ import annotations

from typing import Any

from assay.output import say
from assay.run.preview import PreviewSheet


def text(result: PreviewSheet, request: object) -> None:
    """Print its path."""
    say(str(result.path))


def document(result: PreviewSheet, request: object) -> dict[str, Any]:
    """Its path, and what is on it."""
    return {
        "path": result.path.absolute(),
        "augmentations": result.augmentations,
        "views": result.views,
        "classes": rows(result, request),
    }


def rows(result: PreviewSheet, request: object) -> list[dict[str, Any]]:
    """One row for each class on the sheet."""
    return [{"class": name, "training_images": images} for name, images in result.classes.items()]

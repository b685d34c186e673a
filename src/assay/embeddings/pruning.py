"""Sets of an embedding store with their size and last use; taking one away disturbs nobody who reads or writes it.

A set is the folder of one key. It goes as a whole: readers take its images as missing, and a writer makes it again.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assay.disk import DiskUse, disk_use, read_unnoticed
from assay.embeddings.store_files import ABOUT, SUFFIX


@dataclass(frozen=True)
class EmbeddingSet:
    """Embeddings of one key.

    Attributes:
        folder: that holds them.
        what: whose they are, for people: `efficientnet_lite0, 224 pixels, augmented view 2`.
        use: bytes and last use.
    """

    folder: Path
    what: str
    use: DiskUse


def embedding_sets(root: Path) -> Iterator[EmbeddingSet]:
    """The sets of a store; a folder that is named like one but holds something else is left out.

    Args:
        root: of the store; need not exist.
    """
    for folder in sorted(root.glob("*")) if root.is_dir() else []:
        if not (re.fullmatch(r"[0-9a-f]{32}", folder.name) and folder.is_dir()):
            continue
        about = _about(folder)
        if about is None and not any(folder.glob(f"*{SUFFIX}")):
            continue
        yield EmbeddingSet(folder, _what(about or {}), disk_use(folder))


def _about(folder: Path) -> dict[str, Any] | None:
    try:
        about = json.loads(read_unnoticed(folder / ABOUT))
    except (OSError, ValueError):
        return None
    return about if isinstance(about, dict) else None


def _what(about: dict[str, Any]) -> str:
    parts = [str(about.get("backbone", "unknown backbone"))]
    if "size" in about:
        parts.append(f"{about['size']} pixels")
    view = about.get("augmentation")
    return ", ".join(
        [*parts, *([f"augmented view {view['view']}"] if isinstance(view, dict) and "view" in view else [])]
    )

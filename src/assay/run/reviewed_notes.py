"""What a reader of a run has to know about the reviewed pictures in it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from omegaconf import DictConfig

if TYPE_CHECKING:
    from assay.data.manifest import Manifest

SOURCE = "reviewed/"
"""Before the name of a set in the column `source` of a manifest."""
STEM = re.compile(r"[0-9a-f]{64}|[0-9a-f]{24}")
"""Name of the file of a kept picture, its HMAC, or of a collected one, the beginning of its sha256."""


def is_reviewed_file(path: str) -> bool:
    """Whether a file is called as pictures are that people have reviewed."""
    return STEM.fullmatch(Path(path).stem) is not None


def reviewed_notes(config: DictConfig, manifest: Manifest) -> tuple[str, ...]:
    """Sentences for the report; () where a config asks for no reviewed pictures.

    Args:
        config: of the run.
        manifest: that it trains on and is measured on.
    """
    data, notes = config.data, []
    counts = {split: _sets(manifest, split) for split in ("train", "test")}
    if data.get("reviewed"):
        notes.append(f"{_counted(counts['train'])} were trained on beside those of the dataset.")
    if data.get("reviewed_test"):
        notes.append(
            f"The test set is {_counted(counts['test'])}, not that of the dataset: these numbers cannot be held "
            "against those of runs that were measured on another."
        )
    left_out = sum(map(is_reviewed_file, manifest.excluded["path"]))
    if notes and left_out:
        notes.append(f"Reviewed pictures that were left out: {left_out:,}; the manifest says why each was.")
    return tuple(notes)


def _sets(manifest: Manifest, split: str) -> dict[str, int]:
    source = manifest.table["source"][manifest.table["split"] == split]
    return {str(name): int(count) for name, count in source[source.str.startswith(SOURCE)].value_counts().items()}


def _counted(sets: dict[str, int]) -> str:
    names = ", ".join(name.removeprefix(SOURCE) for name in sets)
    return f"{sum(sets.values()):,} reviewed pictures (set {names})"

"""Guide: by which rules reviewers choose, with pictures of each class as examples."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from assay.errors import ConfigError

TEXT = "guideline.md"
ENDINGS = (".png", ".jpg", ".jpeg", ".webp")
MOST = 6
"""Examples of a class that are shown."""


@dataclass(frozen=True)
class Guide:
    """A guideline.

    Attributes:
        text: paragraphs, separated by empty lines; a line that begins with # is a heading.
        examples: files of pictures by class.
        digest: hex sha256 of the text and of the names and bytes of the examples; "" where there is none.
    """

    text: str = ""
    examples: Mapping[str, tuple[Path, ...]] = field(default_factory=dict)
    digest: str = ""

    @property
    def paragraphs(self) -> list[tuple[bool, str]]:
        """(whether it is a heading, text) of each."""
        blocks = [block.strip() for block in self.text.split("\n\n")]
        return [(block.startswith("#"), block.lstrip("# ")) for block in blocks if block]


def read_guide(folder: Path | None) -> Guide:
    """The guideline of a folder: `guideline.md`, and a folder of pictures for each class.

    Args:
        folder: None for no guideline.

    Raises:
        ConfigError: there is no such folder, or no text in it.
    """
    if folder is None:
        return Guide()
    try:
        text = (folder / TEXT).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{folder}: holds no {TEXT} that can be read; write the rules of review there") from error
    examples = {
        each.name: tuple(sorted(path for path in each.iterdir() if path.suffix.lower() in ENDINGS)[:MOST])
        for each in sorted(folder.iterdir())
        if each.is_dir()
    }
    digest = hashlib.sha256(text.encode())
    for name, paths in examples.items():
        for path in paths:
            digest.update(f"\0{name}/{path.name}\0".encode())
            digest.update(path.read_bytes())
    return Guide(text, {name: paths for name, paths in examples.items() if paths}, digest.hexdigest())

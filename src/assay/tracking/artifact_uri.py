"""Where artifacts lie, as MLflow writes it down: a folder of this machine as an address and back."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

UNSAFE = "%?#"


def artifact_uri(folder: Path) -> str:
    """What MLflow is given for a folder: its path, or a `file:` URI where the path has characters of addresses in it.

    MLflow takes `%41` in a plain path for `A`, and would write into another folder.
    """
    folder = folder.absolute()
    return folder.as_uri() if any(character in str(folder) for character in UNSAFE) else str(folder)


def local_path(uri: str) -> Path | None:
    """The folder or file of this machine that MLflow sees behind an address; None for one that lies elsewhere."""
    path = Path(url2pathname(urlsplit(uri).path if uri.startswith("file:") else uri))
    return path if path.is_absolute() else None

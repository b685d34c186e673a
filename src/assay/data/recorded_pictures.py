"""Whether the pictures of a manifest are still the files that it was made from."""

from __future__ import annotations

import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from assay.data.manifest import Manifest
from assay.files import sha256_of_file
from assay.progress import track


def changed_pictures(manifest: Manifest, *, workers: int = 4) -> dict[str, str]:
    """Path -> what has become of it, for each picture whose bytes are not those that the manifest was made from.

    Every file is read whole: size and times say nothing about a picture that was put in the place of another.

    Args:
        manifest: whose ids are the sha256 of the files.
        workers: threads that read.
    """
    recorded = dict(zip(manifest.table["path"], manifest.table["id"], strict=True))
    known = {image: path for path, image in recorded.items()}
    with ThreadPoolExecutor(workers, thread_name_prefix="hold") as pool:
        states = pool.map(lambda path: _state(path, recorded[path], known), recorded)
        seen = dict(zip(recorded, track(states, "checking images", total=len(recorded)), strict=True))
    return {path: state for path, state in seen.items() if state}


def _state(path: str, image: str, known: Mapping[str, str]) -> str:
    """What has become of a picture; "" where it is as it was."""
    try:
        now = sha256_of_file(Path(path))
    except FileNotFoundError:
        return "is gone"
    except OSError as error:
        return f"cannot be read ({error.strerror or error})"
    if now == image:
        return ""
    if now in known:
        return f"is now the picture that was {os.path.relpath(known[now], Path(path).parent)}"
    return "is another picture"

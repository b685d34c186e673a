"""Jobs as tests send them."""

from __future__ import annotations

import io
import time
import zipfile
from collections.abc import Mapping
from typing import Any

from serving_world import World, png


def zipped(files: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A ZIP of files by their names."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def photos(count: int, start: int = 0) -> dict[str, bytes]:
    """Pictures by their names."""
    return {f"photos/{n:03d}.png": png(n) for n in range(start, start + count)}


def submit(world: World, content: bytes, scope: str = "classify", *, query: str = "", **more: str) -> Any:
    """The response to a job."""
    return world.client.post(f"/v1/jobs{query}", content=content, headers=world.headers(scope, **more))


def status(world: World, job: str, scope: str = "classify") -> Any:
    """A job as it is now."""
    return world.client.get(f"/v1/jobs/{job}", headers=world.headers(scope)).json()


def ended(world: World, job: str, seconds: float = 60) -> Any:
    """A job once it has ended."""
    until = time.monotonic() + seconds
    while not (document := status(world, job))["ended"]:
        assert time.monotonic() < until, document
        time.sleep(0.02)
    return document


def results(world: World, job: str) -> list[Any]:
    """The lines of a job's results."""
    import json

    response = world.client.get(f"/v1/jobs/{job}/results", headers=world.headers())
    assert response.headers["content-type"] == "application/jsonl"
    return [json.loads(line) for line in response.text.splitlines()]

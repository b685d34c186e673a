"""A service with keys of every scope on a real store, and what is sent to it."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
from fastapi import FastAPI
from PIL import Image
from starlette.testclient import TestClient

from assay.serving.api.app import create_app
from assay.serving.refusal import KINDS
from assay.serving.service import Service
from assay.serving.settings import ServeRequest
from assay.store.keys import create_key
from assay.store.subjects import add_subject
from service_database import open_store


def png(seed: int = 0, size: tuple[int, int] = (24, 18)) -> bytes:
    pixels = np.random.default_rng(seed).integers(0, 256, size=(*size, 3), dtype=np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


class World:
    """A service with three owners, one for each scope, and what they send."""

    def __init__(self, root: Path, engine: Any, rival: Any = None, **settings: Any) -> None:
        self.store = open_store(root)
        self.service = Service(ServeRequest(**settings), self.store, engine, rival)
        self.app: FastAPI = create_app(self.service)
        self.client = TestClient(self.app, raise_server_exceptions=False)
        self.keys, self.ids = {}, {}
        for scope in ("classify", "review", "admin"):
            subject = self.store.write(lambda c, name=scope: add_subject(c, name)).id
            key, shown = self.store.write(
                lambda c, s=subject, scope=scope: create_key(c, s, scope, [scope], actor="test")
            )
            self.keys[scope], self.ids[scope] = shown, key.id

    def headers(self, scope: str = "classify", **more: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.keys[scope]}", **more} if scope else dict(more)

    def ask(self, content: bytes | None = None, scope: str = "classify", **more: str) -> Any:
        return self.client.post(
            "/v1/classify", content=png() if content is None else content, headers=self.headers(scope, **more)
        )

    def close(self) -> None:
        self.service.close()
        self.store.close()


def is_problem(response: Any, name: str) -> bool:
    document = response.json()
    assert response.headers["content-type"] == "application/problem+json", response.text
    assert document["request_id"]
    assert document["detail"]
    assert document["remedy"]
    assert document["title"]
    assert response.status_code == document["status"] == KINDS[name].status
    return bool(document["type"] == f"/problems/{name}")

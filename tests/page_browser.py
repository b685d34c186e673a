"""A browser without scripts: it keeps cookies, reads the token of the page it is on, and sends its forms."""

from __future__ import annotations

import re
from typing import Any

from starlette.testclient import TestClient

from serving_world import World, png

HTML = {"accept": "text/html"}


class Browser:
    """One browser in front of a world.

    Args:
        world: whose service it asks.
        language: that it prefers.
    """

    def __init__(self, world: World, language: str = "en") -> None:
        self.client = TestClient(
            world.app, raise_server_exceptions=False, headers={**HTML, "accept-language": language}
        )

    def get(self, path: str = "/", **more: Any) -> Any:
        return self.client.get(path, **more)

    def token(self, path: str = "/privacy") -> str:
        return re.search(r'name="csrf" value="([^"]+)"', self.get(path).text)[1]

    def post(self, path: str, files: Any = None, headers: Any = None, follow: bool = True, **fields: str) -> Any:
        data = {"csrf": self.token(), **fields}
        return self.client.post(path, data=data, files=files, headers=headers, follow_redirects=follow)

    def ask(self, *contents: bytes, name: str = "photo.png", headers: Any = None, **fields: str) -> Any:
        sent = contents or (png(),)
        return self.post("/", [("file", (name, content)) for content in sent], headers, **fields)


def answer_ids(page: str) -> list[str]:
    return re.findall(r'action="/answers/([0-9a-f-]{36})/feedback"', page)

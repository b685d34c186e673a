"""A browser of a reviewer without a script: it keeps cookies, follows links and fills in forms."""

from __future__ import annotations

import re
from typing import Any

from starlette.testclient import TestClient

from serving_world import World

WORDS = "correct horse battery"


class Browser:
    """A browser of a reviewer that follows links and fills in forms."""

    def __init__(self, world: World, name: str = "") -> None:
        self.client = TestClient(world.app, raise_server_exceptions=False, headers={"accept": "text/html"})
        self.page = self.get("/review/sign-in")
        if name:
            self.post("/review/sign-in", name=name, password=WORDS)

    def get(self, path: str, **words: Any) -> Any:
        self.page = self.client.get(path, **words)
        return self.page

    @property
    def token(self) -> str:
        return re.search(r'name="csrf" value="([0-9a-f]+)"', self.page.text)[1]

    def post(self, path: str, scripted: bool = False, **fields: Any) -> Any:
        headers = {"x-desk": "1"} if scripted else {}
        page = self.client.post(path, data={"csrf": self.token, **fields}, headers=headers)
        self.page = self.page if scripted else page
        return page

    def item(self) -> str:
        return re.search(r'data-item="([0-9a-f-]+)"', self.page.text)[1]

    def act(self, **fields: Any) -> Any:
        form = re.search(r'data-form="(\w+)"', self.page.text)[1]
        return self.post(f"/review/work/{form}/{self.item()}", **fields)

"""A reviewer's browser: HTTP over loopback, a cookie, the token of each form, and nothing that a person has not."""

from __future__ import annotations

import hashlib
import html
import io
import json
import re
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass
from http.cookiejar import CookieJar
from typing import Any

import numpy as np
from PIL import Image

SECONDS = 60.0


def pixels_of(content: bytes) -> str:
    """Hex sha256 of the pixels of a picture, whatever file they came in."""
    pixels = np.asarray(Image.open(io.BytesIO(content)).convert("RGB"))
    return hashlib.sha256(repr(pixels.shape).encode() + pixels.tobytes()).hexdigest()


@dataclass(frozen=True)
class Work:
    """The page of an item.

    Attributes:
        item: its id.
        decides: whether he has chosen blind and sees the answer.
        answer: that is shown; "" where none is.
        buttons: text -> place, by which a choice is sent.
        details: legend of what may be said beside it -> texts, by whose places it is sent.
    """

    item: str
    decides: bool
    answer: str
    buttons: dict[str, str]
    details: list[list[str]]


class Browser:
    """One who signs in and works.

    Args:
        address: of the service.
        name: of the reviewer.
        password: of the reviewer.
    """

    def __init__(self, address: str, name: str, password: str) -> None:
        self._address = address
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
        self.token = ""
        self._get("/review/sign-in")
        page = self._sent("/review/sign-in", {"name": name, "password": password})[1].decode()
        if f"Signed in as {name}" not in page:
            raise SystemExit(f"{name} could not sign in")

    def work(self, form: str) -> Work | None:
        """The item before him; None where there is nothing for him now."""
        page = self._get(f"/review/work/{form}").decode()
        found = re.search(r'data-state="(\w+)" data-item="([0-9a-f-]+)"', page)
        if found is None:
            return None
        shown = re.search(r'<p class="verdict">(.*?)</p>', page, re.DOTALL)
        answers = re.findall(r"<strong>(.*?)</strong>", shown[1]) if shown else []
        buttons = {
            _plain(text): place
            for place, text in re.findall(r'<button[^>]* name="choice" value="(\d+)"[^>]*>(.*?)</button>', page)
        }
        boxes = re.findall(r'<fieldset class="details">(.*?)</fieldset>', page, re.DOTALL)
        details = [
            [_plain(text) for text in re.findall(r"<label[^>]*><input[^>]*>(.*?)</label>", box)] for box in boxes
        ]
        return Work(found[2], found[1] == "decide", _plain(answers[-1]) if answers else "", buttons, details)

    def picture(self, item: str, what: str = "picture") -> bytes:
        """A picture of an item."""
        return self._opener.open(f"{self._address}/review/picture/{item}/{what}", timeout=SECONDS).read()

    def act(self, form: str, item: str, **fields: str) -> tuple[bool, dict[str, Any]]:
        """Choose, decide or skip: whether it was taken, and what the desk says."""
        return self._scripted(f"/review/work/{form}/{item}", fields)

    def undo(self, form: str) -> tuple[bool, dict[str, Any]]:
        """Take the last thing back."""
        return self._scripted(f"/review/undo/{form}", {})

    def status_without_token(self, form: str, item: str) -> int:
        """What the desk answers to a form that is not from its page."""
        self.token, kept = "0" * 64, self.token
        status = self._sent(f"/review/work/{form}/{item}", {"action": "skip"})[0]
        self.token = kept
        return status

    def _scripted(self, path: str, fields: dict[str, str]) -> tuple[bool, dict[str, Any]]:
        status, body = self._sent(path, fields, {"x-desk": "1"})
        return status < 300, json.loads(body)

    def _get(self, path: str) -> bytes:
        with self._opener.open(f"{self._address}{path}", timeout=SECONDS) as response:
            body: bytes = response.read()
        if found := re.search(rb'name="csrf" value="([^"]+)"', body):
            self.token = found[1].decode()
        return body

    def _sent(self, path: str, fields: dict[str, str], headers: dict[str, str] | None = None) -> tuple[int, bytes]:
        body = urllib.parse.urlencode({"csrf": self.token, **fields}).encode()
        request = urllib.request.Request(f"{self._address}{path}", body, headers or {})
        try:
            with self._opener.open(request, timeout=SECONDS) as response:
                return int(response.status), response.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()


def _plain(text: str) -> str:
    return html.unescape(re.sub(r"<kbd>.*?</kbd>|<[^>]+>", "", text)).strip()

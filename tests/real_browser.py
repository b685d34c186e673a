"""A real browser for tests of pages: Debian's Chromium, driven by playwright; axe-core looks for barriers."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tarfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
AXE = "AXE_CORE"
"""Variable with the path of axe.min.js; without it npm fetches the package into a temporary folder."""
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """The browser, headless; for one file, because playwright's loop runs on in this thread until it is closed."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        pytest.skip("Chromium is not installed (apt-get install chromium)")
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def axe(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Any], list[str]]:
    """Gives what axe-core finds on a page against WCAG 2.2 A and AA: rule and element, a line each."""
    if named := os.environ.get(AXE):
        script = Path(named).read_text("utf-8")
    else:
        script = _fetched(tmp_path_factory.mktemp("axe"))

    def violations(page: Any) -> list[str]:
        page.evaluate(script)
        asked = {"runOnly": {"type": "tag", "values": RULES}, "resultTypes": ["violations"]}
        result = page.evaluate("(asked) => axe.run(document, asked)", asked)
        return [f"{each['id']}: {node['html'][:160]}" for each in result["violations"] for node in each["nodes"]]

    return violations


def _fetched(folder: Path) -> str:
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip(f"axe-core is not there: name its axe.min.js by {AXE}, or install npm")
    packed = subprocess.run([npm, "pack", "axe-core"], cwd=folder, capture_output=True, timeout=60, check=False)
    if packed.returncode:
        pytest.skip(f"npm cannot fetch axe-core; name its axe.min.js by {AXE}")
    with tarfile.open(next(folder.glob("axe-core-*.tgz"))) as archive:
        archive.extractall(folder, filter="data")
    return (folder / "package" / "axe.min.js").read_text("utf-8")


@contextmanager
def listening(app: Any) -> Iterator[str]:
    """Address of an application that answers on this machine while the block lasts."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="warning", lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    ends = time.monotonic() + 30
    while not server.started and time.monotonic() < ends:
        time.sleep(0.02)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(10)


@contextmanager
def opened(
    chromium: Any, *, width: int = 1280, dark: bool = False, language: str = "en-US", script: bool = True
) -> Iterator[Any]:
    """A page in a browser of its own; a complaint of the console, such as of what the policy stops, fails the test."""
    context = chromium.new_context(
        viewport={"width": width, "height": 900},
        color_scheme="dark" if dark else "light",
        locale=language,
        java_script_enabled=script,
    )
    page, complaints = context.new_page(), list[str]()
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.set_default_timeout(20_000)
    yield page
    context.close()
    assert complaints == []

"""The pictures of the README and of the manual: a comparison, a verdict, the review desk.

python experiments/manual_pictures/take.py [FOLDER]

draws stones, trains two runs on them, compares them, asks a gate about the second, lets a service answer about more
stones, and signs in at its desk; then Debian's Chromium takes pictures of the pages, which go to `docs/`. FOLDER, a new
one where none is named, keeps runs and pages.
"""

from __future__ import annotations

import io
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import requests
import stones
from PIL import Image
from playwright.sync_api import Page, sync_playwright

DOCS = Path(__file__).parents[2] / "docs"
WIDE = 1180
PHOTOS = ("data=folder", "data.root=photos")
NAME = "registry.name=stones"


def assay(folder: Path, *words: str, code: int = 0) -> str:
    """What a command says."""
    done = subprocess.run(["assay", *words], cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode != code:
        raise SystemExit(f"assay {' '.join(words)}: exit code {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def train(folder: Path, *words: str) -> str:
    """Id of the run."""
    said = assay(folder, "train", *PHOTOS, *words)
    return re.findall(r"^run +([0-9a-f]{32})", said, re.M)[-1]


def page_of(said: str) -> Path:
    """Path of the page that a command has written."""
    return Path(re.findall(r"^page +(\S+\.html)", said, re.M)[-1])


def take(page: Page, address: str, name: str, high: int) -> None:
    """A picture of the upper part of a page."""
    page.goto(address)
    page.wait_for_load_state("networkidle")
    taken = page.screenshot(clip={"x": 0, "y": 0, "width": WIDE, "height": high}, full_page=True)
    Image.open(io.BytesIO(taken)).convert("RGB").quantize(256).save(DOCS / name, optimize=True)


def ask(folder: Path, address: str, key: str) -> None:
    """Every stone of `asked`, which may be kept and learned from."""
    headers = {"authorization": f"Bearer {key}", "x-consent": "1 improve"}
    for file in sorted((folder / "asked").iterdir()):
        files = {"file": (file.name, file.read_bytes())}
        requests.post(f"{address}/v1/classify", headers=headers, files=files, timeout=60).raise_for_status()


def wait_for(address: str) -> None:
    """Until a service answers."""
    for _ in range(120):
        try:
            if requests.get(f"{address}/v1/health/ready").status_code == 200:
                return
        except requests.ConnectionError:
            pass
        time.sleep(1)
    raise SystemExit(f"{address} does not answer")


def main(folder: Path) -> None:
    """Make what there is to look at, and take the pictures."""
    stones.main(folder)
    small, large = (train(folder, f"data.image_size={side}") for side in (64, 160))
    comparison = page_of(assay(folder, "compare", small, large))
    judged = assay(folder, "promote", f"run={large}", NAME, "gate=amulet", code=3)
    password = assay(folder, "review", "reviewers", "create", "kim", "password=true").splitlines()[0]
    key = assay(folder, "keys", "create", "name=camera").splitlines()[0]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    service = subprocess.Popen(
        ["assay", "serve", f"model={large}", f"port={port}", "review_below=0.95"], cwd=folder, stdout=subprocess.DEVNULL
    )
    try:
        wait_for(address)
        ask(folder, address, key)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
            page = browser.new_page(viewport={"width": WIDE, "height": 860})
            take(page, comparison.as_uri(), "comparison.png", 1185)
            take(page, page_of(judged).as_uri(), "verdict.png", 930)
            page.goto(f"{address}/review/sign-in")
            page.fill("[name=name]", "kim")
            page.fill("[name=password]", password)
            page.press("[name=password]", "Enter")
            page.wait_for_load_state("networkidle")
            take(page, f"{address}/review/work/label", "desk.png", 860)
    finally:
        service.terminate()
        service.wait()


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(tempfile.mkdtemp()))

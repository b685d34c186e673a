"""Twenty browsers at one desk: no item twice with one reviewer, none lost, and undo brings back what was.

    python experiments/review/twenty_browsers.py [BROWSERS] [ITEMS]

Real Chromium contexts, a reviewer each, choose by keys until nothing is left, and take one in ten back first. Then one
browser alone on a fresh desk, without looking and after a look: how many items a minute are possible by keys, and how
long the next item takes, from the key to the picture that is drawn. 30 a minute and 150 ms at p95 are asked for.
"""

from __future__ import annotations

import asyncio
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
from desk_alone import DeskAlone, desk_alone
from playwright.async_api import async_playwright

from assay.review.review import REVIEW, in_force
from assay.review.rows import items, reviews
from assay.store.trail import trail_findings

WATCH = """
window.waited = [];
let since = null;
document.addEventListener('keydown', () => { since = performance.now(); }, true);
document.addEventListener('DOMContentLoaded', () => new MutationObserver(() => {
  const began = since, image = document.querySelector('.frame img');
  if (began === null) return;
  since = null;
  const note = () => requestAnimationFrame(() => window.waited.push(performance.now() - began));
  if (!image || image.complete) note(); else image.addEventListener('load', note, { once: true });
}).observe(document.querySelector('main'), { childList: true, subtree: false }));
"""
"""Notes for each key how long it takes until another panel is there and its picture is drawn, in milliseconds."""
LOOKS = 0.6
"""Seconds that somebody quick looks at an item, in which the next one is fetched."""
NOW = "() => { const at = document.getElementById('desk').dataset; return [at.state, at.item || '']; }"


async def become(page: Any, former: str) -> list[str]:
    """State and item once another item is there, or none is left."""
    await page.wait_for_function(
        "(former) => { const at = document.getElementById('desk').dataset;"
        " return at.state === 'nothing' || (at.item && at.item !== former) }",
        arg=former,
        timeout=60_000,
    )
    return await page.evaluate(NOW)


async def reviewing(
    browser: Any, desk: DeskAlone, name: str, most: int, *, undoes: float = 0.0, looks: float = 0.0
) -> dict[str, Any]:
    """What one reviewer did, by keys alone, until nothing was left or he had so many.

    Args:
        browser: Chromium.
        desk: at which he sits.
        name: of his.
        most: items.
        undoes: share that he takes back and decides anew.
        looks: seconds before each key.
    """
    context = await browser.new_context(viewport={"width": 1280, "height": 900})
    await context.add_cookies([desk.cookie(name)])
    page, draw, done, undone = await context.new_page(), random.Random(name), 0, 0
    await page.add_init_script(WATCH)
    waited = list[float]()
    await page.goto(f"{desk.address}/review/work/label")
    began = time.perf_counter()
    state, item = await page.evaluate(NOW)
    while state == "choose" and done < most:
        await asyncio.sleep(looks)
        await page.keyboard.press("1")
        before, (state, item) = item, await become(page, item)
        done += 1
        if state == "choose" and draw.random() < undoes:
            await page.keyboard.press("u")
            back = (await become(page, item))[1]
            assert back == before, f"undo brought {back}, not {before}"
            await page.keyboard.press("1")
            state, item = await become(page, before)
            undone += 1
        waited = (await page.evaluate("window.waited")) or waited
    seconds = time.perf_counter() - began
    await context.close()
    return {"done": done, "undone": undone, "seconds": seconds, "waited": waited}


async def run(browsers: int, count: int) -> None:
    program = shutil.which("chromium") or shutil.which("google-chrome")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        with tempfile.TemporaryDirectory() as folder, desk_alone(Path(folder), count, 2) as desk:
            names = [f"reviewer {n}" for n in range(browsers)]
            work = [reviewing(browser, desk, name, 10 * count, undoes=0.1) for name in names]
            results = await asyncio.gather(*work)
            with desk.store.reading() as connection:
                rows = [row for row in in_force(reviews(connection)) if row.kind == REVIEW]
                states = Counter(item.state for item in items(connection))
                broken = trail_findings(connection)
            pairs = Counter((row.item, row.reviewer) for row in rows)
            each = Counter(row.item for row in rows)
            show(f"{browsers} browsers, {count} items, two reviewers each: {len(rows)} reviews, {dict(states)}")
            show(f"  twice with one reviewer: {sum(n > 1 for n in pairs.values())}")
            show(f"  lost: {count - len(each)}; without two reviewers: {sum(n != 2 for n in each.values())}")
            show(
                f"  taken back and decided anew: {sum(each['undone'] for each in results)}; trail: {broken or 'holds'}"
            )
        for looks in (0.0, LOOKS):
            with tempfile.TemporaryDirectory() as folder, desk_alone(Path(folder), count, 1) as desk:
                alone = await reviewing(browser, desk, "alone", count - 2, looks=looks)
            waited = np.array(alone["waited"])
            middle, high = np.percentile(waited, (50, 95))
            show(f"one browser, {looks} s before each key: {60 * alone['done'] / alone['seconds']:.0f} items a minute")
            show(f"  next item p50 {middle:.0f} ms, p95 {high:.0f} ms over {len(waited)}")
        await browser.close()


def show(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(run(*(int(word) for word in sys.argv[1:3] or ("20", "100"))))

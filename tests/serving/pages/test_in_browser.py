"""The page for people in a real browser: every flow with and without a script, by keyboard alone, narrow and wide."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from assay.store.tables import FEEDBACK, PREDICTIONS
from real_browser import listening, opened
from serving_world import png

VIEWS = [
    {"width": 1280, "dark": False, "language": "en-US"},
    {"width": 320, "dark": True, "language": "th-TH"},
    {"width": 320, "dark": False, "language": "en-US", "script": False},
    {"width": 1280, "dark": True, "language": "th-TH", "script": False},
]
DROP = """async ([name, bytes]) => {
  const file = new File([new Uint8Array(bytes)], name, { type: 'image/png' });
  const data = new DataTransfer();
  data.items.add(file);
  document.querySelector('.drop').dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true }));
}"""
PASTE = """async ([name, bytes]) => {
  const data = new DataTransfer();
  data.items.add(new File([new Uint8Array(bytes)], name, { type: 'image/png' }));
  document.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true }));
}"""


@pytest.fixture
def address(world: Any) -> Iterator[str]:
    with listening(world.app) as where:
        yield where


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    file = tmp_path / "<img src=x> photo.png"
    file.write_bytes(png(1, size=(60, 80)))
    return file


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: "-".join(map(str, view.values())))
def test_ask_say_that_it_is_wrong_agree_delete_and_erase(chromium, address, world, picture, view):
    with opened(chromium, **view) as page:
        page.goto(address)
        page.set_input_files("#pictures", picture)
        page.check("input[name=keep]")
        page.click("button.main")
        page.wait_for_selector("section.answer")
        shown = page.locator("section.answer img").first
        assert shown.evaluate("image => image.complete && image.naturalWidth > 0") if view.get("script", True) else True
        assert "<img src=x> photo.png" in page.inner_text("section.answer")
        page.click("section.answer .feedback summary")
        page.select_option("select[name=label]", index=1)
        page.fill("textarea[name=comment]", "it is another one")
        page.click("button[name=kind][value=wrong]")
        page.wait_for_selector(".flash.done")
        with world.store.reading() as connection:
            assert connection.execute(select(FEEDBACK.c.kind, FEEDBACK.c.comment)).one() == (
                "label",
                "it is another one",
            )
        page.goto(f"{address}/history")
        page.click("table.history a")
        page.wait_for_selector("section.answer img")
        page.goto(f"{address}/privacy")
        page.click("form[action='/privacy/withdraw'] button")
        page.wait_for_selector(".flash.done")
        assert not list(world.service.keeping.pictures.all())
        page.check("input[name=sure]")
        page.click("form[action='/privacy/erase'] button")
        page.wait_for_selector("pre")
        with world.store.reading() as connection:
            assert connection.execute(select(PREDICTIONS)).all() == []
        page.goto(f"{address}/history")
        assert page.locator("table.history").count() == 0


def test_a_picture_is_dropped_or_pasted_and_the_address_is_that_of_the_answer(chromium, address):
    with opened(chromium) as page:
        page.goto(address)
        page.evaluate(DROP, ["dropped.png", list(png(1))])
        page.evaluate(PASTE, ["pasted.png", list(png(2))])
        assert page.locator(".chosen li span").all_inner_texts() == ["dropped.png", "pasted.png"]
        page.click("button.main")
        page.wait_for_selector("section.answer")
        assert page.locator("section.answer").count() == 2
        assert page.url == f"{address}/history"
        assert page.evaluate("document.activeElement.id") == "content", "whoever hears the page hears the answer"


def test_the_slider_moves_the_map_by_keys_and_by_pointer(chromium, address, picture):
    with opened(chromium) as page:
        page.goto(address)
        page.set_input_files("#pictures", picture)
        page.click("button.main")
        page.wait_for_selector(".compare.sliding input")
        cut = "document.querySelector('.compare').style.getPropertyValue('--cut')"
        assert page.evaluate(cut) == "50%"
        page.focus(".compare input")
        page.keyboard.press("ArrowRight")
        assert page.evaluate(cut) == "51%"
        box = page.locator(".compare figure").last.bounding_box()
        page.mouse.move(box["x"] + box["width"] * 0.2, box["y"] + 20)
        page.mouse.down()
        page.mouse.move(box["x"] + box["width"] * 0.25, box["y"] + 20)
        page.mouse.up()
        assert abs(float(page.evaluate(cut).rstrip("%")) - 25) < 2


def test_everything_is_reached_by_the_keyboard_alone(chromium, address, world, picture):
    with opened(chromium) as page:
        page.goto(address)
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        page.keyboard.press("Enter")
        page.set_input_files("#pictures", picture)  # the system's own dialog
        _tab_to(page, "input[name=map]")
        page.keyboard.press("Space")
        _tab_to(page, "form.ask button.main")
        page.keyboard.press("Enter")
        page.wait_for_selector("section.answer")
        _tab_to(page, ".feedback button[value=right]")
        page.keyboard.press("Enter")
        page.wait_for_selector(".flash.done")
        with world.store.reading() as connection:
            assert connection.scalar(select(FEEDBACK.c.kind)) == "right"


def _tab_to(page: Any, selector: str) -> None:
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("(selector) => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"{selector} is not reached by the keyboard")

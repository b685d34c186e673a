"""The review desk in Chromium: keys, the next item ahead, no script, narrow and dark."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest

from assay.review.item import ReviewItem
from assay.review.leases import end_lease
from assay.review.passwords import set_password
from assay.review.review import REVIEW, in_force
from assay.review.reviewers import create_reviewer, find_reviewer
from assay.review.rows import add_items, reviews
from real_browser import listening, opened
from serving_world import World

pytestmark = pytest.mark.slow
WORDS = "correct horse battery"


@pytest.fixture
def address(world: World) -> Iterator[str]:
    """Of a served desk with 30 items, where the model says jade, and kim, who reviews."""
    made = world.store.write(lambda c: create_reviewer(c, "kim", ["reviewer"], actor="test"))
    world.store.write(lambda c: set_password(c, made, WORDS, actor="test"))
    world.service.keeping.pictures.keep("c" * 64, np.full((40, 60, 3), 90, np.uint8))
    about = {"hidden": {"label": "jade", "confidence": 0.61}, "picture": "c" * 64}
    for form, classes in (("label", ("jade", "onyx")), ("audit", ("jade", "onyx")), ("plausibility", ())):
        wanted = [ReviewItem(form, "random", prediction=f"p{n}", classes=classes, **about) for n in range(30)]
        world.store.write(lambda c, wanted=wanted: add_items(c, wanted))
    with listening(world.app) as served:
        yield served


@contextmanager
def working(chromium: Any, address: str, **words: Any) -> Iterator[Any]:
    """A page on which kim works on labels."""
    with opened(chromium, **words) as page:
        page.goto(f"{address}/review/sign-in")
        page.fill("#name", "kim")
        page.fill("#password", WORDS)
        page.press("#password", "Enter")
        page.wait_for_url("**/review")
        page.goto(f"{address}/review/work/label")
        yield page


def now_before(page: Any, former: str = "", state: str = "choose") -> str:
    """The item that is before the reviewer once it is another."""
    page.wait_for_function(
        "([former, state]) => { const at = document.getElementById('desk').dataset;"
        " return at.item && at.item !== former && at.state === state }",
        arg=[former, state],
    )
    return str(page.get_attribute("#desk", "data-item"))


def kept(world: World) -> list[Any]:
    with world.store.reading() as connection:
        return [row for row in in_force(reviews(connection)) if row.kind == REVIEW]


def test_items_are_reviewed_by_keys_alone_and_each_once(world, chromium, address):
    with working(chromium, address) as page:
        seen = [now_before(page)]
        for _ in range(8):
            page.keyboard.press("1")
            seen.append(now_before(page, seen[-1]))
        assert len(set(seen)) == 9
        page.keyboard.press("2")
        page.wait_for_selector("[data-state=decide]")
        assert "The model says: jade (61 %)" in page.inner_text("#desk")
        assert page.evaluate("document.activeElement.id") == "desk"
        page.keyboard.press("2")
        now_before(page, seen[-1])
        rows = kept(world)
        assert [row.item for row in rows] == seen
        assert (rows[-1].final, rows[-1].override, rows[-1].reason) == ("onyx", True, "It is plain to see")
        page.keyboard.press("u")
        page.wait_for_selector(f'[data-item="{seen[-1]}"][data-state=decide]')
        assert "Taken back" in page.inner_text("#told")
        assert len(kept(world)) == 8


def test_keys_do_nothing_outside_of_the_panel_in_a_text_field_or_when_they_are_off(world, chromium, address):
    with working(chromium, address) as page:
        item = now_before(page)
        page.evaluate("document.activeElement.blur()")
        page.keyboard.press("1")
        page.click(".comment summary")
        page.focus("textarea")
        page.keyboard.type("1 of 2")
        page.click(".keys summary")
        page.uncheck("[data-keys-on]")
        page.focus("#desk")
        page.keyboard.press("1")
        page.wait_for_timeout(300)
        assert kept(world) == []
        page.check("[data-keys-on]")
        page.fill('[data-remap="1"]', "j")
        page.focus("#desk")
        page.keyboard.press("1")
        page.keyboard.press("j")
        now_before(page, item)
        (row,) = kept(world)
        assert (row.final, row.comment) == ("jade", "1 of 2")
        page.reload()
        now_before(page)
        assert page.inner_text('[data-slot="1"] kbd') == "j"


def test_the_page_holds_nothing_of_the_answer_before_the_choice_even_what_was_fetched_ahead(chromium, address):
    with working(chromium, address) as page:
        bodies: list[str] = []

        def note(route: Any) -> None:
            response = route.fetch()
            bodies.append(response.text())
            route.fulfill(response=response)

        page.route("**/review/work/**", note)
        page.reload()
        first = now_before(page)
        page.wait_for_load_state("networkidle")
        page.keyboard.press("1")
        now_before(page, first)
        page.wait_for_load_state("networkidle")
        page.unroute_all(behavior="ignoreErrors")  # what is fetched ahead may still be on its way when the page closes
        assert len(bodies) >= 3
        assert not [body for body in bodies if "The model says" in body or "61 %" in body or "0.61" in body]


def test_without_a_script_on_a_narrow_dark_screen_all_is_done_by_forms(world, chromium, address):
    with working(chromium, address, script=False, width=320, dark=True) as page:
        first = str(page.get_attribute("#desk", "data-item"))
        assert page.is_hidden("[data-zoom]")
        assert page.is_hidden(".keys")
        page.click('button[name=choice][value="1"]')
        assert "The model says:" in page.inner_text("#desk")
        page.fill("#reason", "a crack")
        page.press("#reason", "Enter")
        assert page.get_attribute("#desk", "data-item") != first
        (row,) = kept(world)
        assert (row.item, row.final, row.reason) == (first, "onyx", "a crack")
        page.click("[data-command=undo]")
        assert page.get_attribute("#desk", "data-item") == first
        assert kept(world) == []


def test_pictures_can_be_seen_pixel_by_pixel_and_brighter(chromium, address):
    with working(chromium, address, width=320) as page:
        now_before(page)
        page.click("[data-zoom]")
        assert page.evaluate("document.querySelector('.frame img').getBoundingClientRect().width") == 60
        page.fill("[data-brightness]", "200")
        assert page.evaluate("getComputedStyle(document.querySelector('.frame img')).filter") == "brightness(2)"


def test_an_item_of_another_is_not_kept_and_the_page_says_why(world, chromium, address):
    with opened(chromium, script=False) as page:
        page.goto(f"{address}/review/sign-in")
        page.fill("#name", "kim")
        page.fill("#password", WORDS)
        page.press("#password", "Enter")
        page.goto(f"{address}/review/work/label")
        item = str(page.get_attribute("#desk", "data-item"))
        with world.store.reading() as connection:
            kim = find_reviewer(connection, "kim").id
        world.store.write(lambda c: end_lease(c, item, kim))
        page.click('button[name=choice][value="0"]')
        assert "somebody else has it now" in page.inner_text(".flash.wrong")
        assert kept(world) == []

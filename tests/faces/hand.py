"""Hand: does on a page what a person does, by the mouse or by the keyboard alone."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

MOST_TABS = 120


class Hand:
    """Somebody in front of a page.

    Args:
        page: of playwright.
        keys: whether it has the keyboard alone.
        address: of the service.
    """

    def __init__(self, page: Any, keys: bool, address: str) -> None:
        self.page, self.keys, self.address = page, keys, address

    def open(self, path: str) -> None:
        self.page.goto(f"{self.address}{path}")

    def until(self, true: str) -> None:
        """Wait until an expression of JavaScript is true in the page.

        Not by `wait_for_function`: it evaluates a text within the page, which the page's policy forbids.
        """
        from playwright.sync_api import Error

        for _ in range(200):
            with suppress(Error):  # of a page that is just left for the next
                if self.page.evaluate(true):
                    return
            self.page.wait_for_timeout(100)
        raise AssertionError(f"never true: {true}")

    def press(self, selector: str, shows: str = "") -> None:
        """Press a button, a link or a summary, and wait for what it brings."""
        if self.keys:
            self.reach(selector)
            self.page.keyboard.press("Enter")
        else:
            self.page.click(selector)
        if shows:
            self.page.wait_for_selector(shows)

    def tick(self, selector: str) -> None:
        if self.keys:
            self.reach(selector)
            self.page.keyboard.press("Space")
        else:
            self.page.check(selector)

    def write(self, selector: str, text: str) -> None:
        if self.keys:
            self.reach(selector)
            self.page.keyboard.press("ControlOrMeta+a")
            self.page.keyboard.insert_text(text)
        else:
            self.page.fill(selector, text)

    def pick(self, selector: str, place: int) -> None:
        """Choose an option of a list."""
        if self.keys:
            self.reach(selector)
            for _ in range(place):
                self.page.keyboard.press("ArrowDown")
        else:
            self.page.select_option(selector, index=place)

    def give(self, selector: str, files: list[Any]) -> None:
        """Choose files in the system's own dialog, which is no part of the page."""
        self.page.set_input_files(selector, files)

    def reach(self, selector: str) -> None:
        """Go there by the tabulator, forwards from where the focus is, and round once."""
        wanted = self.page.locator(selector).first.element_handle()
        for _ in range(MOST_TABS):
            if self.page.evaluate("(wanted) => document.activeElement === wanted", wanted):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"{selector} is not reached by the keyboard")

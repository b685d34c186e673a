"""State: something that a page can show, how one comes there, and by which phrase it is known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from faces.hand import Hand
from faces.worlds import Worlds

Way = Callable[[Hand, Worlds], None]


@dataclass(frozen=True)
class State:
    """Something that a page can show.

    Attributes:
        name: of it, as screenshots are called.
        way: leads there.
        shows: phrases of which at least one stands on the page then, in the reader's language.
        world: name of the service that has it.
        scripts: whether it exists with a script, without one, or both.
        complaints: whether the browser may complain of a refused request: the state is one.
    """

    name: str
    way: Way
    shows: tuple[str, ...]
    world: str = "open"
    scripts: tuple[bool, ...] = (True, False)
    complaints: bool = False


def state(table: list[State], *shows: str, **more: Any) -> Callable[[Way], Way]:
    """Enter what a function leads to in a table."""

    def enter(way: Way) -> Way:
        table.append(State(way.__name__, way, shows, **more))
        return way

    return enter

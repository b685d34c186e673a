"""What installed packages add to a list of Assay's own: one value for each entry point of a group."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib.metadata import entry_points
from typing import TypeVar

from assay.errors import ConfigError

Value = TypeVar("Value")


def installed_beside(
    own: Sequence[Value], group: str, kind: type[Value], name: Callable[[Value], str], *, must_be: str
) -> tuple[Value, ...]:
    """The values of a group's entry points, `NAME = "package.module:VALUE"`, by name.

    Args:
        own: those of Assay itself, whose names stay theirs.
        group: of entry points.
        kind: class that a value has to be of.
        name: of a value.
        must_be: what an error says that a value must be.

    Raises:
        ConfigError: an entry point gives something else, or takes the name of one of Assay's own.
    """
    taken = {name(each) for each in own}
    values = []
    for entry in sorted(entry_points(group=group), key=lambda entry: entry.name):
        value = entry.load()
        if not isinstance(value, kind) or name(value) in taken:
            raise ConfigError(f"{entry.value}: must be {must_be}, got {value!r}")
        values.append(value)
    return tuple(values)

"""Records: frozen dataclasses to JSON values and back, by their type hints, so that a new one needs no loader."""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Mapping
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

Record = TypeVar("Record")


def from_record(kind: type[Record], content: Any) -> Record:
    """The dataclass whose `dataclasses.asdict` went through JSON.

    Fields may be plain JSON values, tuples, dicts with text keys, other dataclasses, and any of these or None. A field
    that is missing takes its default.

    Args:
        kind: a dataclass.
        content: what JSON gave.

    Raises:
        TypeError: the content has a field too many or too few, or another shape than the type hints say.
    """
    return cast(Record, _read(kind, content))


def _read(hint: Any, content: Any) -> Any:
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return _read_optional(inner, content)
    if dataclasses.is_dataclass(hint):
        return _read_dataclass(cast(type, hint), content)
    if origin is tuple:
        return _read_tuple(inner, content)
    if origin in (dict, Mapping):
        if not isinstance(content, dict):
            raise TypeError(f"must be a mapping, got {content!r:.60}")
        return {key: _read(inner[1], value) for key, value in content.items()}
    return content


def _read_optional(options: tuple[Any, ...], content: Any) -> Any:
    if content is None and type(None) in options:
        return None
    for option in options:
        if dataclasses.is_dataclass(option) or get_origin(option) is not None:
            return _read(option, content)
    return content


def _read_dataclass(kind: type, content: Any) -> Any:
    if not isinstance(content, dict):
        raise TypeError(f"{kind.__name__} must be a mapping, got {content!r:.60}")
    hints = get_type_hints(kind)
    return kind(**{name: _read(hints.get(name, Any), value) for name, value in content.items()})


def _read_tuple(inner: tuple[Any, ...], content: Any) -> tuple[Any, ...]:
    if not isinstance(content, list):
        raise TypeError(f"must be a list, got {content!r:.60}")
    if len(inner) == 2 and inner[1] is Ellipsis:
        return tuple(_read(inner[0], value) for value in content)
    return tuple(_read(hint, value) for hint, value in zip(inner, content, strict=True))

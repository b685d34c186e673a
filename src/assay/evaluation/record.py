"""Records: frozen dataclasses to JSON values and back, by their type hints, so that a new one needs no loader."""

from __future__ import annotations

import dataclasses
import json
import types
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from assay.errors import DataError
from assay.files import atomic_write

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


def save_record(path: Path, record: Any, *, schema: int, also: Mapping[str, Any] | None = None) -> None:
    """Write a dataclass as JSON, whole or not at all; a NaN anywhere is an error, never written.

    Args:
        path: the file.
        record: the dataclass.
        schema: its version, which stands in the file.
        also: values for people who read the file; they are not read back.
    """
    content = {"schema": schema, **(also or {}), **dataclasses.asdict(record)}
    with atomic_write(path) as temporary:
        temporary.write_text(json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n", "utf-8")


def load_record(path: Path, kind: type[Record], what: str, *, schema: int, also: Sequence[str] = ()) -> Record:
    """Read what `save_record` wrote.

    Args:
        path: the file.
        kind: a dataclass.
        what: it is, for people: "study".
        schema: the version that is understood.
        also: names of values that are not read back.

    Raises:
        DataError: the file cannot be read, or holds something else.
    """
    try:
        content = json.loads(path.read_text("utf-8"))
        if content.pop("schema", None) != schema:
            raise DataError(f"{path}: not a {what} of this version of Assay (schema {schema})")
        return from_record(kind, {name: value for name, value in content.items() if name not in also})
    except (OSError, ValueError, TypeError, AttributeError, LookupError, RecursionError) as error:
        raise DataError(f"{path}: cannot be read as a {what}: {error}") from error


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

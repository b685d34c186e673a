"""Whether what a bundle says of itself fits together, beyond that its files are those that were written."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

from assay.errors import BundleError


def refuse_malformed(folder: Path, about: Any, rules: dict[str, str]) -> None:
    """Return when the description is of the right types, and names the classes that each model in it answers with.

    Args:
        folder: of the bundle.
        about: what `bundle.json` says, an `About`.
        rules: form -> file of its description, within the bundle.

    Raises:
        BundleError: it does not; the message names what.
    """
    for field in dataclasses.fields(about):
        value = getattr(about, field.name)
        kind = {"str": str, "int": int, "bool": bool}.get(str(field.type))
        if kind is not None and (not isinstance(value, kind) or (kind is int and isinstance(value, bool))):
            raise BundleError(f"{folder}: bundle.json: {field.name} must be {field.type}, got {value!r:.60}")
    names = _class_names(folder, "bundle.json", list(about.class_names))
    for name, entry in about.files.items():
        if not isinstance(entry.sha256, str) or not isinstance(entry.bytes, int):
            raise BundleError(f"{folder}: bundle.json: the entry of {name} must have a sha256 and a length")
    if about.serves not in rules:
        raise BundleError(f"{folder}: bundle.json: serves {about.serves!r:.60}, of which it holds no model")
    for form, file in rules.items():
        if file not in about.files:
            raise BundleError(f"{folder}: {file} is missing, the description of its form {form}; export it again")
        description = strict_json(folder / file)
        own = description.get("class_names") if isinstance(description, dict) else None
        if _class_names(folder, file, own) != names:
            raise BundleError(
                f"{folder}: {file} answers with the classes {', '.join(own or ())[:200]}, bundle.json names "
                f"{', '.join(names)[:200]}; export it again"
            )


def strict_json(path: Path) -> Any:
    """What a JSON file holds.

    Raises:
        BundleError: it is no JSON, holds NaN or infinity, or is nested without end.
    """
    try:
        return json.loads(path.read_text("utf-8"), parse_constant=_refuse_constant)
    except (OSError, ValueError, RecursionError) as error:
        reason = "nested too deep" if isinstance(error, RecursionError) else error
        raise BundleError(f"{path}: cannot be read: {reason}; export the bundle again") from error


def _refuse_constant(word: str) -> None:
    raise ValueError(f"{word} is no number of a model")


def _class_names(folder: Path, file: str, names: Any) -> tuple[str, ...]:
    if not isinstance(names, list) or not all(isinstance(name, str) and name for name in names):
        raise BundleError(f"{folder}: {file}: class_names must be a list of names, got {names!r:.60}")
    if len(names) < 2 or len(set(names)) != len(names):
        raise BundleError(
            f"{folder}: {file}: class_names must be two names or more, each of them once, got {', '.join(names)[:200]}"
        )
    return tuple(names)

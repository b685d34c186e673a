"""Text as it was typed becomes the value that a key asks for, or one sentence that says what would be right."""

from __future__ import annotations

import math
import re
from typing import Any

from assay.config.bounds import AtLeast, Between
from assay.config.signature import Argument, Bound, ValueKind
from assay.config.values import listed, truth
from assay.errors import ConfigError, did_you_mean


def typed_value(key: str, text: str, argument: Argument) -> Any:
    """The value of a key.

    Args:
        key: for messages.
        text: as typed; `null` is None where None is allowed.
        argument: kinds and bounds of the value.

    Raises:
        ConfigError: it is of another kind, no choice, or out of bounds.
    """
    kinds = argument.kinds
    types = {kind.type for kind in kinds}
    if type(None) in types and text in ("null", "None"):
        return None
    if any(kind.choices for kind in kinds):
        return _choice(key, text, argument)
    if list in types:
        return _entries(key, text, argument)
    if bool in types:
        return truth(key, text)
    if int in types or float in types:
        return _number(key, text, argument, whole=float not in types)
    return text


def _choice(key: str, text: str, argument: Argument) -> str:
    choices = [str(choice) for kind in argument.kinds for choice in kind.choices if choice != ""]
    if text and text not in choices:
        raise ConfigError(f"{key}: must be {' or '.join(choices)}, got {text!r}; {did_you_mean(text, choices)}")
    return text


def _entries(key: str, text: str, argument: Argument) -> tuple[Any, ...]:
    item: tuple[ValueKind, ...] = next(kind.item for kind in argument.kinds if kind.type is list)
    entries = listed(text)
    if any(kind.choices for kind in item):
        if problem := argument.problem(list(entries)):
            raise ConfigError(f"{key}: {problem}")
        return entries
    if any(kind.type is int for kind in item):
        if not entries:
            raise ConfigError(f"{key}={text}: a list of whole numbers is needed, e.g. {key}=[1,2]")
        return tuple(sorted({int(_number(key, entry, argument, whole=True)) for entry in entries}))
    return entries


def _number(key: str, text: str, argument: Argument, *, whole: bool) -> float:
    value: float
    try:
        value = (int(text) if re.fullmatch(r"-?\d+", text) else math.nan) if whole else float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value) or not all(bound.holds(value) for bound in argument.bounds):
        kind = "a whole number" if whole else "a number"
        bounds = " and ".join(_bound(bound) for bound in argument.bounds)
        raise ConfigError(f"{key}: must be {f'{kind} {bounds}'.strip()}, got {text!r}")
    return value


def _bound(bound: Bound) -> str:
    if isinstance(bound, AtLeast):
        return f"of {_plain(bound.low)} or more"
    if isinstance(bound, Between):
        return f"from {_plain(bound.low)} to {_plain(bound.high)}"
    return str(bound)


def _plain(number: float) -> str:
    return str(int(number)) if number == int(number) else f"{number:g}"

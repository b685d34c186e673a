"""Options that are text keep what was typed: 007 is no number, true no truth value, and any character may stand in it.

Hydra's grammar reads the value of an override before anybody asks what the key is for, so that
`data.holdout_class=007` became 7 and `data.root=ü` could not be read at all. Here the declared type of the key decides.
"""

from __future__ import annotations

import dataclasses
import functools
import re
import typing
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from assay.config.quoting import in_override
from assay.config.schema import Config, DatasetConfig, FidelityConfig, RegistryConfig, SamplerConfig
from assay.config.signature import ValueKind, signature_of

_WORD = re.compile(r"(\+{0,2}[A-Za-z_][\w./]*)=(.*)", re.DOTALL)
_OPTION = re.compile(r"\+?([a-z_/]+)=([\w-]+)")
_FUNCTIONS = re.compile(r"\s*(choice|range|interval|glob|sort|shuffle|tag|extend_list|int|float|str|bool|json_str)\(")
_CHOICE = re.compile(r"\s*choice\((.*)\)\s*", re.DOTALL)
_SHARED = {"data": DatasetConfig, "sampler": SamplerConfig, "registry": RegistryConfig, "fidelity": FidelityConfig}

_TEXTS = (ValueKind("str", str), ValueKind("list", list, item=(ValueKind("str", str),)), ValueKind("None", type(None)))
"""A name or several, or nothing."""


def keep_text(words: Sequence[str], folders: Sequence[Path]) -> list[str]:
    """Overrides in which the values of text options are quoted where Hydra would read something else.

    Sweeps (`a,b`, `choice(…)`), interpolations (`${…}`), what is quoted already, and null where it is allowed stay as
    they are; doing it again changes nothing.

    Args:
        words: overrides as they were typed.
        folders: of options, whose classes say which keys are text.
    """
    chosen = {match[1]: match[2] for word in words if (match := _OPTION.fullmatch(word))}
    return [_kept(word, tuple(folders), chosen) for word in words]


def _kept(word: str, folders: tuple[Path, ...], chosen: Mapping[str, str]) -> str:
    match = _WORD.fullmatch(word)
    if match is None:
        return word
    key, value = match.groups()
    kinds = _kinds(key.lstrip("+"), folders, chosen)
    if not kinds or not value or "${" in value:
        return word
    if (choice := _CHOICE.fullmatch(value)) and "(" not in choice[1]:
        kept = _kept(f"{key}={choice[1]}", folders, chosen).partition("=")[2]
        return f"{key}=choice({kept})"
    if _FUNCTIONS.match(value):
        return word
    if all(kind.type in (str, type(None)) and not kind.choices for kind in kinds):
        return f"{key}={_text(value, empty=any(kind.type is type(None) for kind in kinds))}"
    lists = [kind for kind in kinds if kind.type is list]
    if lists and {kind.type for kind in kinds} == {str, list, type(None)} and not value.strip().startswith("["):
        return f"{key}={_text(value, empty=True)}"
    if lists and all(item.type is str for kind in lists for item in kind.item or (ValueKind("", None),)):
        return f"{key}={_texts(value)}"
    return word


def _text(value: str, *, empty: bool) -> str:
    parsed, understood = _parsed(value)
    if not understood:
        # A sweep of values of which one cannot be read is quoted as a whole only where it holds no comma.
        return value if "," in value else in_override(value)
    if parsed is None:
        return value if empty else in_override(value)
    if getattr(parsed, "simple_form", False):
        return ",".join(_each(value, empty=empty))
    return in_override(value) if isinstance(parsed, (bool, int, float)) else value


def _texts(value: str) -> str:
    """A list whose entries are text: those that Hydra would take for something else are quoted one by one."""
    parsed, understood = _parsed(value)
    inner = value.strip()
    if understood and getattr(parsed, "simple_form", False):
        return ",".join(_each(value, empty=True))
    if understood and not isinstance(parsed, list):
        return value
    if understood and all(isinstance(entry, str) or hasattr(entry, "text") for entry in parsed):
        return value
    if not (inner.startswith("[") and inner.endswith("]")) or re.search(r"[\[\]{}]", inner[1:-1]):
        return value
    return f"[{','.join(_text(entry.strip(), empty=False) for entry in _entries(inner[1:-1]))}]"


def _each(value: str, *, empty: bool) -> Iterator[str]:
    """The values of a sweep, of which each is a text or a list of texts."""
    for entry in _entries(value):
        inner = entry.strip()
        space = entry[: len(entry) - len(entry.lstrip())]  # a message about several values shows what was typed
        yield space + (_texts(inner) if inner.startswith("[") else _text(inner, empty=empty))


def _entries(inner: str) -> Iterator[str]:
    """Parts between commas that stand in no quotes and no brackets."""
    start, quote, escaped, depth = 0, "", False, 0
    for place, character in enumerate(inner):
        if escaped:
            escaped = False
        elif character == "\\":
            escaped = True
        elif quote:
            quote = "" if character == quote else quote
        elif character in "'\"" and not inner[start:place].strip():
            quote = character
        elif character in "[{":
            depth += 1
        elif character in "]}":
            depth -= 1
        elif character == "," and not depth:
            yield inner[start:place]
            start = place + 1
    yield inner[start:]


def _parsed(value: str) -> tuple[Any, bool]:
    """What Hydra reads, and whether it can."""
    from hydra.core.override_parser.overrides_parser import OverridesParser
    from hydra.errors import HydraException

    try:
        return OverridesParser.create().parse_override(f"key={value}").value(), True
    except HydraException:
        return None, False


def _kinds(key: str, folders: tuple[Path, ...], chosen: Mapping[str, str]) -> tuple[ValueKind, ...]:
    """What a key may be: by the option that was chosen of its group, or over all of them where none was."""
    group, _, name = key.rpartition(".")
    if not group:
        return _of_fields(Config).get(key, ())
    if group in _SHARED and (kinds := _of_fields(_SHARED[group]).get(name)):
        return kinds
    path = group.replace(".", "/")
    own = _of_options(path, chosen.get(path, ""), folders)
    return (own or _of_options(path, "*", folders)).get(name, ())


@functools.cache
def _of_options(group: str, option: str, folders: tuple[Path, ...]) -> dict[str, tuple[ValueKind, ...]]:
    known: dict[str, tuple[ValueKind, ...]] = {}
    for folder in folders:
        for path in sorted((folder / group).glob(f"{option}.yaml")):
            target = re.search(r"^ *_target_: *(\S+)", path.read_text(encoding="utf-8"), re.MULTILINE)
            signature = signature_of(target[1]) if target else None
            for name, argument in (signature[0] if signature else {}).items():
                known[name] = (*known.get(name, ()), *argument.kinds) if argument.kinds else known.get(name, ())
    return known


@functools.cache
def _of_fields(kind: Any) -> dict[str, tuple[ValueKind, ...]]:
    kinds = {name: tuple(_kind(part) for part in _parts(hint)) for name, hint in typing.get_type_hints(kind).items()}
    return kinds | {entry.name: _TEXTS for entry in dataclasses.fields(kind) if entry.metadata.get("text")}


def _parts(hint: Any) -> tuple[Any, ...]:
    return typing.get_args(hint) if type(None) in typing.get_args(hint) else (hint,)


def _kind(hint: Any) -> ValueKind:
    if typing.get_origin(hint) is list:
        return ValueKind("list", list, item=tuple(_kind(part) for part in typing.get_args(hint)))
    return ValueKind(getattr(hint, "__name__", str(hint)), hint if isinstance(hint, type) else None)

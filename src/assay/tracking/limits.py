"""What MLflow accepts as names, params and tags, and how anything is brought inside it, visibly."""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

NAME_LENGTH = 250
PARAM_LENGTH = 6000
TAG_LENGTH = 8000
PARAMS_PER_BATCH = 100
METRICS_PER_BATCH = 1000
BATCH_BYTES = 800_000


def legal_name(name: str) -> str:
    """The name with every character that MLflow refuses replaced by an underscore, at most 250 long."""
    legal = re.sub(r"[^/\w.\- :]", "_", name)[:NAME_LENGTH]
    if posixpath.normpath(legal) != legal or legal.startswith(("/", "..")) or legal == ".":
        legal = legal.replace("/", "_").strip(".") or "_"
    return legal


def cut(text: str, length: int) -> str:
    """The text, or its beginning and a mark that says how long it was."""
    if len(text) <= length:
        return text
    mark = f" … [cut, {len(text)} characters]"
    return text[: length - len(mark)] + mark


def flatten(config: Mapping[str, Any]) -> dict[str, str]:
    """Nested config as `{"model.name": "resnet50", "aug.sizes": "[1, 2]"}`; what is not text is written as JSON."""
    flat: dict[str, str] = {}
    for path, value in (leaf for key, inner in config.items() for leaf in _leaves(inner, str(key))):
        name, count = legal_name(path), 1
        while name in flat:
            count += 1
            name = f"{legal_name(path)[: NAME_LENGTH - 8]}_{count}"
        flat[name] = cut(value, PARAM_LENGTH)
    return flat


def _leaves(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping) and value:
        for key, inner in value.items():
            yield from _leaves(inner, f"{path}.{key}")
    elif isinstance(value, str):
        yield path, value
    else:
        yield path, json.dumps(_plain(value), ensure_ascii=False, default=str)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return [_plain(inner) for inner in value]
    return value


def batches(params: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """The params in groups that one request takes: at most 100, and under a megabyte as JSON."""
    batch: dict[str, str] = {}
    size = 0
    for name, value in params.items():
        weight = len(json.dumps([name, value]))
        if batch and (len(batch) == PARAMS_PER_BATCH or size + weight > BATCH_BYTES):
            yield batch
            batch, size = {}, 0
        batch[name] = value
        size += weight
    if batch:
        yield batch


def legal_tags(tags: Mapping[str, Any]) -> dict[str, str]:
    """Tags with names and values that MLflow accepts."""
    return {legal_name(name): cut(str(value), TAG_LENGTH) for name, value in tags.items()}

"""The key that somebody means who types `--lr 0.1`, as one would to argparse: nearest leaf names of the config."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from assay.errors import AssayError

NEAR = 0.75
SHOWN = 3


def nearest_keys(name: str, overrides: Sequence[str] = ()) -> list[str]:
    """Full keys whose last names are like a name, best first: `optimizer.lr` for `lr`; groups count as keys.

    Args:
        name: with dashes or underscores, whole (`optimizer-lr`) or the last part alone.
        overrides: what else was typed, which decides the options whose keys there are.
    """
    from omegaconf import OmegaConf

    from assay.config.compose import compose, groups

    try:
        config = compose([word for word in overrides if "=" in word])
    except AssayError:
        config = compose()
    leaves = list(_leaves(OmegaConf.to_container(config, resolve=False)))
    wanted, short = _plain(name), _initials(name)
    scored = [(_score(wanted, short, key), key) for key in (*groups(), *leaves)]
    if exact := [key for _, key in scored if _plain(key) == wanted]:
        return exact[:1]
    best = max((score for score, _ in scored), default=0)
    near = [key for score, key in scored if score >= NEAR and score > best - 0.05]
    return list(dict.fromkeys(sorted(near, key=lambda key: key.count("."))))[:SHOWN]


def _likeness(wanted: str, name: str) -> float:
    if wanted == name:
        return 1.0
    return difflib.SequenceMatcher(None, wanted, name).ratio()


def _score(wanted: str, short: str, key: str) -> float:
    """How like a key a name is, in [0, 1]; `learning-rate` is `lr`, and `bs` is `batch_size`."""
    last = key.rpartition(".")[2]
    if _plain(last) == short or (wanted == _initials(last) and len(wanted) > 1):
        return 0.9
    return max(_likeness(wanted, _plain(last)), _likeness(wanted, _plain(key)))


def _initials(name: str) -> str:
    words = [word for word in re.split(r"[-_.]", name) if word]
    return "".join(word[0] for word in words).lower() if len(words) > 1 else ""


def _plain(name: str) -> str:
    return name.lower().replace("-", "").replace("_", "").replace(".", "")


def _leaves(node: Any, path: str = "") -> Iterator[str]:
    if isinstance(node, Mapping):
        for key, value in node.items():
            if not str(key).startswith("_"):
                yield from _leaves(value, f"{path}.{key}" if path else str(key))
    elif path:
        yield path

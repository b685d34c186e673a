"""Params of a run in MLflow: options by their names, what has a value, and nothing that no training uses."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from omegaconf import DictConfig, OmegaConf

from assay.config import door
from assay.config.compose import conf_dirs, groups

NOT_OF_TRAINING = ("name", "resume", "cache", "mirror_limit", "tracking", "registry", "explain", "fidelity")
OF_GENERATED = re.compile(r"data\.(synthetic_.*|repeat_ratio)")
"""Settings that do nothing where a run has no generated images."""
TARGET = "_target_"


def run_params(config: DictConfig, overrides: Sequence[str]) -> dict[str, Any]:
    """Names as they are typed, and their values: `loss` is `focal`, `loss.gamma` is 2.0, `aug` is `standard, mixup`.

    The whole config is among the run's artifacts. Here a person looks for what differs between two runs, so a value
    that is none, an empty list and the name of a class are left out.

    Args:
        config: of the run.
        overrides: as they were typed.
    """
    values = {key: value for key, value in door.plain(config).items() if key not in NOT_OF_TRAINING}
    params: dict[str, Any] = dict(_entries(values, "", groups()))
    if values["data"].get("synthetic") is None:
        params = {key: value for key, value in params.items() if not OF_GENERATED.fullmatch(key)}
    return {**params, "aug": augmentation(values["aug"]), "overrides": " ".join(overrides)}


def augmentation(aug: Mapping[str, Any]) -> str:
    """The options of `aug` that are in use, in the order in which they come: `standard, mixup`; `none` without any.

    Args:
        aug: the config's node.
    """
    return ", ".join(name for part in aug.values() for name in part or ()) or "none"


def _entries(node: Mapping[str, Any], path: str, options: Mapping[str, list[str]]) -> Iterator[tuple[str, Any]]:
    for key, value in node.items():
        name = f"{path}{key}"
        if isinstance(value, Mapping):
            group = name.replace(".", "/")
            if group in options and TARGET in value and (option := _option(group, value, options[group])):
                yield group, option
            yield from _entries(value, f"{name}.", options)
        elif not key.startswith("_") and value not in (None, []):
            yield name, value


def _option(group: str, node: Mapping[str, Any], options: Sequence[str]) -> str:
    """The option of a group that a node was made by: of those that take its class the nearest; "" between two alike."""
    files = [(option, top / group / f"{option}.yaml") for option in options for top in conf_dirs()]
    line = re.compile(rf"^\s*{TARGET}: {re.escape(str(node.get(TARGET)))}\s*(#.*)?$", re.MULTILINE)
    texts = {option: file.read_text(encoding="utf-8") for option, file in files if file.is_file()}
    takers = {option: text for option, text in texts.items() if line.search(text)}
    if len(takers) < 2:
        return next(iter(takers), "")
    apart = {option: _apart(text, group, node) for option, text in takers.items()}
    nearest = [option for option, count in apart.items() if count == min(apart.values())]
    return nearest[0] if len(nearest) == 1 else ""


def _apart(text: str, group: str, node: Mapping[str, Any]) -> int:
    """How many values of an option's file a node has otherwise."""
    stated = OmegaConf.to_container(OmegaConf.create(text), resolve=False)
    assert isinstance(stated, dict)
    stated = stated.get(group, stated)
    return sum(node.get(key) != value for key, value in stated.items() if key not in (TARGET, "defaults"))

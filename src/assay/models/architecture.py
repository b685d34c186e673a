"""Architectures by their timm name: made with or without weights, and described without being built."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from assay.errors import ConfigError, WeightsError


def check_tag(name: str) -> None:
    """Refuse a tag of pretrained weights that timm does not know.

    Args:
        name: "architecture" or "architecture.tag".

    Raises:
        ConfigError: with the tags there are.
    """
    import timm

    architecture, _, tag = name.partition(".")
    tags = timm.list_pretrained(f"{architecture}.*") if tag else []
    if tag and name not in tags:
        known = f"its weights are {', '.join(tags)}" if tags else "it has no pretrained weights"
        raise ConfigError(f"model.name={name}: {architecture} has no weights of that name; {known}")


def pretrained_config(name: str) -> Any:
    """What timm knows about an architecture's weights: hub id, mean and std, input size, name of the classifier."""
    from timm.models import PretrainedCfg, get_pretrained_cfg

    return get_pretrained_cfg(name) or PretrainedCfg()


def create_model(
    name: str,
    *,
    classes: int = 0,
    state_dict: dict[str, Tensor] | None = None,
    drop_path: float = 0.0,
    image_size: int | None = None,
) -> nn.Module:
    """A timm model.

    Args:
        name: of an architecture that timm knows.
        classes: outputs of the classifier; 0 leaves it out, and the model ends in pooled features.
        state_dict: weights, in the architecture's own or one of the foreign formats that timm converts; every weight
            of the model has to be there in its shape, and nothing else. None draws random ones.
        drop_path: rate of stochastic depth in training.
        image_size: side of the pictures; matters for architectures of one size, whose position embeddings are resized.

    Raises:
        ConfigError: the architecture does not take this drop_path or image_size.
        WeightsError: the weights do not fit.
    """
    import timm

    options: dict[str, Any] = {}
    if drop_path:
        options["drop_path_rate"] = drop_path
    if image_size is not None and pretrained_config(name).fixed_input_size:
        options["img_size"] = image_size
    if state_dict is not None:
        # With as many classes announced as the model has, timm loads strictly.
        options["pretrained_cfg_overlay"] = {"state_dict": state_dict, "num_classes": classes, "label_offset": None}
    try:
        model: Any = timm.create_model(name, pretrained=state_dict is not None, num_classes=classes, **options)
    except TypeError as error:
        if "drop_path_rate" in str(error):
            raise ConfigError(f"model.drop_path={drop_path}: {name} has no stochastic depth; set it to 0") from error
        raise
    except (AssertionError, ValueError) as error:
        raise ConfigError(f"data.image_size={image_size}: {name} cannot be built for it: {error}") from error
    except RuntimeError as error:
        if state_dict is None:
            raise
        raise WeightsError(f"the weights do not fit {name}: {_shortened(str(error))}") from error
    model.pretrained_cfg.pop("state_dict", None)
    return model


def shapes_of(name: str, classes: int) -> dict[str, torch.Size]:
    """Names and shapes of a model's weights, in order, without the memory for them."""
    with torch.device("meta"):
        return {key: value.shape for key, value in create_model(name, classes=classes).state_dict().items()}


def _shortened(text: str, lines: int = 4, width: int = 300) -> str:
    kept = [line.strip()[:width] for line in text.splitlines() if line.strip()]
    return " ".join(kept[:lines]) + (" …" if len(kept) > lines else "")

"""Which classes a config may build: config is input, and input is not code."""

from __future__ import annotations

from typing import Any

from assay.errors import ConfigError

ALLOWED = (
    "assay",
    "torch.nn",
    "torch.optim",
    "timm.models",
    "torchvision.transforms",
    "albumentations",
    "torchmetrics",
    "pytorch_lightning.callbacks",
    "optuna.samplers",
    "optuna.pruners",
    "sklearn",
)


def is_allowed(target: str) -> bool:
    """Whether a dotted name lies in a module whose classes are harmless to build."""
    return any(target == allowed or target.startswith(f"{allowed}.") for allowed in ALLOWED)


def build(node: Any, **run_time: Any) -> Any:
    """Instantiate a checked config node.

    Args:
        node: a DictConfig or dict with `_target_`; None gives None.
        run_time: arguments that only the running program knows (labels, number of classes, seed).

    Raises:
        ConfigError: a target outside the allow-list.
    """
    from hydra.utils import instantiate

    if node is None:
        return None
    for target in targets_in(node):
        if not is_allowed(target):
            raise ConfigError(f"_target_ {target} is not allowed; allowed are {', '.join(ALLOWED)}")
    return instantiate(node, _convert_="all", **run_time)


def targets_in(node: Any) -> list[str]:
    """Every `_target_` in a node, however deep."""
    if hasattr(node, "items"):
        found = [value for key, value in node.items() if key == "_target_"]
        return found + [target for _, value in node.items() for target in targets_in(value)]
    if isinstance(node, (list, tuple)) or type(node).__name__ == "ListConfig":
        return [target for value in node for target in targets_in(value)]
    return []

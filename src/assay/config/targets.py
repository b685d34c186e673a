"""Which classes a config may build: config is input, and input is not code."""

from __future__ import annotations

from typing import Any

from assay.config.plugins import plugin_of, plugins
from assay.config.source import definition_of
from assay.errors import AssayError, ConfigError

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

PLUGIN_HINT = "; a package of your own is allowed once it is installed with an entry point assay.plugins"

MOVED = {
    "assay.registry.checks.frozen_test.": "assay.gate.checks.same_test_images.",
    "assay.registry.checks.": "assay.gate.checks.",
    "assay.studies.sweep.": "assay.sweep.",
}
"""Modules that lie elsewhere since a person may have written their names into a gate or a sweep of their own."""


def present_name(target: str) -> str:
    """The dotted name of today for one that was right when a config was written."""
    return next((new + target.removeprefix(old) for old, new in MOVED.items() if target.startswith(old)), target)


def is_allowed(target: str) -> bool:
    """Whether a dotted name lies in a module whose classes are harmless to build, or in an installed plug-in."""
    listed = any(target == allowed or target.startswith(f"{allowed}.") for allowed in ALLOWED)
    return listed or plugin_of(target) is not None


def allowed() -> str:
    """What a config may name, for a message."""
    return ", ".join((*ALLOWED, *(plugin.package for plugin in plugins())))


def is_ours(target: str) -> bool:
    """Whether it is a name of Assay or of a plug-in, which must be defined by the module that it names.

    `my_plugin.losses.os.system` lies in the plug-in as a name, and is not its own.
    """
    return target.startswith("assay.") or plugin_of(target) is not None


def build(node: Any, **run_time: Any) -> Any:
    """Instantiate a checked config node.

    Args:
        node: a DictConfig or dict with `_target_`; None gives None.
        run_time: arguments that only the running program knows (labels, number of classes, seed).

    Raises:
        ConfigError: a target outside the allow-list, or one that its module does not define.
        AssayError: whatever the class itself refuses.
    """
    from hydra.errors import InstantiationException
    from hydra.utils import instantiate

    if node is None:
        return None
    for target in targets_in(node):
        if not is_allowed(target):
            raise ConfigError(f"_target_ {target} is not allowed; allowed are {allowed()}{PLUGIN_HINT}")
        if is_ours(target) and definition_of(present_name(target)) is None:
            raise ConfigError(f"_target_ {target}: {present_name(target)} does not exist")
    try:
        return instantiate(_present(node), _convert_="all", **run_time)
    except InstantiationException as error:
        refusal = error.__cause__
        if isinstance(refusal, AssayError):  # Hydra's own words say where in the code, not what to mend
            raise refusal from refusal.__cause__
        raise


def _present(node: Any) -> Any:
    """The node itself, or a plain copy with the names of today where one has moved."""
    from omegaconf import OmegaConf

    if all(target == present_name(target) for target in targets_in(node)):
        return node
    plain = OmegaConf.to_container(node, resolve=True) if OmegaConf.is_config(node) else node
    return _renamed(plain)


def _renamed(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: present_name(entry) if key == "_target_" else _renamed(entry) for key, entry in value.items()}
    return [_renamed(entry) for entry in value] if isinstance(value, list) else value


def targets_in(node: Any) -> list[str]:
    """Every `_target_` in a node, however deep."""
    if hasattr(node, "items"):
        own = [value for key, value in node.items() if key == "_target_"]
        return own + [target for _, value in node.items() for target in targets_in(value)]
    if isinstance(node, (list, tuple)) or type(node).__name__ == "ListConfig":
        return [target for value in node for target in targets_in(value)]
    return []

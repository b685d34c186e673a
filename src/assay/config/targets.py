"""Which classes a config may build: config is input, and input is not code."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from assay.config.kinds import OPTIMIZER, kind_at, misplaced
from assay.config.plugins import plugin_of, plugins
from assay.config.source import definition_of, derives_from
from assay.errors import AssayError, ConfigError

BACKBONE = "assay.models.backbone.Backbone"
"""What a function must be annotated to return; every other target is a class."""

LIBRARY_KINDS = {
    "torch.optim": ("torch.optim.optimizer.Optimizer", "torch.optim.lr_scheduler.LRScheduler"),
    "torch.nn": ("torch.nn.modules.module.Module",),
    "optuna.samplers": ("optuna.samplers._base.BaseSampler",),
    "optuna.pruners": ("optuna.pruners._base.BasePruner",),
}
"""Packages of libraries whose classes may be built, and what such a class must derive from.

A prefix alone would not do: through what its modules import, a dotted path leads on to anything in Python.
"""

ALLOWED = ("assay", *LIBRARY_KINDS)

CONTROLS = ("_partial_", "_args_", "_recursive_", "_convert_")
"""Keys with which Hydra builds otherwise; what is built here is built in one way, optimizers apart."""

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


def refusal_of(target: str, place: str = "") -> str | None:
    """Why a config may not build what a dotted name stands for, as the rest of a sentence; None where it may.

    It is read in the source: importing a module to look at it would run code already. The name has to be that of the
    module in whose text the class stands, since `my_plugin.losses.os.system` lies in the plug-in as a name only.

    Args:
        target: the dotted name.
        place: path in the config, at which it also has to be of the kind that is built there; "" for any.
    """
    return _refusal(target) or (misplaced(present_name(target), place) if place else None)


def refusal_of_control(key: str, value: Any, target: str) -> str | None:
    """Why a key of Hydra's is not taken beside a `_target_`, as the rest of a sentence; None where it is.

    Args:
        key: `_partial_`, …
        value: what it was given.
        target: the dotted name that it stands beside.
    """
    if key == "_partial_" and value is True and derives_from(present_name(target), OPTIMIZER):
        return None
    if key == "_partial_" and value is True and plugin_of(target) is not None:
        return None  # an optimizer of a plug-in's, whose bases lie in a library
    return (
        "no such key; a class is built with named arguments, in one step"
        if key != "_partial_"
        else ("only an optimizer is built in two steps, with _partial_: true; take it away")
    )


def _refusal(target: str) -> str | None:
    if not is_allowed(target):
        return f"{target} is not allowed; allowed are {allowed()}{PLUGIN_HINT}"
    present = present_name(target)
    definition = definition_of(present)
    package = next((name for name in LIBRARY_KINDS if present.startswith(f"{name}.")), None)
    if package is not None and plugin_of(target) is None:
        kinds = LIBRARY_KINDS[package]
        if any(derives_from(present, kind) for kind in kinds):
            return None
        names = " or ".join(kind.rpartition(".")[2] for kind in kinds)
        return f"{target} is not allowed: of {package} only a class of the kind {names}, by the module that defines it"
    if definition is None:
        return f"{present} does not exist"
    if isinstance(definition.node, ast.FunctionDef):
        returns = definition.node.returns
        if returns is None or definition.resolve(returns) != BACKBONE:
            return f"{target} is not allowed: a function that is not annotated to return {BACKBONE}"
    return None


def build(node: Any, **run_time: Any) -> Any:
    """Instantiate a checked config node.

    Args:
        node: a DictConfig or dict with `_target_`; None gives None.
        run_time: arguments that only the running program knows (labels, number of classes, seed).

    Raises:
        ConfigError: a target outside the allow-list, or one that is no class (or backbone) defined where its name says.
        AssayError: whatever the class itself refuses.
    """
    from hydra.errors import InstantiationException
    from hydra.utils import instantiate

    if node is None:
        return None
    _refuse(node)
    try:
        return instantiate(_present(node), _convert_="all", **run_time)
    except InstantiationException as error:
        refusal = error.__cause__
        if isinstance(refusal, AssayError):  # Hydra's own words say where in the code, not what to mend
            raise refusal from refusal.__cause__
        raise


def _refuse(node: Any) -> None:
    """Look at everything once more where it is built: not each caller has held its node against its place."""
    place = str(node._get_full_key(None)) if type(node).__name__ == "DictConfig" else ""
    for path, inner in _mappings(node, place if kind_at(place) else ""):
        target = str(inner.get("_target_", ""))
        if target and (problem := refusal_of(target, path)) is not None:
            raise ConfigError(f"{path}._target_: {problem}".lstrip("."))
        for key in CONTROLS:
            if key in inner and (problem := refusal_of_control(key, inner[key], target)) is not None:
                raise ConfigError(f"{path}.{key}: {problem}".lstrip("."))


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
    return [str(inner["_target_"]) for _, inner in _mappings(node) if "_target_" in inner]


def _mappings(node: Any, place: str = "") -> Iterator[tuple[str, Any]]:
    """Every mapping in a node with its path; "" where that does not matter, as in a class of a plug-in."""
    if hasattr(node, "items"):
        yield place, node
        if plugin_of(str(node.get("_target_", ""))) is not None:
            place = ""
        for key, value in node.items():
            yield from _mappings(value, place and f"{place}.{key}")
    elif isinstance(node, (list, tuple)) or type(node).__name__ == "ListConfig":
        for index, value in enumerate(node):
            yield from _mappings(value, place and f"{place}[{index}]")

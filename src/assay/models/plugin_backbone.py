"""A backbone of a plug-in: where it comes from is saved beside its weights, and it is built anew from that."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from assay.config.check import check_node
from assay.config.plugins import plugin_of
from assay.config.source import definition_of, derives_from
from assay.config.targets import build
from assay.errors import ConfigError, DataError
from assay.models.backbone import Backbone

BACKBONE = f"{Backbone.__module__}.{Backbone.__qualname__}"
WEIGHTS = "weights"


def origin_of(node: Mapping[str, Any]) -> dict[str, Any] | None:
    """What is saved of a backbone's config node, plain values; None for a backbone of Assay.

    Raises:
        ConfigError: it would not be found again, because nothing says that it gives a `Backbone`.
    """
    target = str(node["_target_"])
    plugin = plugin_of(target)
    if plugin is None:
        return None
    if not gives_backbone(target):
        raise ConfigError(f"model._target_: {target} must be annotated to return {BACKBONE}, or be such a class")
    arguments = {key: value for key, value in node.items() if key not in ("_target_", WEIGHTS)}
    about = {"package": plugin.package, "distribution": plugin.distribution, "version": plugin.version}
    return {**about, "target": target, "arguments": arguments}


def empty_backbone(origin: Mapping[str, Any], size: int) -> Backbone:
    """The backbone of a saved origin, whose weights are still to come.

    Only a function of an installed plug-in that says it returns a `Backbone` is called, with checked plain values.

    Args:
        origin: as `origin_of` gave it.
        size: side of the pictures.

    Raises:
        DataError: the plug-in is not installed, or has it no more.
    """
    target = str(origin["target"])
    plugin = plugin_of(target)
    if plugin is None or not gives_backbone(target):
        distribution = origin.get("distribution", "")
        raise DataError(
            f"the backbone {target} comes from the plug-in {distribution} {origin.get('version', '')}, which is not "
            f"installed here, or has it no more; pip install {distribution}"
        )
    node = {"_target_": target, **origin["arguments"], WEIGHTS: "none"}
    try:
        check_node("backbone", node)
        backbone: Backbone = build(node, image_size=size)
        backbone.origin = dict(origin)
    except ConfigError as error:
        raise DataError(f"the backbone {target} cannot be built as it was: {error}") from error
    return backbone


def gives_backbone(target: str) -> bool:
    """Whether a function's annotation, or a class's bases, say that it gives a `Backbone`; nothing is imported."""
    definition = definition_of(target)
    if definition is None:
        return False
    returns = getattr(definition.node, "returns", None)
    return derives_from(target, BACKBONE) or (returns is not None and definition.resolve(returns) == BACKBONE)

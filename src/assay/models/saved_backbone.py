"""What is saved of a backbone beside its weights, and the backbone of that, whose weights are still to come."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from assay.config.tta import views_of
from assay.errors import ConfigError
from assay.models.backbone import Backbone, build_backbone
from assay.models.ensemble import EnsembleBackbone
from assay.models.plugin_backbone import empty_backbone
from assay.models.views import ViewedBackbone

MEMBERS, VIEWS = "backbone_members", "views"


def backbone_state(backbone: Backbone) -> dict[str, Any]:
    """Name, options, and what only some have: origin in a plug-in, members, views; as JSON can hold it."""
    if isinstance(backbone, ViewedBackbone):
        return {**backbone_state(backbone.plain), VIEWS: list(backbone.views)}
    state: dict[str, Any] = {"backbone": backbone.name, "backbone_options": backbone.options}
    if backbone.origin is not None:
        state["backbone_origin"] = backbone.origin
    if isinstance(backbone, EnsembleBackbone):
        state[MEMBERS] = [
            {**backbone_state(body), "mean": list(body.mean), "std": list(body.std)} for body in backbone.members
        ]
    return state


def backbone_from_state(state: Mapping[str, Any], size: int) -> Backbone:
    """A backbone as `backbone_state` says, whose weights are still to come.

    Args:
        state: the same, among other entries.
        size: side of the pictures.

    Raises:
        DataError: the plug-in that it comes from is not installed, or has it no more.
        KeyError, ValueError: the description is damaged.
    """
    plain = _plain(state, size)
    try:
        views = views_of(state.get(VIEWS))
    except ConfigError as error:
        raise ValueError(str(error)) from error
    return ViewedBackbone(plain, views) if views else plain


def _plain(state: Mapping[str, Any], size: int) -> Backbone:
    if "backbone_origin" in state:
        return empty_backbone(state["backbone_origin"], size)
    if MEMBERS in state:
        return EnsembleBackbone([_member(member, size) for member in state[MEMBERS]])
    return build_backbone(state["backbone"], "none", image_size=size, **state.get("backbone_options", {}))


def _member(state: Mapping[str, Any], size: int) -> Backbone:
    """A member, which is shown pictures in a scale of its own, that no buffer of the network holds."""
    backbone = backbone_from_state(state, size)
    backbone.mean, backbone.std = (tuple(float(value) for value in state[key]) for key in ("mean", "std"))
    return backbone

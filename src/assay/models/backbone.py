"""Backbone: what turns normalised pictures into embeddings, the same to its users whatever architecture is inside."""

from __future__ import annotations

import hashlib
import json
from functools import cached_property
from typing import Annotated, Any, Literal

import torch
from torch import Tensor, nn

from assay.config.bounds import AtLeast, Below
from assay.errors import ConfigError, WeightsError
from assay.models.architecture import check_tag, create_model, pretrained_config
from assay.models.baseline_cnn import BaselineCNN
from assay.models.blocks import Block, blocks_of, parameter_names_by_block
from assay.models.entry import Input, entry
from assay.models.preflight import BASELINE, HUB, check_model
from assay.models.shallow import Stages, checked, cut, pooled
from assay.models.weights import find_weights, state_dict_from_file

IMAGENET_MEAN, IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


class Backbone(nn.Module):
    """A model without its classifier: normalised pictures [B, 3, H, W] in, embeddings [B, D] out.

    Attributes:
        model: what computes.
        name: of the architecture, with the tag of the weights it started from where it has one.
        embedding_dim: D.
        mean: of the pictures that the weights expect, per channel in [0, 1].
        std: likewise.
        input: "picture", or "residual" where the model sees only what is not smooth.
        stages: of the model, after which the embedding is taken, one or several; None for all of them and the model's
            own pooling.
        origin: where it comes from, see `assay.models.plugin_backbone`; None for a backbone of Assay.
    """

    origin: dict[str, Any] | None = None

    def __init__(
        self,
        model: nn.Module,
        *,
        name: str,
        embedding_dim: int,
        mean: tuple[float, ...],
        std: tuple[float, ...],
        input: Input = "picture",  # noqa: A002  # the word of the config
        stages: int | list[int] | tuple[int, ...] | None = None,
    ) -> None:
        super().__init__()
        self.model = model
        self.entry = entry(input)
        self.input: Input = input
        self.stages: Stages | None = checked(stages)
        self.name = name
        self.embedding_dim = embedding_dim
        self.mean = tuple(mean)
        self.std = tuple(std)

    def forward(self, pictures: Tensor) -> Tensor:
        """Embeddings [B, D] of normalised pictures, float [B, 3, H, W]."""
        seen = self.entry(pictures)
        return self.model(seen) if self.stages is None else pooled(self.model, seen, self.stages)

    @property
    def options(self) -> dict[str, Any]:
        """What beside name and weights decides what it computes, as arguments of `build_backbone`; empty for most."""
        stages = list(self.stages) if isinstance(self.stages, tuple) else self.stages
        asked = {"input": self.input, "stages": stages}
        return {key: value for key, value in asked.items() if value not in ("picture", None)}

    @property
    def blocks(self) -> list[Block]:
        """The model's parts from input to output; each parameter is in exactly one."""
        return blocks_of(self.model, self._names_by_block)

    @cached_property
    def _names_by_block(self) -> list[list[str]]:
        return parameter_names_by_block(self.model)

    def cut_anew(self) -> None:
        """Find the blocks again, after layers were put into the model or taken out of it."""
        self.__dict__.pop("_names_by_block", None)

    @property
    def passes(self) -> int:
        """How many pictures a model computes for one that is shown; several where it sees more than one view."""
        return 1

    @property
    def weights(self) -> nn.Module:
        """What holds parameters and buffers: the model, or what stands in for it until it is needed."""
        return self._modules["model"]  # type: ignore[return-value]

    @property
    def undecayed(self) -> set[nn.Parameter]:
        """Parameters that weight decay must leave alone: norms, biases, and what the architecture names (positions)."""
        no_weight_decay: Any = getattr(self.model, "no_weight_decay", set)
        named = no_weight_decay()
        return {value for name, value in self.model.named_parameters() if value.ndim <= 1 or name in named}

    @property
    def digest(self) -> str:
        """Hex sha256 of architecture and of all parameters and buffers as they are now (name, type, shape, bytes)."""
        digest = hashlib.sha256(self.name.partition(".")[0].encode())
        if self.options:
            digest.update(json.dumps(self.options, sort_keys=True).encode())
        for name, value in [*self.weights.named_parameters(), *self.weights.named_buffers()]:
            stored = value.detach().cpu().contiguous()
            digest.update(json.dumps([name, str(stored.dtype), list(stored.shape)]).encode())
            digest.update(stored.reshape(-1).view(torch.uint8).numpy().data)
        return digest.hexdigest()


def build_backbone(
    name: str,
    weights: str = "pretrained",
    *,
    drop_path: Annotated[float, AtLeast(0), Below(1)] = 0.0,
    image_size: int | None = None,
    input: Literal["picture", "residual"] = "picture",  # noqa: A002  # the word of the config
    stages: Annotated[int | list[int] | None, AtLeast(1)] = None,
) -> Backbone:
    """A backbone with its weights.

    Args:
        name: of a timm architecture, with or without the tag of its weights ("resnet50.a1_in1k"), or "baseline_cnn".
        weights: "pretrained", "none", "hf-hub:owner/name", or the path of a .safetensors file or a state dict; in a
            larger model's weights the backbone's part is found.
        drop_path: rate of stochastic depth in training.
        image_size: side of the pictures, for architectures of one size, whose position embeddings are resized to it.
        input: "picture", or "residual" for what is left when a blur is subtracted, see `assay.models.entry`.
        stages: take mean and spread after this many stages as the embedding, or after several, as in [2, 3, 4], see
            `assay.models.shallow`; None takes what the whole model gives.

    Raises:
        ConfigError: no such architecture (the nearest are named), or it cannot do what is asked.
        WeightsError: the weights are missing, unreachable (said within seconds), unsafe, or do not fit.
    """
    check_model(name, weights)
    if name == BASELINE:
        return _baseline(weights, drop_path, input, stages)
    check_tag(name)
    found_weights = find_weights(name, weights)
    if found_weights is None:
        model = create_model(name, drop_path=drop_path, image_size=image_size)
    else:
        model = create_model(
            name,
            classes=found_weights.classes,
            state_dict=found_weights.state_dict,
            drop_path=drop_path,
            image_size=image_size,
        )
        model.reset_classifier(0)  # type: ignore[operator]
    config = pretrained_config(name)
    if stages is None:
        length = int(getattr(model, "head_hidden_size", None) or model.num_features)  # type: ignore[arg-type]
    else:
        length = 2 * cut(model, checked(stages) or 1, name)
    return Backbone(
        model,
        name=name,
        embedding_dim=length,
        mean=(found_weights and found_weights.mean) or config.mean,
        std=(found_weights and found_weights.std) or config.std,
        input=input,
        stages=stages,
    )


def _baseline(weights: str, drop_path: float, seen: Input, stages: int | list[int] | None) -> Backbone:
    if stages is not None:
        raise ConfigError(f"model.stages={stages}: {BASELINE} is used as a whole; leave model.stages out")
    if weights == "pretrained" or weights.startswith(HUB):
        raise WeightsError(
            f"model.weights={weights}: {BASELINE} has none; use model.weights=none or the path of a file"
        )
    if drop_path:
        raise ConfigError(f"model.drop_path={drop_path}: {BASELINE} has no stochastic depth; set it to 0")
    model = BaselineCNN()
    if weights != "none":
        stored = state_dict_from_file(weights, {key: value.shape for key, value in model.state_dict().items()})
        try:
            model.load_state_dict(stored)
        except RuntimeError as error:
            raise WeightsError(f"model.weights={weights}: does not fit {BASELINE}: {error}") from error
    return Backbone(
        model, name=BASELINE, embedding_dim=model.num_features, mean=IMAGENET_MEAN, std=IMAGENET_STD, input=seen
    )

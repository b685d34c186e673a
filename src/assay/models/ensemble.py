"""Ensemble: the networks of several trainings as one, which answers by the mean of their probabilities."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, cast

import torch
from torch import Tensor, nn

from assay.errors import ConfigError
from assay.files import digest_of
from assay.models.backbone import Backbone
from assay.models.blocks import Block
from assay.models.head import Head
from assay.models.network import Network

NAME = "ensemble"


class EnsembleBackbone(Backbone):
    """Several backbones side by side, whose embeddings of a picture are joined end to end.

    Args:
        bodies: the backbones; each is shown the picture in the scale that it was trained in.

    Attributes:
        bodies: as they were given.
    """

    def __init__(self, bodies: Sequence[Backbone]) -> None:
        nn.Module.__init__(self)
        self.bodies = nn.ModuleList(bodies)
        first = bodies[0]
        self.name, self.embedding_dim = NAME, sum(body.embedding_dim for body in bodies)
        self.mean, self.std = first.mean, first.std
        self.input, self.stages = first.input, None
        for number, body in enumerate(bodies):
            own_mean, own_std, mean, std = (
                torch.tensor(values).view(3, 1, 1) for values in (body.mean, body.std, self.mean, self.std)
            )
            self.register_buffer(f"scale_{number}", std / own_std, persistent=False)
            self.register_buffer(f"shift_{number}", (mean - own_mean) / own_std, persistent=False)

    def forward(self, pictures: Tensor) -> Tensor:
        """Embeddings [B, D] of pictures, float [B, 3, S, S], normalised as for the first backbone."""
        parts = []
        for number, body in enumerate(self.members):
            scale, shift = getattr(self, f"scale_{number}"), getattr(self, f"shift_{number}")
            same = body.mean == self.mean and body.std == self.std
            parts.append(body(pictures if same else pictures * scale + shift))
        return torch.cat(parts, dim=1)

    @property
    def members(self) -> list[Backbone]:
        """The backbones, in their order."""
        return cast("list[Backbone]", list(self.bodies))

    @property
    def model(self) -> nn.Module:  # type: ignore[override]  # there are several
        """No single one.

        Raises:
            ConfigError: always.
        """
        raise ConfigError(
            "an ensemble of several backbones has no single feature map; take explain=saliency or "
            "explain=integrated_gradients, which need none, or explain one of its members"
        )

    @property
    def weights(self) -> nn.Module:
        """What holds the parameters and buffers of all."""
        return self.bodies

    @property
    def options(self) -> dict[str, Any]:
        """None: the members have theirs."""
        return {}

    @property
    def passes(self) -> int:
        """How many pictures a model computes for one that is shown."""
        return sum(body.passes for body in self.members)

    @property
    def blocks(self) -> list[Block]:
        """The parts of all from input to output, those of the same relative depth beside each other."""
        placed = []
        for number, body in enumerate(self.members):
            parts = body.blocks
            placed += [((index + 1) / len(parts), number, part) for index, part in enumerate(parts)]
        return [part for _, _, part in sorted(placed, key=lambda entry: entry[:2])]

    @property
    def undecayed(self) -> set[nn.Parameter]:
        """Of all backbones."""
        return set().union(*(body.undecayed for body in self.members))

    @property
    def digest(self) -> str:
        """Hex sha256 of the backbones in their order, and of the scale in which each is shown a picture."""
        return digest_of([NAME, [[body.digest, list(body.mean), list(body.std)] for body in self.members]])


class EnsembleHead(Head):
    """The heads of several members, each on its part of the embedding; the logits are of their mean probability.

    Logits are the logarithm of the mean over the members of softmax(logits), so that softmax of them is that mean.
    Probabilities and not logits are averaged: the mixture of the members' distributions is what an ensemble predicts
    (Lakshminarayanan et al. 2017, section 2.4), a member that is sure cannot outvote others by the length of its
    logits, and the members need no calibration of their own: the mixture is calibrated as one (pool, then calibrate;
    Rahaman and Thiery 2021).

    Args:
        heads: of the members, in eval mode.
        places: of each member's embedding in the whole: where it starts, and its length.
        embedding_dim: D.
        classes: C.
    """

    def __init__(
        self, embedding_dim: int, classes: int, *, heads: Sequence[Head], places: Sequence[tuple[int, int]]
    ) -> None:
        super().__init__(embedding_dim, classes)
        self.heads = nn.ModuleList(heads)
        self.places = [(int(start), int(length)) for start, length in places]

    def forward(self, embeddings: Tensor) -> Tensor:
        """Logits [B, C] of embeddings [B, D]."""
        each = [
            torch.log_softmax(head(embeddings[:, start : start + length]), dim=1)
            for head, (start, length) in zip(self.heads, self.places, strict=True)
        ]
        return torch.logsumexp(torch.stack(each), dim=0) - math.log(len(each))

    def state(self) -> dict[str, Any]:
        """Kind, and what each member's head says of itself, with its place."""
        heads = cast("list[Head]", list(self.heads))
        members = [{"head": head.state(), "place": list(place)} for head, place in zip(heads, self.places, strict=True)]
        return {"kind": NAME, "members": members}


def ensemble(members: Sequence[Network]) -> Network:
    """The network that answers by the mean of the members' probabilities.

    Members with one and the same backbone, as heads on a frozen one have, share it: a picture goes through it once.

    Args:
        members: networks of the same classes, for pictures of the same size; their weights are taken over.
    """
    bodies: dict[str, Backbone] = {}
    own: list[str] = []
    for member in members:
        backbone = member.backbone
        key = digest_of([backbone.digest, list(backbone.mean), list(backbone.std)])
        bodies.setdefault(key, backbone)
        own.append(key)
    starts, end = {}, 0
    for key, body in bodies.items():
        starts[key], end = end, end + body.embedding_dim
    places = [(starts[key], bodies[key].embedding_dim) for key in own]
    backbone = next(iter(bodies.values())) if len(bodies) == 1 else EnsembleBackbone(list(bodies.values()))
    head = EnsembleHead(end, members[0].head.classes, heads=[member.head for member in members], places=places)
    return Network(backbone, head).eval()

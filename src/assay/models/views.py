"""Test-time augmentation: a backbone that is shown several views of each picture, and gives their mean embedding."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor, nn

from assay.files import digest_of
from assay.models.backbone import Backbone
from assay.models.network import Network

TRANSFORMS: Mapping[str, Callable[[Tensor], Tensor]] = {
    "identity": lambda pictures: pictures,
    "mirror": lambda pictures: pictures.flip(-1),
    "flip": lambda pictures: pictures.flip(-2),
    "half_turn": lambda pictures: pictures.flip(-1, -2),
    "transpose": lambda pictures: pictures.transpose(-1, -2),
    "quarter_turn": lambda pictures: pictures.transpose(-1, -2).flip(-2),
    "three_quarter_turn": lambda pictures: pictures.transpose(-1, -2).flip(-1),
    "anti_transpose": lambda pictures: pictures.transpose(-1, -2).flip(-1, -2),
}
"""View -> what it does to pictures [..., S, S]; turns are anticlockwise."""


class ViewedBackbone(Backbone):
    """A backbone whose embedding of a picture is the mean of its embeddings of several views.

    It shares all weights with the backbone that it is made of. A picture still has one embedding, so all that learns
    from embeddings, and every exported form, has the views inside; for a linear head the mean of the embeddings gives
    the mean of the logits.

    Attributes:
        plain: what is shown the views, all of a batch at once.
        views: their names, of `assay.config.tta.VIEWS`.

    Source: mean over mirrored and shifted views as in Krizhevsky et al. (2012), taken of the features instead of the
    answers; all eight symmetries of a square as in Dieleman et al. (2015).
    """

    def __init__(self, plain: Backbone, views: Sequence[str]) -> None:
        nn.Module.__init__(self)
        self.plain = plain
        self.views = tuple(views)
        self.name, self.embedding_dim = plain.name, plain.embedding_dim
        self.mean, self.std = plain.mean, plain.std
        self.input, self.stages, self.origin = plain.input, plain.stages, plain.origin

    def forward(self, pictures: Tensor) -> Tensor:
        """Embeddings [B, D] of normalised pictures, float [B, 3, S, S]."""
        shown = torch.cat([TRANSFORMS[view](pictures) for view in self.views])
        return self.plain(shown).unflatten(0, (len(self.views), -1)).mean(0)

    @property
    def model(self) -> nn.Module:  # type: ignore[override]  # of the backbone that it is made of
        """What computes."""
        return self.plain.model

    @property
    def weights(self) -> nn.Module:
        """What holds parameters and buffers."""
        return self.plain.weights

    @property
    def passes(self) -> int:
        """How many pictures a model computes for one that is shown."""
        return len(self.views) * self.plain.passes

    @property
    def digest(self) -> str:
        """Hex sha256 of the plain backbone and the views."""
        return digest_of(["views", list(self.views), self.plain.digest])


def with_views(network: Network, views: Sequence[str]) -> Network:
    """The network that is shown these views of each picture, with the same weights; itself where there are none."""
    return Network(ViewedBackbone(network.backbone, views), network.head).train(network.training) if views else network


def with_one_view(network: Network) -> Network:
    """The network that is shown each picture once, as it is, with the same weights.

    A map of a picture belongs to one view of it, so maps are made by this one.
    """
    plain = network.backbone
    return Network(plain.plain, network.head).train(network.training) if isinstance(plain, ViewedBackbone) else network

"""Stage: one stretch of training with one set of trained weights and one kind of input."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol


@dataclass(frozen=True)
class LowRank:
    """Adapters of a stage.

    Attributes:
        rank: of the change that each layer learns.
        alpha: scales it, by alpha / rank.
        dropout: rate in front of it, in training.
    """

    rank: int
    alpha: float
    dropout: float


@dataclass(frozen=True)
class Stage:
    """One stretch of training.

    Attributes:
        name: for logs, checkpoints and curves; unique within a run.
        epochs: most epochs it takes.
        inputs: "embeddings" trains the head alone on cached features, "images" goes through the backbone.
        blocks: how many of the backbone's last blocks are trained; None for all of them.
        lr_factor: multiplies the optimizer's learning rate.
        layer_decay: multiplies the rate once more for each block further from the head.
        batch_norm: "frozen" keeps the statistics that batch-norm layers came with (their weights train all the same);
            "train" lets them follow the batches.
        views: augmented views of each training image among the embeddings; None leaves it to the augmentation.
        sampling: "configured" draws as `sampler` says, "shuffle" every image once, "balanced" every class equally
            often.
        new_head: whether the head starts from random weights again.
        adapter: what of the backbone is trained in place of its weights; None for these.
    """

    name: str
    epochs: int
    inputs: Literal["embeddings", "images"]
    blocks: int | None = None
    lr_factor: float = 1.0
    layer_decay: float = 1.0
    batch_norm: Literal["frozen", "train"] = "train"
    views: int | None = 0
    sampling: Literal["configured", "shuffle", "balanced"] = "configured"
    new_head: bool = False
    adapter: LowRank | None = None


class Finetune(Protocol):
    """A schedule: the stages that a run goes through, in order.

    A class says of itself whether it `corrects_frequencies` of classes, and where it never looks at a picture twice,
    `embeddings_only = True`.
    """

    def stages(self) -> tuple[Stage, ...]:
        """Stages in the order in which they are trained."""
        ...

"""RetrainClassifier: features from the data as they are, then a new head from balanced data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from assay.config.bounds import Above, AtLeast, Between
from assay.models.finetune.stage import Stage


@dataclass(frozen=True)
class RetrainClassifier:
    """Decoupled training: imbalance spoils the classifier, balancing spoils the features, so each is trained without.

    The head is prepared on embeddings and the network finetuned, both on all images equally often; then a new head is
    trained on the embeddings of the finetuned, now frozen backbone, with every class drawn equally often.

    Attributes:
        head_epochs: most epochs of the first head; 0 leaves it out, as for a network from scratch.
        epochs: most epochs of the finetuning; 0 leaves it out, and the backbone stays as it is.
        classifier_epochs: most epochs of the new head.
        blocks: how many of the last blocks are finetuned; None for all of them.
        lr_factor: multiplies the learning rate of the finetuning.
        layer_decay: multiplies the rate once more for each block further from the head.
        batch_norm: of the finetuning, see `TwoStage`.

    Source: Kang et al. (2020), "Decoupling representation and classifier for long-tailed recognition", cRT.
    """

    corrects_frequencies: ClassVar[bool] = True

    head_epochs: Annotated[int, AtLeast(0)] = 60
    epochs: Annotated[int, AtLeast(0)] = 15
    classifier_epochs: Annotated[int, AtLeast(1)] = 60
    blocks: Annotated[int | None, AtLeast(1)] = None
    lr_factor: Annotated[float, Above(0)] = 0.1
    layer_decay: Annotated[float, Between(0, 1)] = 1.0
    batch_norm: Literal["frozen", "train"] = "frozen"

    def stages(self) -> tuple[Stage, ...]:
        """The head, the network, a new head."""
        head = Stage("head", self.head_epochs, "embeddings", blocks=0, sampling="shuffle")
        features = Stage(
            "finetune",
            self.epochs,
            "images",
            blocks=self.blocks,
            lr_factor=self.lr_factor,
            layer_decay=self.layer_decay,
            batch_norm=self.batch_norm,
            sampling="shuffle",
        )
        classifier = Stage(
            "classifier", self.classifier_epochs, "embeddings", blocks=0, sampling="balanced", new_head=True
        )
        return tuple(stage for stage in (head, features, classifier) if stage.epochs)

"""Distill: cross-entropy with the labels, and with what a teacher answered about the same training images."""

from __future__ import annotations

from typing import Annotated, ClassVar

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from assay.config.bounds import Above, Between
from assay.models.losses.class_weights import Labels
from assay.predictions import FloatArray


class Distill(nn.Module):
    """Cross-entropy of the labels, and divergence from the softened answers of a teacher, mean over the batch.

    (1 - weight) · CE(labels, student) + weight · T² · KL(softmax(teacher / T) ‖ softmax(student / T)). The factor T²
    keeps the gradients of both parts in proportion when the temperature changes. The teacher's answer about an image is
    the one that was recorded, about the picture as it is, whatever augmented view the student is shown.

    Args:
        teacher: id of the run that the logits are of.
        temperature: T, by which logits are divided.
        weight: of the teacher, from 0 (labels alone) to 1 (the teacher alone).
        labels: of the training images, int [N].
        teacher_logits: [N, C], the teacher's for the same images, before calibration.

    Raises:
        ValueError: there is not one row of logits for each label.

    Source: Hinton, Vinyals and Dean (2015), "Distilling the knowledge in a neural network", section 2.
    """

    corrects_frequencies: ClassVar[bool] = False
    asks_for_rows: ClassVar[bool] = True

    labels: Tensor
    softened: Tensor

    def __init__(
        self,
        teacher: str,
        temperature: Annotated[float, Above(0)] = 2.0,
        weight: Annotated[float, Between(0, 1)] = 0.5,
        *,
        labels: Labels,
        teacher_logits: FloatArray,
    ) -> None:
        super().__init__()
        if len(labels) != len(teacher_logits):
            raise ValueError(f"{len(labels)} labels, and logits of the teacher for {len(teacher_logits)} images")
        self.teacher, self.temperature, self.weight = teacher, temperature, weight
        logits = torch.from_numpy(np.array(teacher_logits, dtype=np.float64))
        softened = torch.softmax(logits / temperature, dim=1).float()
        self.register_buffer("labels", torch.as_tensor(np.array(labels, dtype=np.int64)), persistent=False)
        self.register_buffer("softened", softened, persistent=False)

    def forward(self, logits: Tensor, rows: Tensor) -> Tensor:
        """The loss, a scalar, of logits [B, C] for training images by their row among `labels`, int64 [B]."""
        hard = functional.cross_entropy(logits, self.labels[rows])
        student = functional.log_softmax(logits / self.temperature, dim=1)
        soft = functional.kl_div(student, self.softened[rows], reduction="batchmean")
        return (1 - self.weight) * hard + self.weight * self.temperature**2 * soft

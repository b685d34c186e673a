"""KnnHead: the classes of the nearest training images, each by how near it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, ClassVar

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from assay.config.bounds import AtLeast, Between
from assay.errors import TrainingError
from assay.models.solved_head import SolvedHead, TrainingRows
from assay.predictions import FloatArray

NEIGHBOURS = (5, 10, 20, 50, 100, 200)
TEMPERATURES = (0.02, 0.05, 0.07, 0.1, 0.2, 0.5)
JUDGED = 4000
"""Training rows that judge number and temperature, at most; they lie evenly among all."""
AT_A_TIME = 500
MOST_ROWS = 50_000
"""More training rows make an answer slower than a network of many layers, and a bundle larger."""


class KnnHead(SolvedHead):
    """Weighted nearest neighbours: exp(cosine / temperature) votes for the class of each of the k nearest.

    Embeddings are standardised and brought to unit length. Votes become probabilities as if one more neighbour, of no
    class, had voted with the mean weight: no class is impossible, and the order of the classes stays. The logits are
    their logarithms. The embeddings of all training images are part of the head, and of what is served: whoever may
    not have something of those images may not have the bundle.

    Args:
        k: neighbours; None chooses among 5 to 200.
        temperature: of the votes; None chooses among 0.02 to 0.5.
        embedding_dim: D.
        classes: C.

    Source: Wu et al. (2018), section 3.4, and Caron et al. (2021), DINO, who take k = 20 and a temperature of 0.07.
    What is chosen has the smallest negative log-likelihood of training images among those of other groups.
    """

    method: ClassVar[str] = "knn"

    bank: Tensor

    def __init__(
        self,
        embedding_dim: int,
        classes: int,
        *,
        k: Annotated[int | None, AtLeast(1)] = 20,
        temperature: Annotated[float | None, Between(0.001, 10)] = 0.07,
    ) -> None:
        super().__init__(embedding_dim, classes)
        self.k = k
        self.temperature = temperature
        self.hold_(0)

    def hold_(self, rows: int) -> None:
        """Make room for training embeddings, whose values are still to come."""
        self.register_buffer("bank", torch.zeros(rows, self.embedding_dim))
        self.votes = nn.Parameter(torch.zeros(rows, self.classes))

    def forward(self, embeddings: Tensor) -> Tensor:
        """Logits [B, C] of embeddings [B, D]; zero before the head is solved."""
        if not self.bank.shape[0]:
            return embeddings.new_zeros(embeddings.shape[0], self.classes)
        assert self.k is not None
        assert self.temperature is not None
        near, rows = (self._unit(embeddings) @ self.bank.T).topk(self.k, dim=1)
        voted = torch.softmax(near / self.temperature, dim=1)[:, None] @ self.votes[rows]
        return _smoothed(voted[:, 0], self.k, self.classes).log()

    def solve_(self, rows: TrainingRows) -> str:
        """Take the training embeddings as neighbours; choose what was left open.

        Raises:
            TrainingError: there are more rows than can be searched for each answer.
        """
        count = len(rows.labels)
        if count > MOST_ROWS:
            raise TrainingError(
                f"head=knn would hold {count} training embeddings, images times views, and takes {MOST_ROWS} at most; "
                "another head learns from any number"
            )
        self.hold_(count)
        with torch.no_grad():
            self.bank.copy_(self._unit(torch.as_tensor(rows.embeddings)))
            self.votes[torch.arange(count), torch.as_tensor(rows.labels)] = torch.as_tensor(
                rows.weights, dtype=torch.float32
            )
        asked_k, asked_temperature = self.k, self.temperature
        temperatures = TEMPERATURES if asked_temperature is None else (asked_temperature,)
        numbers = sorted({min(number, count) for number in (NEIGHBOURS if asked_k is None else (asked_k,))})
        if len(numbers) == 1 and len(temperatures) == 1:
            self.k, self.temperature = numbers[0], temperatures[0]
            return (
                f"Nearest neighbours among {count} training embeddings: k = {self.k}, temperature {self.temperature:g}."
            )
        losses = self._losses(rows, numbers, temperatures)
        best = np.unravel_index(losses.argmin(), losses.shape)
        self.k, self.temperature = numbers[best[0]], temperatures[best[1]]
        return (
            f"Nearest neighbours among {count} training embeddings: k {self.k} and temperature {self.temperature:g} "
            f"were chosen on training images by those of other groups (negative log-likelihood {losses[best]:.3f})."
        )

    def state(self) -> dict[str, Any]:
        """Kind, neighbours, temperature, and how many training embeddings there are."""
        return {"kind": "knn", "k": self.k, "temperature": self.temperature, "rows": len(self.bank)}

    def _unit(self, embeddings: Tensor) -> Tensor:
        return functional.normalize(self.standardize(embeddings), dim=1)

    @torch.inference_mode()
    def _losses(self, rows: TrainingRows, numbers: Sequence[int], temperatures: Sequence[float]) -> FloatArray:
        """[K, T] float64, the weighted mean loss of training rows by rows of other groups."""
        judged = np.unique(np.linspace(0, len(rows.labels) - 1, JUDGED).round().astype(np.int64))
        group_of = torch.from_numpy(np.unique(rows.groups, return_inverse=True)[1])
        weights = torch.as_tensor(rows.weights[judged])
        total = torch.zeros(len(numbers), len(temperatures), dtype=torch.float64)
        for start in range(0, len(judged), AT_A_TIME):
            part = torch.from_numpy(judged[start : start + AT_A_TIME])
            cosines = self.bank[part] @ self.bank.T
            cosines[group_of[part][:, None] == group_of] = -torch.inf
            near, neighbours = cosines.topk(numbers[-1], dim=1)
            votes = self.votes[neighbours]
            true = torch.as_tensor(rows.labels)[part]
            for row, number in enumerate(numbers):
                for column, temperature in enumerate(temperatures):
                    # Of a training of one group there is no other: nobody votes, and every class is as probable.
                    share = torch.softmax(near[:, :number] / temperature, dim=1).nan_to_num(0.0)
                    voted = _smoothed((share[:, None] @ votes[:, :number])[:, 0], number, self.classes)
                    loss = -voted[torch.arange(len(part)), true].double().log()
                    total[row, column] += (weights[start : start + AT_A_TIME] * loss).sum()
        return (total / weights.sum()).numpy()


def _smoothed(voted: Tensor, k: int, classes: int) -> Tensor:
    """Probabilities [B, C] of votes [B, C]."""
    share = voted / voted.sum(dim=1, keepdim=True).clamp(min=1e-12)
    return (k * share + 1 / classes) / (k + 1)

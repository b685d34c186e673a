"""Solve a head from stored embeddings: one step, recorded as one epoch."""

from __future__ import annotations

from typing import Any

import torch
from torch.nn.functional import cross_entropy
from torch.utils.data import DataLoader

from assay.models.epochs import check_best
from assay.models.head_training import EpochLog, HeadTraining
from assay.models.solved_head import SolvedHead, TrainingRows
from assay.models.val_scores import scores_of
from assay.progress import Clock

BLOCK = 4096


def solve_head(training: HeadTraining, rows: TrainingRows, val: DataLoader[Any], *, log: EpochLog | None = None) -> str:
    """Solve the head of a network, and record its scores as the one epoch of the stage.

    Args:
        training: its network's head is a `SolvedHead`.
        rows: that the head is solved from.
        val: batches of (embeddings [B, D], labels [B]).
        log: takes the metrics.

    Returns:
        The head's sentence for the report.
    """
    head = training.network.head
    assert isinstance(head, SolvedHead)
    clock = Clock()
    sentence = head.solve_(rows)
    clock.lap("fit")
    scores = {"train/loss": _loss(head, rows), **scores_of(head, val), "lr": 0.0}
    training.fit_seconds = clock.seconds["fit"]
    training.history.append({"epoch": 0, **scores})
    if log is not None:
        log.add(0, scores)
        log.flush()
    check_best(training.history, 0, training.stage.name, 0.0)
    return sentence


@torch.inference_mode()
def _loss(head: SolvedHead, rows: TrainingRows) -> float:
    head.eval()
    vectors, labels = torch.from_numpy(rows.embeddings), torch.from_numpy(rows.labels)
    parts = zip(vectors.split(BLOCK), labels.split(BLOCK), strict=True)
    losses = torch.cat([cross_entropy(head(part), true, reduction="none") for part, true in parts])
    return float((losses * torch.from_numpy(rows.weights)).mean())

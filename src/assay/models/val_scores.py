"""What a head or a whole network answers about val, as the metrics of an epoch."""

from __future__ import annotations

from typing import Any

import torch
from torch.nn.functional import cross_entropy
from torch.utils.data import DataLoader

from assay.models.confusion_scores import accuracy, macro_f1
from assay.models.epochs import as_scores
from assay.models.head import Head
from assay.models.network import Network


@torch.inference_mode()
def scores_of(model: Head | Network, val: DataLoader[Any]) -> dict[str, float]:
    """The val metrics by their logged names, computed in float32; the model is left in eval mode.

    Args:
        model: from embeddings, or from pictures, to logits.
        val: batches of (embeddings [B, D] or pictures [B, 3, S, S], labels [B]).
    """
    model.eval()
    head = model.head if isinstance(model, Network) else model
    device = head.standardize.mean.device
    batches = [(model(inputs.to(device)).float().cpu(), labels) for inputs, labels in val]
    loss = torch.cat([cross_entropy(logits, labels, reduction="none") for logits, labels in batches]).mean()
    predicted = torch.cat([logits.argmax(dim=1) for logits, _ in batches])
    labels = torch.cat([labels for _, labels in batches])
    f1 = macro_f1(predicted, labels, head.classes)
    scores = as_scores(loss, macro_f1=f1, accuracy=accuracy(predicted, labels))
    return {name: float(value) for name, value in scores.items()}

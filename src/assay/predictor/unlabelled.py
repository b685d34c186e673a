"""What a network says about decoded pictures whose classes nobody knows, as `Predictions`."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from assay.data.image import Pixels
from assay.data.quality import STATISTICS, statistics_of
from assay.predictions import UNLABELLED, FloatArray, Predictions


def unlabelled_predictions(
    images: Sequence[Pixels], logits: FloatArray, embeddings: FloatArray, class_names: tuple[str, ...], *, ordered: bool
) -> Predictions:
    """Predictions about decoded pictures whose classes nobody knows.

    Args:
        images: N pictures as they came, uint8 RGB [H, W, 3].
        logits: [N, C], before calibration.
        embeddings: [N, D].
        class_names: C names.
        ordered: whether the classes are grades.
    """
    names = np.array([f"picture {index + 1}" for index in range(len(images))])
    return Predictions(
        ids=names,
        groups=names,
        split=UNLABELLED,
        labels=np.full(len(images), -1),
        class_names=class_names,
        logits=logits,
        ordered=ordered,
        embeddings=embeddings,
        statistics=np.stack([statistics_of(image) for image in images]),
        statistics_names=STATISTICS,
    )

"""The training images that INT8 is made by."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from assay.data.generated import generated_helpers
from assay.data.manifest import Manifest
from assay.data.stratified import divide
from assay.errors import BundleError
from assay.predictor import Predictor, decoded


def training_images(manifest: Manifest, images: int) -> Manifest:
    """At most so many images of `train`, stratified by class; none that was generated to help.

    Raises:
        BundleError: there are none.
    """
    # INT8 is fitted to what it will be asked about: photographs, where generated images only helped.
    train = replace(manifest, table=manifest.table[~generated_helpers(manifest)]).only("train")
    if len(train) == 0:
        raise BundleError("INT8 takes the ranges of activations from training images, and there are none")
    share = divide(train.labels, train.groups.tolist(), [images, max(0, len(train) - images)], seed=0)
    return replace(train, table=train.table[share == 0])


def network_inputs(predictor: Predictor, manifest: Manifest) -> NDArray[np.float32]:
    """The images as the test transform makes them, normalised, [N, 3, S, S]."""
    pixels = predictor.pixels([decoded(path, str(path), predictor.samples) for path in manifest.paths])
    mean, std = (value.detach().cpu().numpy() for value in (predictor.network.mean, predictor.network.std))
    normalised: NDArray[np.float32] = ((pixels.astype(np.float32) - mean) / std).astype(np.float32)
    return normalised

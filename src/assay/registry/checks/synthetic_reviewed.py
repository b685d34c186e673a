"""SyntheticReviewed: generated images that helped in training have been looked at."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from assay.data.generated import generated_helpers
from assay.data.manifest import Manifest
from assay.registry.case import Case
from assay.registry.check import Check, Found

REVIEW = "assay.synthetic.review"
DISTANCES = ("synthetic/kid/", "synthetic/fid/")


@dataclass(frozen=True)
class SyntheticReviewed(Check):
    """A distance to real images, FID or KID, for each class with generated training images, and a person's verdict.

    Where telling generated from real is the task itself, the images of the classes whose test images are generated too
    are what is learned, not a help, and need no review.
    """

    @property
    def asked(self) -> str:
        """What is asked for."""
        return "Generated training images have their FID or KID for each class, and a verdict of a review"

    def look(self, case: Case) -> Found:
        """Count them, and look for distances and verdict in the run."""
        used = _per_class(case.run.manifest)
        if not used:
            return Found(True, "none used")
        metrics, tags = case.run.record.metrics, case.run.record.tags
        lacking = [
            name
            for name in used
            if not any(math.isfinite(metrics.get(f"{kind}{name}", math.nan)) for kind in DISTANCES)
        ]
        shown = f"{sum(used.values()):,} generated training images in {len(used)} classes"
        if lacking:
            return Found(False, f"{shown}; without FID or KID: {', '.join(lacking)} (synthetic/kid/<class> of the run)")
        if not (verdict := tags.get(REVIEW, "").strip()):
            return Found(False, f"{shown}; nobody has reviewed them (tag {REVIEW} of the run)")
        return Found(True, f"{shown}, reviewed: {verdict[:120]}")


def _per_class(manifest: Manifest) -> dict[str, int]:
    """Class -> generated training images that helped, for the classes that have any."""
    labels = manifest.labels[generated_helpers(manifest)]
    counts = np.bincount(labels, minlength=len(manifest.class_names))
    return {name: int(n) for name, n in zip(manifest.class_names, counts, strict=True) if n}

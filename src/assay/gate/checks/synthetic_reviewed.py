"""SyntheticReviewed: generated images that helped in training have been measured, and somebody decided to keep them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np

from assay.config.bounds import Between
from assay.data.generated import generated_helpers
from assay.data.manifest import Manifest
from assay.errors import DataError, TrackingError
from assay.evaluation.intervals import wilson_interval
from assay.gate.case import Case
from assay.gate.check import Check, Finding
from assay.gate.measured_run import MeasuredRun
from assay.gate.verdict import CheckPart
from assay.synthetic.training.desk_review import DeskReview, desk_refusal
from assay.synthetic.training.review import HOW, TAG, SyntheticReview, parse_review
from assay.tracking.limits import legal_name

CONFIDENCE = 0.95
DISTANCES = ("synthetic/kid/", "synthetic/fid/")


@dataclass(frozen=True)
class SyntheticReviewed(Check):
    """A distance to real images, FID or KID, for each class with generated training images, and a review that keeps.

    The review is the decision of an A/B study about just these images, as the run recorded it when it was trained, or a
    person's verdict with a name and a reason; see `assay.synthetic.training.review`. What reviewers at the desk decided
    counts for the images that their sample was drawn from, and for no others. Where telling generated from real
    is the task itself, the images of the classes whose test images are generated too are what is learned, not a help,
    and need no review.

    Attributes:
        plausible: share of each generator's images of a class that reviewers at the desk must find plausible, surely:
            whatever limit and level their verdict was given with.
    """

    stricter: ClassVar[dict[str, str]] = {"plausible": "higher"}
    plausible: Annotated[float, Between(0.01, 0.99)] = 0.8

    @property
    def asked(self) -> str:
        """What is asked for."""
        return "Generated training images have their FID or KID for each class, and a study or a person keeps them"

    def evaluate(self, case: Case) -> Finding:
        """Count them, and look for distances and review in the run."""
        used = _per_class(case.run.manifest)
        if not used:
            return Finding(True, "none used")
        metrics = case.run.record.metrics
        lacking = [
            name
            for name in used
            if not any(math.isfinite(metrics.get(legal_name(f"{kind}{name}"), math.nan)) for kind in DISTANCES)
        ]
        shown = f"{sum(used.values()):,} generated training images in {len(used)} classes"
        if lacking:
            return Finding(
                False, f"{shown}; without FID or KID: {', '.join(lacking)} (synthetic/kid/<class> of the run)"
            )
        text = case.run.record.tags.get(TAG, "").strip()
        if not text:
            return Finding(
                False,
                f"{shown}; nobody has reviewed them. A study may decide, or reviewers at the desk: assay review sample "
                f"run={case.run.run_id[:8]}; or {HOW}",
            )
        try:
            review = parse_review(text)
        except DataError as error:
            return Finding(False, f"{shown}; {error}")
        if review.batch:
            return _by_desk(review, text, shown, case.run, self.plausible)
        if refusal := _refusal(review, text, case.run):
            return Finding(False, f"{shown}; {refusal}")
        return Finding(True, f"{shown}, reviewed: {review}"[:240])


def _refusal(review: SyntheticReview, text: str, run: MeasuredRun) -> str:
    """Why a review lets nothing through; "" where it does."""
    if review.word != "keep":
        return f'reviewed: "{review}"; only images that are kept may help. Train without them'
    if not review.study:
        return ""
    if review.elsewhere:
        return f'reviewed: "{review}"; run that study with the data of this run, or {HOW}'
    if _recorded(run) != text:
        return f'the run did not record "{review}" when it was trained; {HOW}'
    return ""


def _by_desk(review: SyntheticReview, text: str, shown: str, run: MeasuredRun, plausible: float) -> Finding:
    """What reviewers decided, with the share of each generator and class that they found plausible."""
    try:
        recorded = run.desk_reviews.current
    except (DataError, TrackingError) as error:
        return Finding(False, f'{shown}; reviewed: "{review}", but the run holds no record of that: {error}')
    parts = _shares(recorded, plausible)
    if str(recorded.review) != text:
        return Finding(False, f'{shown}; reviewed: "{review}", and the record of the run says "{recorded.review}"')
    if refusal := desk_refusal(recorded, run.used_images) if recorded.word == "keep" else "":
        return Finding(False, f"{shown}; {refusal}: {HOW}", parts, plausible)
    if recorded.word != "keep":
        lacks = f"; {recorded.lacks}" if recorded.lacks else ""
        asked = "look at more of them, or train without them" if recorded.word == "undecided" else "train without them"
        return Finding(False, f"{shown}, reviewed: {review}; {asked}{lacks}", parts, plausible)
    if below := [part.of for part in parts if not part.passed]:
        asked = f"this gate asks that surely {plausible:g} are plausible, which is not shown of {', '.join(below)}"
        return Finding(False, f"{shown}, reviewed: {review}; {asked}", parts, plausible)
    return Finding(True, f"{shown}, reviewed: {review}", parts, plausible)


def _shares(recorded: DeskReview, plausible: float) -> tuple[CheckPart, ...]:
    """The share of plausible images of each generator and class, and whether it is surely large enough.

    It is counted anew from what was accepted of what was drawn: a verdict may have been given at a lower level.
    """
    parts = []
    for row in recorded.rows:
        ends = wilson_interval(row.accepted, row.sampled, confidence=max(recorded.confidence, CONFIDENCE))
        low = ends[0] if ends else 0.0
        lack = max(0.0, plausible - low) if low <= plausible else None
        parts.append(CheckPart(row.title, row.rate, lack is None, lack))
    return tuple(parts)


def _recorded(run: MeasuredRun) -> str:
    """What the run wrote down about its generated images before it was trained; "" for nothing."""
    try:
        return run.generated_use.review
    except (DataError, TrackingError):
        return ""


def _per_class(manifest: Manifest) -> dict[str, int]:
    """Class -> generated training images that helped, for the classes that have any."""
    labels = manifest.labels[generated_helpers(manifest)]
    counts = np.bincount(labels, minlength=len(manifest.class_names))
    return {name: int(n) for name, n in zip(manifest.class_names, counts, strict=True) if n}

"""SyntheticReviewed: generated images that helped in training have been measured, and somebody decided to keep them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from assay.data.generated import generated_helpers
from assay.data.manifest import Manifest
from assay.errors import DataError, TrackingError
from assay.gate.case import Case
from assay.gate.check import Check, Finding
from assay.gate.measured_run import MeasuredRun
from assay.gate.verdict import CheckPart
from assay.synthetic.training.desk_review import DeskReview, desk_refusal
from assay.synthetic.training.review import HOW, TAG, Review, parse_review
from assay.tracking.limits import legal_name

DISTANCES = ("synthetic/kid/", "synthetic/fid/")


@dataclass(frozen=True)
class SyntheticReviewed(Check):
    """A distance to real images, FID or KID, for each class with generated training images, and a review that keeps.

    The review is the decision of an A/B study about just these images, as the run recorded it when it was trained, or a
    person's verdict with a name and a reason; see `assay.synthetic.training.review`. What reviewers at the desk decided
    counts for the images that their sample was drawn from, and for no others. Where telling generated from real
    is the task itself, the images of the classes whose test images are generated too are what is learned, not a help,
    and need no review.
    """

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
            return _by_desk(review, text, shown, case.run)
        if refusal := _refusal(review, text, case.run):
            return Finding(False, f"{shown}; {refusal}")
        return Finding(True, f"{shown}, reviewed: {review}"[:240])


def _refusal(review: Review, text: str, run: MeasuredRun) -> str:
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


def _by_desk(review: Review, text: str, shown: str, run: MeasuredRun) -> Finding:
    """What reviewers decided, with the share of each generator and class that they found plausible."""
    try:
        recorded = run.desk_reviews.current
    except (DataError, TrackingError) as error:
        return Finding(False, f'{shown}; reviewed: "{review}", but the run holds no record of that: {error}')
    parts = _shares(recorded)
    if str(recorded.review) != text:
        return Finding(False, f'{shown}; reviewed: "{review}", and the record of the run says "{recorded.review}"')
    if refusal := desk_refusal(recorded, run.used_images) if recorded.word == "keep" else "":
        return Finding(False, f"{shown}; {refusal}: {HOW}", parts, recorded.bound)
    if recorded.word != "keep":
        lacks = f"; {recorded.lacks}" if recorded.lacks else ""
        asked = "look at more of them, or train without them" if recorded.word == "undecided" else "train without them"
        return Finding(False, f"{shown}, reviewed: {review}; {asked}{lacks}", parts, recorded.bound)
    return Finding(True, f"{shown}, reviewed: {review}", parts, recorded.bound)


def _shares(recorded: DeskReview) -> tuple[CheckPart, ...]:
    """The share of plausible images of each generator and class, with the interval that decides about it."""
    parts = []
    for row in recorded.rows:
        lack = max(0.0, recorded.bound - row.low) if row.word != "keep" else None
        parts.append(CheckPart(row.title, row.rate, row.word == "keep", lack))
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

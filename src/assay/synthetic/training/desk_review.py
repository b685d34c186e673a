"""DeskReview: what reviewers at the desk decided about the generated images of a run, as a file of the run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from assay.data.generated import generated_helpers
from assay.data.manifest import Manifest
from assay.errors import DataError
from assay.evaluation.record import load_record, save_record
from assay.measurement import Measurement
from assay.review.samples.drawn import set_digests
from assay.review.samples.judged import JudgedClass, JudgedSample, Word
from assay.synthetic.training.review import SyntheticReview

SCHEMA_VERSION = 1
MOST = 12
"""Generators and classes that a tag lists; all of them are in the file."""
Used = Mapping[tuple[str, str], frozenset[str]]
"""(generator, class) of images that helped in a training -> digests of the sets that they were drawn from."""


@dataclass(frozen=True)
class DeskReview:
    """What reviewers decided about the generated images that a run was trained on, by a sample of them.

    Attributes:
        word: "keep" where every generator and class that was trained on is kept, "discard" where one is discarded,
            else "undecided".
        batch: name of the sample.
        bound: share of plausible images that is asked for.
        confidence: of the intervals.
        rows: of generators and classes that the run was trained on.
        missing: those that no image of the sample stands for.
        reviewers: who have chosen.
        reviews: that stand.
        agreement: share of pairs of choices that are the same, before an arbiter decides.
        alpha: Krippendorff's.
        time: UTC, when it was decided.
        line: of the service's audit trail that holds it.
        seal: hex sha256 of that line.
    """

    word: Word
    batch: str
    bound: float
    confidence: float
    rows: tuple[JudgedClass, ...]
    missing: tuple[str, ...]
    reviewers: int
    reviews: int
    agreement: Measurement
    alpha: Measurement
    time: str = ""
    line: int = 0
    seal: str = ""

    @property
    def lacks(self) -> str:
        """What would decide it; "" where it is decided."""
        unseen = (f"{title}: nobody has looked at these images" for title in self.missing)
        return "; ".join([*unseen, *(row.lacks for row in self.rows if row.lacks)])

    @property
    def review(self) -> SyntheticReview:
        """As the tag of a run says it."""
        several = len({row.word for row in self.rows}) > 1 or self.missing
        worst_first = sorted(self.rows, key=lambda row: ("discard", "undecided", "keep").index(row.word))
        reasons = [f"{row.words}{f' ({row.word})' if several else ''}" for row in worst_first[:MOST]]
        reasons += [f"and {len(self.rows) - MOST} more"] if len(self.rows) > MOST else []
        reasons += [f"{title} not looked at" for title in self.missing[:MOST]]
        alpha = self.alpha.value
        agreed = "alpha undefined" if alpha is None else f"alpha {alpha:.2f}"
        several_reviewers = "" if self.reviewers == 1 else "s"
        images = self.rows[0].stratum.sets[0][:12]
        why = f"{', '.join(reasons)}, against {self.bound:g}; {self.reviews} reviews, {agreed}; batch {self.batch}, "
        why += f"set {images}, line {self.line} of the audit trail"
        return SyntheticReview(
            self.word, f"{self.reviewers} reviewer{several_reviewers} at the desk", why, batch=self.batch
        )

    def same_as(self, other: DeskReview) -> bool:
        """Whether both say the same, whenever they were written down."""
        return replace(self, time="", line=0, seal="") == replace(other, time="", line=0, seal="")


@dataclass(frozen=True)
class Overruled:
    """A review that holds no longer.

    Attributes:
        review: as the tag said it.
        reason: why it holds no longer.
        by: who overruled it.
        time: UTC.
    """

    review: str
    reason: str
    by: str
    time: str


@dataclass(frozen=True)
class DeskReviews:
    """The review that holds, and those before it.

    Attributes:
        current: the one that holds.
        overruled: the oldest first.
    """

    current: DeskReview
    overruled: tuple[Overruled, ...] = ()

    def save(self, path: Path) -> None:
        """Write one JSON file, whole or not at all."""
        save_record(path, self, schema=SCHEMA_VERSION)

    @classmethod
    def load(cls, path: Path) -> DeskReviews:
        """Read what `save` wrote.

        Raises:
            DataError: the file cannot be read, or holds something else.
        """
        return load_record(path, cls, "review of generated images", schema=SCHEMA_VERSION)


def used_images(manifest: Manifest, given: str = "") -> Used:
    """Which generated images helped in a training.

    Args:
        manifest: of the run.
        given: digest of the generated images that were given to it, of which it may have drawn a part; "" for unknown.
    """
    helpers = helping_images(manifest)
    if helpers is None:
        return {}
    sets = set_digests(helpers)
    names = [helpers.class_names[label] for label in helpers.labels]
    pairs = sorted(set(zip(helpers.table["generator"].astype(str), names, strict=True)))
    return {pair: frozenset({*sets[pair[0]], *([given] if given else [])}) for pair in pairs}


def helping_images(manifest: Manifest) -> Manifest | None:
    """The generated images that helped in a training; None where there are none."""
    rows = generated_helpers(manifest)
    return replace(manifest, table=manifest.table[rows]) if rows.any() else None


def decide_by_desk(judged: JudgedSample, used: Used) -> DeskReview:
    """What the sample says about the images that a run was trained on.

    Args:
        judged: the sample.
        used: what the run was trained on.

    Raises:
        DataError: the sample stands for none of them.
    """
    rows = tuple(row for row in judged.rows if _stands_for(row, used))
    if not rows:
        listed = ", ".join(f"{generator}/{name}" for generator, name in used) or "none"
        raise DataError(f"the batch {judged.batch} stands for none of the generated images of the run ({listed})")
    known = {row.title for row in rows}
    missing = tuple(title for generator, name in used if (title := f"{generator}/{name}") not in known)
    words = {row.word for row in rows}
    word: Word = "discard" if "discard" in words else "keep" if words == {"keep"} and not missing else "undecided"
    numbers = judged.reviewers, judged.reviews, judged.agreement, judged.alpha
    return DeskReview(word, judged.batch, judged.bound, judged.confidence, rows, missing, *numbers)


def desk_refusal(review: DeskReview, used: Used) -> str:
    """Why a review of the desk does not let the images of a run through; "" where it does."""
    known = {row.title for row in review.rows if row.word == "keep" and _stands_for(row, used)}
    others = [title for generator, name in used if (title := f"{generator}/{name}") not in known]
    if others:
        return f"the review at the desk is not about these images of {', '.join(others)}"
    return ""


def _stands_for(row: JudgedClass, used: Used) -> bool:
    kind = row.stratum
    return bool(used.get((kind.generator, kind.name), frozenset()) & set(kind.sets))

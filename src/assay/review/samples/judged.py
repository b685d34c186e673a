"""Judged: what reviewers made of a sample of generated images: keep, discard or undecided, for each kind of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sqlalchemy import Connection

from assay.evaluation.intervals import wilson_interval
from assay.evaluation.resampling import Resampling
from assay.files import sha256_of_file
from assay.measurement import Measurement
from assay.review.forms.form import Form
from assay.review.item import SETTLED, ReviewItem
from assay.review.report.agreed import agreement_of
from assay.review.report.counting import share_of
from assay.review.report.material import STUDY, material_of
from assay.review.samples.drawn import Drawn, Stratum
from assay.review.samples.queued import FORM, sample_items

Word = Literal["keep", "discard", "undecided"]
MOST = 100_000
NOBODY = Measurement(None, None, None, 0, "undefined: nobody has chosen yet")


@dataclass(frozen=True)
class JudgedClass:
    """What was said of the images of one generator and class.

    Attributes:
        stratum: that the sample stands for.
        sampled: images that were drawn.
        accepted: of those that a decision was made about.
        rate: share of accepted ones of those.
        open: drawn ones that nobody has decided about, that reviewers leave open, or whose file was changed since.
        low: lower limit of the share, were all that is open refused.
        high: upper limit, were all that is open accepted.
        word: "keep" where `low` is above the bound, "discard" where `high` is below it, else "undecided".
        more: images that would decide it if they are accepted as often; None where it is decided, or none would do.
    """

    stratum: Stratum
    sampled: int
    accepted: int
    rate: Measurement
    open: int
    low: float
    high: float
    word: Word
    more: int | None

    @property
    def title(self) -> str:
        """For people: `gan/jade`."""
        return self.stratum.title

    @property
    def words(self) -> str:
        """The share in words: `gan/jade 46 of 50 plausible, 0.920 (0.812 to 0.968)`."""
        if self.rate.value is None or self.rate.low is None or self.rate.high is None:
            return f"{self.title} none of {self.sampled} decided"
        shown = f"{self.rate.value:.3f} ({self.rate.low:.3f} to {self.rate.high:.3f})"
        left = f", {self.open} open" if self.open else ""
        return f"{self.title} {self.accepted} of {self.rate.n} plausible, {shown}{left}"

    @property
    def lacks(self) -> str:
        """What would decide it; "" where it is decided."""
        if self.word != "undecided":
            return ""
        if self.open:
            return f"{self.title}: {self.open} of {self.sampled} are not decided yet"
        left = self.stratum.images - self.sampled
        if self.more is None:
            return f"{self.title}: at this rate no number of images decides"
        if self.more > left:
            return f"{self.title}: about {self.more} more images would decide at this rate, and {left} are left"
        return f"{self.title}: about {self.more} more images would decide at this rate"


@dataclass(frozen=True)
class JudgedSample:
    """What was said of a sample.

    Attributes:
        batch: name of what was queued together.
        bound: share of plausible images that is asked for.
        confidence: of the intervals.
        rows: of each generator and class.
        reviewers: who have chosen.
        reviews: that stand.
        agreement: share of pairs of choices that are the same, before an arbiter decides.
        alpha: Krippendorff's.
    """

    batch: str
    bound: float
    confidence: float
    rows: tuple[JudgedClass, ...]
    reviewers: int
    reviews: int
    agreement: Measurement
    alpha: Measurement


def judge_sample(
    connection: Connection,
    batch: str,
    *,
    bound: float = 0.8,
    resampling: Resampling = Resampling(),  # noqa: B008
) -> JudgedSample:
    """What reviewers made of a sample.

    Args:
        connection: that may read.
        batch: name of it.
        bound: share of plausible images that is asked for, in (0, 1).
        resampling: how intervals are made.

    Raises:
        ServiceError: there is no such sample.
    """
    pairs = sample_items(connection, batch)
    material = material_of(connection, FORM, batch)
    kinds: dict[Stratum, list[tuple[ReviewItem, Drawn]]] = {}
    for item, drawn in pairs:
        kinds.setdefault(drawn.stratum, []).append((item, drawn))
    rows = [_judged(kind, listed, material.form, bound, resampling.confidence) for kind, listed in kinds.items()]
    agreed = agreement_of(material, STUDY, False, resampling)
    return JudgedSample(
        batch,
        bound,
        resampling.confidence,
        tuple(sorted(rows, key=lambda row: row.title)),
        len({review.reviewer for review in material.standing}),
        len(material.standing),
        NOBODY if agreed is None else agreed.raw,
        NOBODY if agreed is None else agreed.alpha,
    )


def _judged(
    kind: Stratum, listed: list[tuple[ReviewItem, Drawn]], form: Form, bound: float, confidence: float
) -> JudgedClass:
    hits = [
        (item.id, item.outcome in form.good)
        for item, drawn in listed
        if item.state == SETTLED and item.outcome in (*form.good, *form.bad) and not _was_changed(drawn)
    ]
    accepted, sampled = sum(hit for _, hit in hits), len(listed)
    still = sampled - len(hits)
    low, high = _ends(accepted, sampled, confidence)[0], _ends(accepted + still, sampled, confidence)[1]
    word: Word = "keep" if low > bound else "discard" if high < bound else "undecided"
    more = None if word != "undecided" or not hits else further(accepted, len(hits), bound, confidence)
    rate = share_of(hits, confidence, of="images")
    return JudgedClass(kind, sampled, accepted, rate, still, low, high, word, more)


def further(accepted: int, decided: int, bound: float, confidence: float) -> int | None:
    """How many more images, accepted as often as those that were decided about, put the whole interval on one side.

    Args:
        accepted: of `decided`, which is above 0.
        decided: images that a decision was made about.
        bound: that the share is held against.
        confidence: of Wilson's interval.

    Returns:
        0 where it is on one side already; None where `MOST` would not do.
    """
    share = accepted / decided

    def apart(total: int) -> bool:
        low, high = _ends(share * total, total, confidence)
        return low > bound or high < bound

    if not apart(decided + MOST):
        return None
    least, enough = decided - 1, decided + MOST  # Wilson's interval narrows around the share with every image
    while enough - least > 1:
        middle = (least + enough) // 2
        least, enough = (least, middle) if apart(middle) else (middle, enough)
    return enough - decided


def undecided_words(rows: Iterable[JudgedClass]) -> str:
    """What would decide those that are not decided; "" where all are."""
    return "; ".join(row.lacks for row in rows if row.lacks)


def _ends(hits: float, n: int, confidence: float) -> tuple[float, float]:
    ends = wilson_interval(hits, n, confidence=confidence)
    assert ends is not None
    return ends


def _was_changed(drawn: Drawn) -> bool:
    """Whether a file is not the image that was drawn; one that is gone was looked at while it was there."""
    path = Path(drawn.path)
    return path.is_file() and sha256_of_file(path) != drawn.image

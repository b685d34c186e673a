"""ReviewedLabel: a class that people have decided on, with how it came about."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from assay.store.kept_pictures import KeptPictures

ONE, AGREED, ARBITRATED = "one reviewer", "agreed", "arbitrated"


@dataclass(frozen=True)
class ReviewedLabel:
    """A decided item whose picture may be learned from. Nothing of it says who reviewed, or whose picture it is.

    Attributes:
        item: id of what was reviewed.
        picture: HMAC of the kept picture; of a collected one the sha256 of its file.
        label: the class.
        how: "one reviewer", "agreed" or "arbitrated".
        reviewers: that chose a class, an arbiter among them.
        blind: whether all who stand behind it chose it before they saw the model's answer.
        reviewed: UTC, of the last review.
        form: in which it was asked.
        guideline: digest of the one in force at the last review; "" for none.
        source: why it was queued.
        random_slice: whether it belongs to the random slice of everything.
        model: name of what answered.
        version: of it.
        bundle: hex sha256 of what answered.
        answer: the model's.
        confidence: calibrated, of the answer; None where none is kept.
        consent: version of the consent to train with the picture.
        form_version: digest of the form at the last review; "" where nobody has noted it.
        imported: how many of the reviews were made elsewhere and imported.
        weight: how often it is drawn in training beside a picture of the dataset.
        file: whole path of a collected picture, of whose bytes `picture` is the sha256; "" for one that was kept.
        licence: id of the licence by which a collected picture is trained on; "" for one that was kept.
    """

    item: str
    picture: str
    label: str
    how: str
    reviewers: int
    blind: bool
    reviewed: str
    form: str
    guideline: str
    source: str
    random_slice: bool
    model: str
    version: str
    bundle: str
    answer: str
    confidence: float | None
    consent: str
    form_version: str = ""
    imported: int = 0
    weight: float = 1.0
    file: str = ""
    licence: str = ""

    def path(self, pictures: KeptPictures) -> Path:
        """Where the picture lies.

        Args:
            pictures: that are kept.
        """
        return Path(self.file) if self.file else pictures.path(self.picture).absolute()

    def row(self) -> dict[str, Any]:
        """JSON values."""
        return asdict(self)


@dataclass(frozen=True)
class Gathered:
    """Reviewed labels, and what is none.

    Attributes:
        labels: in the order of their items.
        left_out: id of an item -> why it is no label to learn from.
    """

    labels: tuple[ReviewedLabel, ...]
    left_out: dict[str, str]

    @property
    def reasons(self) -> dict[str, int]:
        """How many items were left out for each reason, the most frequent first."""
        return dict(Counter(self.left_out.values()).most_common())

    def without(self, why: dict[str, str]) -> Gathered:
        """The same without some items.

        Args:
            why: id of an item -> reason.
        """
        kept = tuple(label for label in self.labels if label.item not in why)
        return Gathered(kept, {**self.left_out, **why})

"""Finding: something about pictures of a dataset that a person should decide, and how sure it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from assay.errors import DataError
from assay.files import digest_of
from assay.review.forms.audit import EXCLUDE, KEEP, KEEP_BOTH, NO_FINDING, RELABEL

KINDS = {
    "quality": "pictures that are unlike the others of their dataset: blurred, dark, tiny, hard to decode",
    "copies": "pictures that are the same one",
    "leak": "copies of one picture in several splits, or of a test set that a registered model was measured on",
    "label": "pictures whose label others of the dataset speak against",
    "shortcut": "facts that tell the label without what the picture shows",
    "rights": "pictures whose licence is not known, or does not allow what they are used for",
}
"""Kind -> for people."""
CHOICES = {
    KEEP: "the first picture stays, the others of the finding are excluded",
    KEEP_BOTH: "all pictures stay, in one group; of several splits the later keeps its own, so that none is tested on "
    "what another learned from",
    EXCLUDE: "all pictures of the finding are excluded",
    RELABEL: "all pictures of the finding get another label",
    NO_FINDING: "nothing changes, and the finding is not shown again",
}
"""What may be decided -> what it does to the dataset."""


@dataclass(frozen=True)
class Finding:
    """Something about pictures of a dataset.

    Attributes:
        kind: of `KINDS`.
        name: what was found, for machines and lists: "blurred", "same_pixels", "mislabelled".
        images: sha256 of the pictures' bytes; of copies the original first, which "keep" keeps; () for what is about
            the dataset as a whole.
        paths: their files, in the same order.
        why: a sentence with the number that was measured and the limit that it was held against.
        score: how sure it is, 0 to 1; within a kind, higher ones are shown first.
        suggestion: of `CHOICES`; "" where only a person can tell.
        label: class that `relabel` suggests; "" for any other suggestion.
        values: numbers and words behind it, as JSON can hold them.
        subject: what it is about where its pictures are but examples of it, such as a class; "" where it is about its
            pictures. Examples are not decided about, and it stays the same finding whichever are shown.

    Raises:
        DataError: no such kind or choice, or another number of paths than of pictures.
    """

    kind: str
    name: str
    images: tuple[str, ...]
    paths: tuple[str, ...]
    why: str
    score: float
    suggestion: str = ""
    label: str = ""
    values: Mapping[str, float | str] = field(default_factory=dict)
    subject: str = ""

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise DataError(f"a finding is of one of the kinds {', '.join(KINDS)}; got {self.kind!r}")
        if self.suggestion and self.suggestion not in CHOICES:
            raise DataError(f"a finding suggests one of {', '.join(CHOICES)}; got {self.suggestion!r}")
        if len(self.images) != len(self.paths):
            raise DataError(f"a finding about {len(self.images)} pictures names {len(self.paths)} files")

    @property
    def title(self) -> str:
        """Its name, and what it is about where that is not its pictures."""
        return f"{self.name}: {self.subject}" if self.subject else self.name

    @property
    def decided_images(self) -> tuple[str, ...]:
        """The pictures that a decision is about; () where they are but examples."""
        return () if self.subject else self.images

    @property
    def id(self) -> str:
        """Twelve hex digits that stay the same for the same finding about the same, wherever its pictures lie."""
        return finding_id(self.kind, self.title, self.decided_images)


def finding_id(kind: str, name: str, images: Sequence[str]) -> str:
    """Id of a finding of this kind and name about these pictures, in whatever order."""
    return digest_of([kind, name, sorted(images)])[:12]

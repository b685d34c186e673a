"""SyntheticUse: what a run knows about the generated images that it was trained on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from assay.evaluation.record import load_record, save_record
from assay.synthetic.fidelity.record import FidelityEvidence
from assay.synthetic.training.mixing import Added
from assay.synthetic.training.review import HOW
from assay.synthetic.training.review import TAG as REVIEW
from assay.synthetic.training.screen import Screened

SCHEMA_VERSION = 1
SCREENING = "assay.synthetic.screening"
SOURCE = "assay.synthetic.digest"


@dataclass(frozen=True)
class SyntheticUse:
    """Generated images in the split train of a run.

    Attributes:
        evidence: distances and copies of the set that was given, all classes.
        screened: findings about each class and generator.
        added: per class that was to get images, what it got.
        too_near: images left out because they come too near to a real one outside train.
        same: images left out because they are, byte by byte, real images of the dataset.
        left_out: generators and classes that did not pass, with the reasons; empty where nothing was screened.
        review: what a study decided about the set; "" where no study did, and then nothing is claimed.
    """

    evidence: FidelityEvidence
    screened: tuple[Screened, ...]
    added: tuple[Added, ...]
    too_near: int
    same: int
    left_out: tuple[str, ...]
    review: str

    def flat(self) -> dict[str, float]:
        """Metrics by their logged names: distances, shares of copies, and how many images each class got."""
        numbers = {name: value for name, value in self.evidence.flat().items() if value is not None}
        return {
            **numbers,
            **{f"synthetic/added/{entry.name}": float(entry.added) for entry in self.added},
            "synthetic/excluded": float(self.too_near + self.same),
        }

    def tags(self) -> dict[str, str]:
        """What the numbers must not be read without, and what was decided; the review is a tag only where it keeps."""
        tags = {**self.evidence.tags(), SOURCE: self.evidence.generated_digest, SCREENING: self.screening}
        return {**tags, REVIEW: self.review} if self.review else tags

    @property
    def screening(self) -> str:
        """What was taken and what was left out, in words."""
        taken = ", ".join(f"{entry.added} of {entry.name}" for entry in self.added if entry.added) or "none"
        left = f"; left out: {'; '.join(self.left_out)}" if self.left_out else ""
        return f"taken: {taken}{left}"

    def notes(self) -> tuple[str, ...]:
        """Sentences for the report."""
        total = sum(entry.added for entry in self.added)
        by = ", ".join(self.evidence.generators)
        sentences = [f"{total:,} generated images ({by}) were trained on beside the real ones, {self.screening}."]
        short = [entry for entry in self.added if entry.asked is not None and entry.added < entry.asked]
        if short:
            listed = ", ".join(f"{entry.name} ({entry.added} of {entry.asked})" for entry in short)
            sentences.append(f"There were fewer generated images than the ratio asks for: {listed}.")
        if self.too_near or self.same:
            sentences.append(
                f"{self.too_near} generated images come too near to a real image outside train and {self.same} are "
                "images of the dataset itself; they were left out."
            )
        if not self.review:
            sentences.append(
                "No study has shown what these images do for this dataset, so the gate refuses this run: assay study "
                "study=synthetic_ab decides; or reviewers look at a sample of them (assay review sample run=RUN); or "
                f"look at them yourself (assay fidelity shows them), and {HOW}."
            )
        return tuple(sentences)

    def save(self, path: Path) -> None:
        """Write one JSON file, whole or not at all."""
        save_record(path, self, schema=SCHEMA_VERSION)

    @classmethod
    def load(cls, path: Path) -> SyntheticUse:
        """Read what `save` wrote.

        Raises:
            DataError: the file cannot be read, or holds something else.
        """
        return load_record(path, cls, "use of generated images", schema=SCHEMA_VERSION)

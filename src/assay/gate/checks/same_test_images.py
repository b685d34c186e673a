"""FrozenTest: the candidate was measured on the test set that the champion was judged on, and it is large enough."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

from assay.config.bounds import AtLeast
from assay.evaluation.measure import Units
from assay.gate.case import Case
from assay.gate.check import Check, Finding


@dataclass(frozen=True)
class FrozenTest(Check):
    """The test images by their digest, and their number.

    Attributes:
        at_least: images.
        each_class: images of each class, those that share a group counted once; of fewer than ten nothing can be said
            that would hold of the next ones.
        digest: hex sha256 that the test set must have, or its beginning; "" takes the champion's, and any for a first
            champion.
    """

    stricter: ClassVar[dict[str, str]] = {"at_least": "higher", "each_class": "higher", "digest": "given"}
    at_least: Annotated[int, AtLeast(1)] = 100
    each_class: Annotated[int, AtLeast(0)] = 10
    digest: str = ""

    @property
    def asked(self) -> str:
        """What is asked for."""
        which = f"test set {self.digest[:12]}" if self.digest else "the champion's test set"
        return f"Measured on {which}, of {self.at_least:,} images or more, {self.each_class:,} of each class"

    def evaluate(self, case: Case) -> Finding:
        """Compare digests and count."""
        test = case.run.test
        n, digest = len(test), test.digest
        claimed = {
            "its bundle": case.candidate.bundle.about.test_digest,
            "its run's tag test_digest": case.run.record.tags.get("test_digest", "nothing"),
        }
        for who, claim in claimed.items():
            if claim != digest:
                return Finding(False, f"{who} says {claim[:12]}, the test images of the manifest are {digest[:12]}")
        wanted = self.digest or case.champion.test_digest
        if wanted and not digest.startswith(wanted):
            whose = "the one that the gate asks for" if self.digest else "the champion's"
            return Finding(False, f"the test set is {digest[:12]}, {whose} is {wanted[:12]}{self._remedy(case)}")
        if n < self.at_least:
            return Finding(False, f"{n:,} test images, {self.at_least - n:,} too few")
        units = Units.of(test.groups)
        counts = units.per_class(test.labels, len(test.class_names))
        few = [f"{int(m)} of {name}" for name, m in zip(test.class_names, counts, strict=True) if m < self.each_class]
        if few:
            what = "test images" if units.of_image is None else "groups of test images"
            return Finding(False, f"too few {what} of a class, {self.each_class} are asked for: {', '.join(few)}")
        least = f"{counts.min():,} {units.word if units.of_image is not None else ''}".strip()
        return Finding(True, f"test set {digest[:12]}, {n:,} images, {least} or more of each class")

    def _remedy(self, case: Case) -> str:
        run = "" if self.digest else case.champion.run_id
        return f"; a training with data.division={run[:8]} has the champion's, whatever was added since" if run else ""

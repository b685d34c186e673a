"""Engine: one bundle, warmed up and held against its sealed pictures, that answers about decoded pictures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from assay.data.image import Pixels
from assay.data.sample_range import SampleRange
from assay.deploy.bundle.bundle import Bundle
from assay.deploy.bundle.sealed_pictures import draw_pictures, refuse_other_answers, sealed_pictures
from assay.predictor import Answer, Answerer
from assay.serving.origin import Origin

INFERENCE_THREADS = 2
"""That ask an engine at the same time: while one is in Python, the network of another has the cores."""
SIZES = (8, 4, 2, 1)
"""Pictures that go through a network together; few sizes, because runtimes keep memory for each that they have seen."""


@dataclass(frozen=True)
class Engine:
    """What answers, of one bundle as a whole: weights, calibration, thresholds and class names are never mixed.

    Threads may ask at the same time. A new model is a new engine; whoever holds the old one gets its answers.

    Attributes:
        bundle: whose answers these are.
        origin: where it comes from.
        digest: hex sha256 that no other bundle has.
        largest_difference: of a probability about the sealed pictures, between now and when the bundle was made; None
            where the bundle was exported before pictures were sealed.
        answerer: what computes.
    """

    bundle: Bundle
    origin: Origin
    digest: str
    largest_difference: float | None
    answerer: Answerer

    @classmethod
    def start(cls, bundle: Bundle, origin: Origin, *, threads: int | None = None) -> Engine:
        """An engine that has answered already, about the sealed pictures of its bundle.

        Args:
            bundle: from `Bundle.open` or `fetch_bundle`, which hold it against its digests.
            origin: where it comes from.
            threads: that compute, for an ONNX form; None takes one per physical core.

        Raises:
            BundleError: this machine does not answer about the sealed pictures as the bundle did when it was made.
            DataError: the network or the rules beside it cannot be loaded.
        """
        answerer = bundle.ready(threads=threads)
        sealed = sealed_pictures(bundle.folder)
        pictures = sealed or draw_pictures()
        answers = answerer.answers(pictures)
        where = f"this machine ({bundle.about.serves})"
        probabilities = [answer.probabilities for answer in answers]
        difference = refuse_other_answers(bundle.folder, probabilities, where=where) if sealed else None
        return cls(bundle, origin, bundle.digest, difference, answerer)

    @property
    def class_names(self) -> tuple[str, ...]:
        """C names, in the order of the probabilities."""
        return self.bundle.about.class_names

    @property
    def samples(self) -> SampleRange:
        """What is white in pictures whose samples have more than 8 bits: what it was when this model was measured."""
        return self.answerer.samples

    @property
    def together(self) -> int:
        """Pictures of several clients that go through the network together, at most."""
        return SIZES[0] if self.answerer.gains_by_batches else 1

    def answers(self, images: Sequence[Pixels]) -> list[Answer]:
        """Answers about decoded pictures uint8 RGB [H, W, 3] of any sizes, in their order."""
        return [answer for batch in _in_sizes(images) for answer in self.answerer.answers(batch)]


def _in_sizes(images: Sequence[Pixels]) -> Iterator[Sequence[Pixels]]:
    start = 0
    while start < len(images):
        size = next(size for size in SIZES if size <= len(images) - start)
        yield images[start : start + size]
        start += size

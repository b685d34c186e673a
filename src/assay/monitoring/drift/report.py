"""DriftReport: whether a window differs from the reference, in what, why, and what could have been seen."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from assay.evaluation.record import load_record, save_record

SCHEMA_VERSION = 1
Verdict = Literal["drift", "no drift", "cannot be said", "too few"]
CauseKind = Literal["mix of classes", "pictures", "new kind", "answers", "one source"]
COLUMNS = (
    "test",
    "about",
    "effect_name",
    "effect",
    "p",
    "p_holm",
    "significant",
    "n",
    "reference",
    "window",
    "detectable",
    "could_have_been_seen",
    "psi",
)


@dataclass(frozen=True)
class Distribution:
    """Shares of reference and window, for a figure.

    Attributes:
        edges: [G + 1], of bins; () for categories.
        categories: [G], names; () for bins.
        reference: [G], shares of the reference; what lies beyond the edges is in the outermost bins.
        window: [G], shares of the window.
    """

    edges: tuple[float, ...]
    categories: tuple[str, ...]
    reference: tuple[float, ...]
    window: tuple[float, ...]


@dataclass(frozen=True)
class DriftTest:
    """One measure of the window beside the reference.

    Attributes:
        name: `drift/ks/sharpness`, as metrics and settings call it.
        label: for people.
        about: "picture" for what was sent, "answer" for what the model made of it.
        effect_name: "KS distance", "Cramér's V" or "MMD".
        effect: its size; 0 for none.
        p: of this test alone; None where there are too few pictures with the measure.
        p_holm: adjusted for all tests of the look.
        significant: p_holm below the level.
        n: pictures of the window that have the measure.
        reference: median, or share of what the label names; None for vectors and several categories.
        window: the same of the window.
        detectable: smallest effect that would have been significant with power .8; None where none would.
        seen: the same as a sentence.
        distribution: of both, for a figure; None without pictures.
        psi: population stability index; None where nobody asked.
    """

    name: str
    label: str
    about: str
    effect_name: str
    effect: float
    p: float | None
    p_holm: float
    significant: bool
    n: int
    reference: float | None
    window: float | None
    detectable: float | None
    seen: str
    distribution: Distribution | None = None
    psi: float | None = None


@dataclass(frozen=True)
class ClassShare:
    """How frequent a class is.

    Attributes:
        name: of the class.
        reference: its share in the reference.
        window: its share in the window, by expectation maximisation, with the interval `low` to `high`.
        bbse: its share in the window, from predicted classes and confusion matrix.
    """

    name: str
    reference: float
    window: float
    low: float
    high: float
    bbse: float


@dataclass(frozen=True)
class MixOfClasses:
    """Label shift: the mix of classes, and whether it is all that changed.

    Attributes:
        classes: one for each class.
        changed: the interval of some class leaves out its share in the reference.
        agree: both estimates may be of one mix.
        explains: beside the reference mixed in this way nothing is significant; None where nothing was anyway.
        unexplained: names of tests that still are significant.
    """

    classes: tuple[ClassShare, ...]
    changed: bool
    agree: bool
    explains: bool | None
    unexplained: tuple[str, ...] = ()


@dataclass(frozen=True)
class DriftCause:
    """Why a window differs, as far as its tests tell.

    Attributes:
        kind: of cause.
        words: a sentence.
        tests: names of those that show it.
        client: whose pictures alone they are, as "client 1"; "" for those of several.
    """

    kind: CauseKind
    words: str
    tests: tuple[str, ...] = ()
    client: str = ""


@dataclass(frozen=True)
class DriftReport:
    """A window beside the reference of its bundle.

    Attributes:
        verdict: "drift" where any test is significant; "cannot be said" where none could have been.
        headline: the verdict as a sentence.
        causes: of a drift, the most telling first.
        tests: all measures.
        mix: of classes; None where it was not estimated.
        seen: which falls could have been seen, as sentences.
        notes: what else has to be kept in mind.
        n: pictures of the window.
        reference_n: pictures of the reference.
        sources: independent ones in the window.
        effective_sources: of equal weight that would say as much.
        largest_source: share of the pictures that come from one of them.
        source_word: "keys", "bursts" or "stretches".
        level: of all tests together.
        start, end: of the window, ISO 8601, UTC; "" where it has no pictures.
        model: name and version of what answered.
        evidence: hex sha256 of the evidence of the bundle whose profile is the reference.
        made: when, ISO 8601, UTC.
    """

    verdict: Verdict
    headline: str
    causes: tuple[DriftCause, ...]
    tests: tuple[DriftTest, ...]
    mix: MixOfClasses | None
    seen: tuple[str, ...]
    notes: tuple[str, ...]
    n: int
    reference_n: int
    sources: int
    effective_sources: float
    largest_source: float
    source_word: str
    level: float
    start: str = ""
    end: str = ""
    model: str = ""
    evidence: str = ""
    made: str = ""

    @property
    def significant(self) -> tuple[DriftTest, ...]:
        """Tests that show a difference."""
        return tuple(test for test in self.tests if test.significant)

    @property
    def smallest_p(self) -> float:
        """Of all tests, adjusted; what the threshold of an alarm is held against."""
        return min((test.p_holm for test in self.tests), default=1.0)

    def rows(self) -> list[tuple[object, ...]]:
        """A row of `COLUMNS` for each test."""
        return [
            (
                test.name,
                test.about,
                test.effect_name,
                test.effect,
                test.p,
                test.p_holm,
                test.significant,
                test.n,
                test.reference,
                test.window,
                test.detectable,
                test.seen,
                test.psi,
            )
            for test in self.tests
        ]

    def save(self, path: Path) -> None:
        """Write as JSON, whole or not at all."""
        save_record(path, self, schema=SCHEMA_VERSION)

    @staticmethod
    def load(path: Path) -> DriftReport:
        """Read what `save` wrote.

        Raises:
            DataError: the file cannot be read, or holds something else.
        """
        return load_record(path, DriftReport, "drift report", schema=SCHEMA_VERSION)

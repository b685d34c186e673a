"""Comparison: what was claimed, on what evidence, and in which words; written as JSON and CSV."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from assay.comparison.mcnemar import McNemar
from assay.comparison.seeds import SeedSpread
from assay.evaluation.record import load_record, save_record
from assay.measurement import Measurement
from assay.spreadsheet import save_csv

SCHEMA_VERSION = 1
Verdict = Literal["better", "worse", "different", "not established", "no difference", "undefined"]
COLUMNS = (
    "variant",
    "metric",
    "class",
    "baseline",
    "value",
    "difference",
    "low",
    "high",
    "p",
    "p_holm",
    "verdict",
    "more_images",
    "more_seeds",
    "n",
    "interval",
    "test",
    "words",
)


@dataclass(frozen=True)
class Claim:
    """One metric of one variant against the baseline.

    Attributes:
        metric: its name, as in the evidence.
        class_name: the class it is about; None for all.
        baseline, variant: values on all images, means over seeds; None where undefined.
        difference: variant minus baseline, with its interval over images (and seeds, where there are several).
        standard_error: of the difference, from the bootstrap over images; None where there is none.
        p: two-sided; None where undefined.
        p_holm: adjusted for all claims of the comparison.
        test: where p comes from.
        verdict: "better" and "worse" are established; "different" too, of a metric without a better side.
        seeds: how much the difference changes from seed to seed; None with one seed.
        more_images: how many more a real difference of this size would need, at 80 % power; None where the claim is
            established, or no number is enough.
        more_seeds: the same for seeds on each side, with the images as they are.
        words: the verdict in a sentence.
    """

    metric: str
    class_name: str | None
    baseline: float | None
    variant: float | None
    difference: Measurement
    standard_error: float | None
    p: float | None
    p_holm: float | None
    test: str
    verdict: Verdict
    seeds: SeedSpread | None
    more_images: int | None
    more_seeds: int | None
    words: str

    @property
    def established(self) -> bool:
        """Whether a difference is shown to be more than chance."""
        return self.verdict in ("better", "worse", "different")


@dataclass(frozen=True)
class SideRecord:
    """A side as it was compared, without its answers.

    Attributes:
        name: for people.
        runs: run id of each training.
        seeds: of each training.
    """

    name: str
    runs: tuple[str, ...]
    seeds: tuple[int, ...]


@dataclass(frozen=True)
class VariantComparison:
    """A variant against the baseline.

    Attributes:
        side: the variant.
        claims: metrics over all classes first, then those per class.
        mcnemar: of the first trainings' answers; None where images share groups and are no independent trials.
        gained, lost: images that more, or fewer, of the variant's trainings have right than of the baseline's.
    """

    side: SideRecord
    claims: tuple[Claim, ...]
    mcnemar: McNemar | None
    gained: int
    lost: int


@dataclass(frozen=True)
class Comparison:
    """Variants against a baseline on the same images.

    Attributes:
        baseline: what they are compared with.
        variants: in the order given.
        class_names: C names.
        support: [C], images of each class.
        n: images.
        units: how many images or groups were resampled.
        unit_word: "images" or "groups".
        confidence: level of intervals; 1 minus it is the level of the tests, for all claims together.
        family: number of claims that Holm's correction goes over.
        resamples: behind each interval.
        swaps: behind each test.
        seed: of the resampling.
        notes: what has to be kept in mind.
    """

    baseline: SideRecord
    variants: tuple[VariantComparison, ...]
    class_names: tuple[str, ...]
    support: tuple[int, ...]
    n: int
    units: int
    unit_word: str
    confidence: float
    family: int
    resamples: int
    swaps: int
    seed: int
    notes: tuple[str, ...]

    def rows(self) -> Iterator[dict[str, object]]:
        """One flat row per claim, keys as in `COLUMNS`; what is undefined is empty."""
        for variant in self.variants:
            for claim in variant.claims:
                values = (
                    variant.side.name,
                    claim.metric,
                    claim.class_name,
                    claim.baseline,
                    claim.variant,
                    claim.difference.value,
                    claim.difference.low,
                    claim.difference.high,
                    claim.p,
                    claim.p_holm,
                    claim.verdict,
                    claim.more_images,
                    claim.more_seeds,
                    claim.difference.n,
                    claim.difference.method,
                    claim.test,
                    claim.words,
                )
                yield {name: "" if value is None else value for name, value in zip(COLUMNS, values, strict=True)}

    def save_json(self, path: Path) -> None:
        """Write everything, whole or not at all."""
        save_record(path, self, schema=SCHEMA_VERSION)

    def save_csv(self, path: Path) -> None:
        """Write one row per claim, for a spreadsheet."""
        save_csv(path, COLUMNS, self.rows())

    @classmethod
    def load(cls, path: Path) -> Comparison:
        """Read what `save_json` wrote.

        Raises:
            DataError: the file cannot be read, or holds something else.
        """
        return load_record(path, cls, "comparison", schema=SCHEMA_VERSION)

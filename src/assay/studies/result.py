"""StudyResult: what was trained for a study, what came out, and with which intervals; one JSON file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from assay.evaluation.record import load_record, save_record
from assay.measurement import Measurement

SCHEMA_VERSION = 1


@dataclass(frozen=True)
class Training:
    """One training of a variant.

    Attributes:
        seed: of the training.
        fold: of a cross-validation; None without one.
        run_id: in MLflow; None when no run came about.
        reused: whether the run was there before the study asked for it.
        error: why it came to nothing; None when it ended well.
    """

    seed: int
    fold: int | None
    run_id: str | None
    reused: bool = False
    error: str | None = None


@dataclass(frozen=True)
class Value:
    """One number of a variant: the mean over its trainings.

    Attributes:
        metric: of the test split by its name in the evidence (`macro_f1`, `f1` for one per class), anything else as it
            is logged (`cost/latency_p95_ms`, `ood/auroc/far`).
        class_name: the class it is about; None for all.
        measured: the mean, with an interval that counts images and trainings.
        each: per training, in the order of the trainings that ended well.
    """

    metric: str
    class_name: str | None
    measured: Measurement
    each: tuple[float | None, ...]


@dataclass(frozen=True)
class VariantResult:
    """What became of a variant.

    Attributes:
        name: for people.
        overrides: what sets it apart, as typed on a command line.
        trainings: all that were asked for, also those that failed.
        values: by metric and class; empty when no training ended well.
    """

    name: str
    overrides: tuple[str, ...]
    trainings: tuple[Training, ...]
    values: tuple[Value, ...]

    def value(self, metric: str, class_name: str | None = None) -> Value | None:
        """The number of this name; None where there is none."""
        return next((value for value in self.values if (value.metric, value.class_name) == (metric, class_name)), None)


@dataclass(frozen=True)
class StudyResult:
    """A study that has run.

    Attributes:
        name: of the study.
        question: that it was to answer.
        baseline: name of the variant that the others are compared with.
        variants: the baseline first.
        common: overrides of every training.
        class_names: C names.
        n: test images; over all folds in a cross-validation.
        folds: of a cross-validation; None without one.
        confidence: level of the intervals.
        dataset: digest of the images and their division; of fold 0 in a cross-validation.
        findings: what is established and what is not, as sentences.
        notes: what has to be kept in mind.
    """

    name: str
    question: str
    baseline: str
    variants: tuple[VariantResult, ...]
    common: tuple[str, ...]
    class_names: tuple[str, ...]
    n: int
    folds: int | None
    confidence: float
    dataset: str
    findings: tuple[str, ...]
    notes: tuple[str, ...]

    def metrics(self) -> Sequence[tuple[str, str | None]]:
        """Every (metric, class) that any variant has, in the order of the first that has it."""
        return list(dict.fromkeys((value.metric, value.class_name) for each in self.variants for value in each.values))

    def save(self, path: Path) -> None:
        """Write it as JSON, whole or not at all."""
        save_record(path, self, schema=SCHEMA_VERSION)

    @classmethod
    def load(cls, path: Path) -> StudyResult:
        """Read it back.

        Raises:
            DataError: the file cannot be read, or holds something else.
        """
        return load_record(path, cls, "study", schema=SCHEMA_VERSION)

"""StudyResult: what was trained for a study, what came out, and with which intervals; one JSON file."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from assay.errors import DataError
from assay.evaluation.measurement import Measurement
from assay.evaluation.record import from_record
from assay.files import atomic_write

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
        return next((one for one in self.values if (one.metric, one.class_name) == (metric, class_name)), None)


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
        return list(dict.fromkeys((one.metric, one.class_name) for each in self.variants for one in each.values))

    def save(self, path: Path) -> None:
        """Write it as JSON, whole or not at all."""
        content = {"schema": SCHEMA_VERSION, **asdict(self)}
        with atomic_write(path) as temporary:
            temporary.write_text(json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n", "utf-8")

    @classmethod
    def load(cls, path: Path) -> StudyResult:
        """Read it back.

        Raises:
            DataError: the file cannot be read, or holds something else.
        """
        try:
            content = json.loads(path.read_text("utf-8"))
            if content.pop("schema", None) != SCHEMA_VERSION:
                raise DataError(f"{path}: not a study of this version of Assay (schema {SCHEMA_VERSION})")
            return from_record(cls, content)
        except (OSError, ValueError, TypeError, AttributeError) as error:
            raise DataError(f"{path}: cannot be read as a study: {error}") from error

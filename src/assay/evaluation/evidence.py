"""Evidence: everything that was measured about one run, as a value that is written to disk and read back."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from assay.errors import DataError
from assay.evaluation.catalogue import MAIN, shown_on
from assay.evaluation.conformal import ConformalEvidence
from assay.evaluation.cost import Cost
from assay.evaluation.delivery_evidence import DeliveryEvidence
from assay.evaluation.explanation import ExplanationEvidence
from assay.evaluation.generator_evidence import GeneratorEvidence
from assay.evaluation.memorisation import MemorisationEvidence
from assay.evaluation.ood import OodEvidence
from assay.evaluation.record import from_record
from assay.evaluation.robustness import RobustnessEvidence
from assay.evaluation.selective import RejectEvidence
from assay.files import atomic_write
from assay.measurement import Measurement, with_intervals
from assay.predictions import IntArray

SCHEMA_VERSION = 1
Named = dict[tuple[str, str | None], Measurement]
"""Numbers by (metric, class); the class is None for what is about all."""


@dataclass(frozen=True)
class ClassEvidence:
    """What was measured about one class.

    Attributes:
        name: the class.
        support: test images that are of it.
        predicted: test images that were taken for it.
        precision: share of `predicted` that is right; undefined when it was never predicted.
        recall: share of `support` that was found; undefined without test images.
        f1: their harmonic mean; undefined without test images.
    """

    name: str
    support: int
    predicted: int
    precision: Measurement
    recall: Measurement
    f1: Measurement


@dataclass(frozen=True)
class Band:
    """Where a number would lie if the model's own probabilities were true.

    Attributes:
        low: lower end.
        mean: expected value; for ECE this is its upward bias at this sample size.
        high: upper end.
    """

    low: float
    mean: float
    high: float

    def holds(self, value: float) -> bool:
        """Whether the value is what a perfectly calibrated model could show."""
        return self.low <= value <= self.high


@dataclass(frozen=True)
class ReliabilityBin:
    """One bar of a reliability diagram: the images whose confidence lies in (low, high].

    Attributes:
        low: lower edge of the bin.
        high: upper edge of the bin.
        n: images in it; with none the other numbers are None.
        confidence: their mean confidence.
        accuracy: share of them that is right.
        accuracy_low: lower end of the Wilson interval of `accuracy`.
        accuracy_high: upper end of it.
        expected_low: lower end of the consistency bar, where `accuracy` would lie if the confidences were true.
        expected_high: upper end of it.
    """

    low: float
    high: float
    n: int
    confidence: float | None = None
    accuracy: float | None = None
    accuracy_low: float | None = None
    accuracy_high: float | None = None
    expected_low: float | None = None
    expected_high: float | None = None


@dataclass(frozen=True)
class ClassReliability:
    """How far the probability of one class can be believed, whatever is predicted.

    Attributes:
        name: the class.
        ece: its calibration error over 15 bins of equal width.
        band: the error that it would show if the probabilities were true.
    """

    name: str
    ece: Measurement
    band: Band


@dataclass(frozen=True)
class Reliability:
    """How far confidence can be believed, with 15 bins of equal width and 15 of equal mass.

    Attributes:
        ece: expected calibration error over bins of equal width.
        band: the ECE that the model would show if its confidences were true.
        bins: bars of the reliability diagram, equal width.
        ece_equal_mass: the same over bins that hold equally many images.
        band_equal_mass: its consistency band.
        bins_equal_mass: its bars.
        bands: of other metrics, by name: `ece_debiased`, `ece_classwise`, `nll`, `brier`, `brier_reliability`.
        classes: C rows in the order of the class names.
    """

    ece: Measurement
    band: Band
    bins: tuple[ReliabilityBin, ...]
    ece_equal_mass: Measurement
    band_equal_mass: Band
    bins_equal_mass: tuple[ReliabilityBin, ...]
    bands: dict[str, Band] = field(default_factory=dict)
    classes: tuple[ClassReliability, ...] = ()


@dataclass(frozen=True)
class CalibrationEvidence:
    """What calibration did.

    Attributes:
        method: "none", "temperature", …
        state: what the calibrator learned, as its `state()` gives it.
        before: reliability of softmax(logits).
        after: reliability of the calibrated probabilities.
    """

    method: str
    state: dict[str, Any]
    before: Reliability
    after: Reliability

    @property
    def temperature(self) -> float | None:
        """The fitted temperature, or None where the method has none."""
        return self.fitted.get("temperature")

    @property
    def fitted(self) -> dict[str, Any]:
        """The state of the calibrator that answers: `state`, or what `auto` took."""
        return self.state.get("taken", self.state)


@dataclass(frozen=True)
class Evidence:
    """Everything that was measured about one run.

    Attributes:
        split: the split that the numbers are about.
        n: images in it.
        units: what is resampled: images, or groups where images share one.
        class_names: C names.
        ordered: whether the classes are grades.
        metrics: by name, on calibrated probabilities; `nll_uncalibrated`, … on softmax(logits).
        per_class: C rows in the order of `class_names`.
        confusion_counts: (true class, predicted class, images) for each cell that is not empty.
        calibration: before and after.
        other_splits: point values on the other splits, e.g. `other_splits["val"]["macro_f1"]`.
        gap: train minus val of each metric that both have; empty without train predictions.
        resamples: bootstrap resamples behind the intervals.
        confidence: level of the intervals.
        seed: seed of the bootstrap.
        reject: what the reject rule does; None where no rule was given.
        conformal: what each kind of conformal set does.
        memorisation: how far each class was learned by heart; None without train or val predictions.
        ood: how well pictures of another kind are told; None for `ood=none`.
        robustness: what corruptions of the pictures do; None where it was not asked for.
        generators: how well generated pictures are told from real ones; None for any other task.
        delivery: how well they are told as pictures are delivered; None where it was not asked for.
        explanation: whether the maps of the method that was last asked for mean something; None before `assay explain`.
        cost: parameters, size and latency, or None when not measured.
        environment: versions and hardware, as text.
        notes: sentences that a reader has to know before believing the numbers.
    """

    split: str
    n: int
    units: int
    class_names: tuple[str, ...]
    ordered: bool
    metrics: dict[str, Measurement]
    per_class: tuple[ClassEvidence, ...]
    confusion_counts: tuple[tuple[int, int, int], ...]
    calibration: CalibrationEvidence
    other_splits: dict[str, dict[str, float | None]] = field(default_factory=dict)
    gap: dict[str, float] = field(default_factory=dict)
    resamples: int = 1000
    confidence: float = 0.95
    seed: int = 0
    reject: RejectEvidence | None = None
    conformal: tuple[ConformalEvidence, ...] = ()
    memorisation: MemorisationEvidence | None = None
    robustness: RobustnessEvidence | None = None
    ood: OodEvidence | None = None
    generators: GeneratorEvidence | None = None
    delivery: DeliveryEvidence | None = None
    explanation: ExplanationEvidence | None = None
    cost: Cost | None = None
    environment: dict[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def confusion(self) -> IntArray:
        """[C, C] int64 images; rows are true classes, columns predicted ones."""
        matrix = np.zeros((len(self.class_names),) * 2, dtype=np.int64)
        for true, predicted, images in self.confusion_counts:
            matrix[true, predicted] = images
        return matrix

    def measured(self) -> Named:
        """Every number that is logged or known per class, by (metric, class), with its interval where it has one.

        Of the numbers about all, those that are undefined are left out.
        """
        named: dict[str, Measurement | float | None] = {}
        named |= {name: self.metrics[name] for name in shown_on("mlflow", self.metrics)}
        if MAIN in self.gap:
            named[f"gap/{MAIN}"] = self.gap[MAIN]
        parts = (
            self.reject,
            self.memorisation,
            self.robustness,
            self.ood,
            self.generators,
            self.delivery,
            self.explanation,
            self.cost,
        )
        for part in parts:
            named |= {} if part is None else part.measured()
        measurements: Named = {(name, None): measured for name, measured in with_intervals(named, self.n).items()}
        for field_name in ("f1", "recall", "precision"):
            measurements |= {(field_name, row.name): getattr(row, field_name) for row in self.per_class}
        if self.memorisation is not None:
            measurements |= {("gap/recall", row.name): row.recall_gap for row in self.memorisation.classes}
        return measurements

    def flat(self) -> dict[str, float]:
        """The main numbers by their logged names, e.g. `test/macro_f1`; what is undefined is left out."""
        return {
            name if "/" in name else f"{self.split}/{name}": float(measured.value)
            for (name, class_name), measured in self.measured().items()
            if class_name is None and measured.value is not None
        }

    def save(self, path: Path) -> None:
        """Write JSON, whole or not at all; a NaN anywhere is an error, never written."""
        content = {"schema_version": SCHEMA_VERSION, **dataclasses.asdict(self)}
        text = json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False)
        with atomic_write(path) as temporary:
            temporary.write_text(text, encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> Evidence:
        """Read what `save` wrote.

        Raises:
            DataError: the file is missing, is not evidence, or has a schema that this version does not know.
        """
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise DataError(f"{path}: cannot be read as evidence: {error}") from error
        version = content.pop("schema_version", "none") if isinstance(content, dict) else "none"
        if version != SCHEMA_VERSION:
            raise DataError(f"{path}: evidence schema {version}; this version of assay reads {SCHEMA_VERSION}")
        try:
            return from_record(cls, content)
        except (TypeError, ValueError) as error:
            raise DataError(f"{path}: evidence is incomplete or damaged: {error!r}") from error

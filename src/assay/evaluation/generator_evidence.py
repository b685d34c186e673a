"""GeneratorEvidence: how well generated pictures are told from real ones, generator by generator, however handled."""

from __future__ import annotations

from dataclasses import dataclass

from assay.evaluation.file_probe import FileProbe
from assay.evaluation.stability import Stability
from assay.measurement import Measurement

CLEAN = "as they are"


@dataclass(frozen=True)
class GeneratorDetection:
    """How well the pictures of one generator are told from the real ones.

    Attributes:
        generator: its name.
        seen: whether the run was trained on other pictures of it.
        n: its pictures.
        auroc: chance that one of them scores above a real one.
        accuracy: mean of the shares of both sides that are right, at the threshold that was best on clean calib images.
        accuracy_real: the same at the threshold from real calib images alone.
        tpr: share of them found where 1 % of the real test images are called generated.
    """

    generator: str
    seen: bool
    n: int
    auroc: Measurement
    accuracy: Measurement
    accuracy_real: Measurement
    tpr: Measurement


@dataclass(frozen=True)
class Condition:
    """All generators under one handling of both sides.

    Attributes:
        kind: "", "jpeg", "resize", "blur" or "formats"; "" for the images as they are.
        described: what was done.
        false_alarms: share of the real images above the threshold of clean calib.
        false_alarms_real: share of them above the threshold of real calib images alone.
        generators: one each.
    """

    kind: str
    described: str
    false_alarms: Measurement
    false_alarms_real: Measurement
    generators: tuple[GeneratorDetection, ...]


@dataclass(frozen=True)
class GeneratorEvidence:
    """Real against generated.

    Attributes:
        real: test images that are real.
        rate: share of false alarms that the threshold of real images alone was set for.
        thresholds: on the logit of generated minus real: best on clean calib, and of real calib images alone.
        conditions: the images as they are first, then each handling.
        files: what the files say without their pixels; None where it was not measured.
        stability: how often answers change when pictures are delivered again; None where it was not measured.
        notes: sentences that a reader has to know.
    """

    real: int
    rate: float
    thresholds: tuple[float, float]
    conditions: tuple[Condition, ...]
    files: FileProbe | None = None
    stability: Stability | None = None
    notes: tuple[str, ...] = ()

    @property
    def clean(self) -> Condition:
        """The images as they are."""
        return self.conditions[0]

    def measured(self) -> dict[str, Measurement]:
        """The main numbers by their logged names: of the images as they are, of files alone, of answers that change."""
        named: dict[str, Measurement] = {}
        for generator in self.clean.generators:
            for name in ("auroc", "accuracy", "accuracy_real", "tpr"):
                named[f"generators/{generator.generator}/{name}"] = getattr(generator, name)
        if self.stability is not None:
            named |= self.stability.measured()
        return named | ({} if self.files is None else {"generators/files_auroc": self.files.auroc})

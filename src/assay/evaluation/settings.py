"""EvaluationSettings: how thoroughly a run is measured; the options of the config group `evaluation`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, ClassVar, Literal

from assay.config.bounds import Between


@dataclass(frozen=True)
class RobustnessSettings:
    """Under what the test images are looked at again; each corruption at each severity costs a pass over them.

    Attributes:
        corruptions: which, in this order.
        severities: how strong, 1 to 3; what that means stands with each corruption in `assay.augment.corruption`.
    """

    corruptions: list[
        Literal[
            "jpeg",
            "gaussian_blur",
            "motion_blur",
            "noise",
            "brightness",
            "contrast",
            "occlusion",
            "resize",
            "rotation",
        ]
    ]
    severities: list[Literal[1, 2, 3]]


@dataclass(frozen=True)
class GeneratorSettings:
    """How real images are told from generated ones, generator by generator; each handling costs a pass over test.

    Attributes:
        false_alarm_rate: share of real calib images above the threshold that they set alone.
        jpeg: qualities at which the test images are saved once more.
        resize: shares of their sides to which they are scaled, and back.
        blur: standard deviations in their own pixels.
        swap_formats: whether each class is also saved as most files of the other class are.
        deliveries: whether val is asked about again as the service does: compressed, made smaller, cut; three passes.
    """

    false_alarm_rate: Annotated[float, Between(0.001, 0.5)] = 0.05
    jpeg: list[int] = field(default_factory=lambda: [95, 90, 80, 70, 60, 50, 40, 30])
    resize: list[float] = field(default_factory=lambda: [0.75, 0.5])
    blur: list[float] = field(default_factory=lambda: [0.5, 1.0])
    swap_formats: bool = True
    deliveries: bool = True


@dataclass(frozen=True)
class DeliverySettings:
    """Real against generated as pictures are delivered; each chain costs a pass over test, each side one over val.

    Attributes:
        chains: by name, what a picture goes through, step by step, as in `[{long_side: 1600}, {jpeg: 75}]`; the steps
            are those of `assay.augment.chain`. One of your own has any name.
        sides: shorter sides in pixels to which val is made smaller, to find the least at which the model may be asked;
            [] asks for none.
        accuracy: least mean of both sides' shares that are right at that side; the lower end of its interval counts.
        accused: largest share of real pictures that are called generated at that side; the upper end counts.
    """

    chains: dict[str, list[dict[str, float]]]
    sides: list[int] = field(default_factory=list)
    accuracy: Annotated[float, Between(0.5, 1)] = 0.75
    accused: Annotated[float, Between(0.001, 1)] = 0.2


@dataclass(frozen=True)
class ValSettings:
    """A run that is only compared with others of a search: calibrated val metrics, and nothing of the test split.

    Attributes:
        cost: whether size and latency are measured too, of all that would be served; takes seconds.
        latency_runs: timed answers at batch 1, as in `EvaluationSettings`; 0 measures the size only.
        latency_warmup: answers before the timing starts.
        tta: as in `EvaluationSettings`.
    """

    leaves_evidence: ClassVar[bool] = False

    cost: bool = False
    latency_runs: Annotated[int, Between(0, 100_000)] = 370
    latency_warmup: Annotated[int, Between(0, 100_000)] = 20
    tta: Literal["mirrored", "flipped", "dihedral"] | list[str] | None = None


@dataclass(frozen=True)
class EvaluationSettings:
    """How thoroughly a run is measured.

    Attributes:
        resamples: bootstrap resamples behind each interval.
        confidence: level of the intervals.
        conformal_level: probability with which a conformal set shall hold the true class.
        latency_runs: timed answers at batch 1; p95 needs 72, p99 needs 368, fewer give the median only.
        latency_warmup: answers before the timing starts.
        figures: whether the report's figures are drawn as PNG too; a second or two that a sweep can save.
        robustness: what the test images are put through; None leaves them as they are.
        generators: how real images are told from generated ones; None for any other task.
        delivery: how they are told after messengers and screenshots; None leaves that out.
        tta: views of each picture that the model is asked about, the mean of whose embeddings counts: a set of
            `assay.config.tta`, or names of views; None asks once, about the picture as it is. Part of what is exported
            and served.
    """

    resamples: Annotated[int, Between(20, 100_000)] = 1000
    confidence: Annotated[float, Between(0.5, 0.999)] = 0.95
    conformal_level: Annotated[float, Between(0.5, 0.999)] = 0.9
    latency_runs: Annotated[int, Between(1, 100_000)] = 370
    latency_warmup: Annotated[int, Between(0, 100_000)] = 20
    figures: bool = True
    robustness: RobustnessSettings | None = None
    generators: GeneratorSettings | None = None
    delivery: DeliverySettings | None = None
    tta: Literal["mirrored", "flipped", "dihedral"] | list[str] | None = None

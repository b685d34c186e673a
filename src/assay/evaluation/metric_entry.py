"""MetricEntry: all that pages, decisions and the gate have to know of one metric."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from assay.errors import ConfigError, did_you_mean

Better = Literal["higher", "lower", ""]

CLASSIFICATION, PROBABILITIES, SELECTIVE = "Classification", "Probabilities and calibration", "Selective prediction"
MEMORISATION, ROBUSTNESS, OOD = "Memorisation", "Robustness", "OOD detection"
GENERATED, EXPLANATIONS, FIDELITY, COSTS = "Generated images", "Explanations", "Fidelity of generated images", "Costs"
GROUPS = (
    CLASSIFICATION, PROBABILITIES, SELECTIVE, MEMORISATION, ROBUSTNESS, OOD, GENERATED, EXPLANATIONS, FIDELITY, COSTS,
)  # fmt: skip

PAGES = {
    "mlflow": "logged by every run, as `test/<name>` where the name has no slash",
    "report": "tiles at the top of a run's report",
    "calibration": "numbers of the report's section on calibration",
    "coverage": "the report's accuracy of the most confident answers",
    "robustness": "lines of the report's charts of robustness",
    "terminal": "what the terminal shows at the end of a training",
    "claims": "what a comparison makes claims about unless it is told",
    "comparison": "tiles of a comparison",
    "study": "columns of a study that makes no claims",
    "study costs": "columns of a study about which no claims are made",
    "study findings": "sentences of a study",
    "study mlflow": "logged by a study for each variant",
    "verdict": "numbers of the candidate that a gate's verdict keeps",
    "recheck": "computed again by the gate and held against the evidence file",
    "registry": "first columns of the table of registered models",
    "generators": "columns of real against generated, for each generator",
    "generator lines": "lines of its charts of compression",
    "delivery": "columns and lines of real against generated as pictures are delivered",
    "fidelity": "scores of generated images",
}
"""Every place that shows metrics by the catalogue."""
PART, UNCALIBRATED = "*", "_uncalibrated"


@dataclass(frozen=True)
class MetricEntry:
    """A metric, or a family of them whose names differ in one part.

    Attributes:
        key: its name in the evidence or as it is logged; `*` stands for the part in which names of a family differ.
        label: the field's term; `{}` stands for that part.
        meaning: what it says, in a plain half sentence.
        better: "higher" or "lower"; "" where neither is.
        group: one of `GROUPS`; "" for what nobody has described.
        unit: "ms", "MB" or "" for a bare number.
        scale: the ends that it is drawn between and that intervals are cut to, the upper one None where there is none;
            None where it is drawn on no scale.
        short: for the heads of narrow tables and charts; "" takes the label.
        per_class: whether there is one for each class.
        counted: whether it is exact, and needs no interval to be sure.
        pages: which of `PAGES` show it, and at which place.

    Raises:
        ConfigError: no such page.
    """

    key: str
    label: str
    meaning: str = ""
    better: Better = ""
    group: str = ""
    unit: str = ""
    scale: tuple[float, float | None] | None = None
    short: str = ""
    per_class: bool = False
    counted: bool = False
    pages: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for page in self.pages:
            if page not in PAGES:
                raise ConfigError(f"metric {self.key}: no page {page!r} shows metrics; {did_you_mean(page, PAGES)}")

    @property
    def low(self) -> float:
        """The lower end of its scale; 0 without one."""
        return 0.0 if self.scale is None else self.scale[0]

    @property
    def high(self) -> float | None:
        """The upper end of its scale; None without one."""
        return None if self.scale is None else self.scale[1]

    @property
    def head(self) -> str:
        """The short label, or the label where it has none."""
        return self.short or self.label

    @property
    def with_unit(self) -> str:
        """The label as the head of bare numbers: `Size (MB)`."""
        return f"{self.label} ({self.unit})" if self.unit else self.label

    def matches(self, name: str) -> bool:
        """Whether it is the metric of this name, or the family that has it."""
        before, part, after = self.key.partition(PART)
        inside = len(name) > len(before) + len(after) and name.startswith(before) and name.endswith(after)
        return name == self.key or (bool(part) and inside)

    def of(self, name: str) -> MetricEntry:
        """The member of a family that has this name, with the name's own part in its label; itself for a metric."""
        if PART not in self.key or name == self.key:
            return self
        before, _, after = self.key.partition(PART)
        part = name[len(before) : len(name) - len(after)]
        # A corruption is ours and is written in words; sets, generators and classes have the names of their owner.
        words = part.replace("_", " ") if self.group == ROBUSTNESS else part
        return replace(self, key=name, label=self.label.format(words))

    def uncalibrated(self, **pages: int) -> MetricEntry:
        """The same metric on the model's own probabilities, before calibration."""
        return replace(
            self,
            key=f"{self.key}{UNCALIBRATED}",
            label=f"{self.label}, uncalibrated",
            meaning=f"{self.meaning}, before calibration".lstrip(", "),
            short=self.short and f"{self.short}, uncalibrated",
            pages=pages,
        )

"""Study view: which numbers of a study are shown, and what was claimed about each of them."""

from __future__ import annotations

from dataclasses import dataclass

from assay.comparison import Claim, Comparison
from assay.evaluation.catalogue import better_side, label_of, names_on, shown_on
from assay.evaluation.catalogue import metric as entry_of
from assay.studies.result import StudyResult, Value

MOST_CLASSES = 12
NOT_TESTED = "Costs and robustness (not tested)"
"""Heading of what is measured beside the hypotheses."""


@dataclass(frozen=True)
class MetricCell:
    """One number of one variant.

    Attributes:
        variant: its name.
        value: None where the variant has none.
        claim: against the baseline; None for the baseline itself, and for numbers that no claim is made about.
    """

    variant: str
    value: Value | None
    claim: Claim | None

    @property
    def verdict(self) -> str:
        """Of the claim; "" without one."""
        return "" if self.claim is None else self.claim.verdict


@dataclass(frozen=True)
class MetricColumn:
    """One number of all variants.

    Attributes:
        metric: its name.
        class_name: the class it is about; None for all.
        label: for people.
        better: "higher", "lower" or "".
        cells: one for each variant, the baseline first.
    """

    metric: str
    class_name: str | None
    label: str
    better: str
    cells: tuple[MetricCell, ...]


@dataclass(frozen=True)
class StudyView:
    """The columns of a study, in the order in which they are read.

    Attributes:
        whole: over all classes, that claims are made about.
        classes: the metrics per class that claims are made about.
        beside: what else was measured: costs, OOD, robustness, memorisation.
    """

    whole: tuple[MetricColumn, ...]
    classes: tuple[MetricColumn, ...]
    beside: tuple[MetricColumn, ...]

    @property
    def columns(self) -> tuple[MetricColumn, ...]:
        """All of them."""
        return self.whole + self.classes + self.beside


def view(result: StudyResult, comparison: Comparison | None) -> StudyView:
    """The columns of a study.

    Args:
        result: of the study.
        comparison: of its variants; None when there was nothing to compare.
    """
    claims = {}
    for variant in comparison.variants if comparison else ():
        claims.update({(variant.side.name, claim.metric, claim.class_name): claim for claim in variant.claims})
    claimed = list(dict.fromkeys((metric, name) for _, metric, name in claims)) or [
        (name, None) for name in names_on("study")
    ]
    known = set(result.metrics())
    beside = shown_on("study costs", [metric for metric, name in result.metrics() if name is None])

    def column(metric: str, name: str | None) -> MetricColumn:
        cells = tuple(
            MetricCell(variant.name, variant.value(metric, name), claims.get((variant.name, metric, name)))
            for variant in result.variants
        )
        label = entry_of(metric).with_unit if name is None else label_of(metric, name)
        return MetricColumn(metric, name, label, better_side(metric), cells)

    classes = [key for key in claimed if key[1] is not None]
    if not classes and not claims:
        classes = [key for key in result.metrics() if key[1] is not None and key[0] in names_on("study")]
    return StudyView(
        whole=tuple(column(*key) for key in claimed if key[1] is None and key in known),
        classes=tuple(column(*key) for key in classes[:MOST_CLASSES] if key in known),
        beside=tuple(column(name, None) for name in beside),
    )

"""OOD detection: score histograms with the cut-offs, the panel of detectors, and what both stages detect."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from assay.evaluation.ood import DomainShares, OodEvidence
from assay.evaluation.report.ood import CUT_OFFS, histograms, key_chart
from assay.evaluation.report.section import Section
from assay.evaluation.report.subject import Subject
from assay.pages.canvas import Canvas, grid
from assay.pages.svg import to_svg

COLUMNS = 3


def _values(subject: Subject) -> Mapping[str, Any] | None:
    ood = subject.evidence.ood
    if ood is None:
        return None
    return {
        "ood": ood,
        "charts": [to_svg(chart) for chart in histograms(ood)],
        "cut_offs": list(zip(CUT_OFFS, ood.cut_offs, strict=True)),
        "detectors": _by_mean(ood),
        "best": {ood_set.name: max(part.auroc.value or 0.0 for part in ood_set.panel.values()) for ood_set in ood.sets},
        "rows": [
            (f"{subject.evidence.split}, in-domain", ood.test),
            *((ood_set.name, ood_set.shares) for ood_set in ood.sets),
        ],
        "fired": _fired,
    }


def _by_mean(ood: OodEvidence) -> list[str]:
    """Detectors, the highest mean AUROC first."""

    def mean(name: str) -> float:
        return sum(ood_set.panel[name].auroc.value or 0.0 for ood_set in ood.sets)

    names = list(ood.sets[0].panel) if ood.sets else []
    return sorted(names, key=lambda name: (-mean(name), name))


def _fired(shares: DomainShares) -> str:
    """`sharpness 87, contrast 1`, most often violated first."""
    ordered = sorted(shares.fired.items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{name.replace('_', ' ')} {count}" for name, count in ordered)


def _figures(subject: Subject) -> Mapping[str, Canvas]:
    ood = subject.evidence.ood
    charts = [] if ood is None else histograms(ood)
    if ood is None or not charts:
        return {}
    title = "OOD scores of test images and of each set"
    return {"ood": grid(title, [*charts, key_chart(ood)], columns=COLUMNS)}


SECTION = Section("ood", "OOD detection", _values, _figures)

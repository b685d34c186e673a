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
    found = subject.evidence.ood
    if found is None:
        return None
    return {
        "ood": found,
        "charts": [to_svg(chart) for chart in histograms(found)],
        "cut_offs": list(zip(CUT_OFFS, found.cut_offs, strict=True)),
        "detectors": _by_mean(found),
        "best": {those.name: max(part.auroc.value or 0.0 for part in those.panel.values()) for those in found.sets},
        "rows": [
            (f"{subject.evidence.split}, in-domain", found.test),
            *((those.name, those.shares) for those in found.sets),
        ],
        "fired": _fired,
    }


def _by_mean(found: OodEvidence) -> list[str]:
    """Detectors, the highest mean AUROC first."""

    def mean(name: str) -> float:
        return sum(those.panel[name].auroc.value or 0.0 for those in found.sets)

    names = list(found.sets[0].panel) if found.sets else []
    return sorted(names, key=lambda name: (-mean(name), name))


def _fired(shares: DomainShares) -> str:
    """`sharpness 87, contrast 1`, most often violated first."""
    ordered = sorted(shares.fired.items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{name.replace('_', ' ')} {count}" for name, count in ordered)


def _figures(subject: Subject) -> Mapping[str, Canvas]:
    found = subject.evidence.ood
    charts = [] if found is None else histograms(found)
    if found is None or not charts:
        return {}
    title = "OOD scores of test images and of each set"
    return {"ood": grid(title, [*charts, key_chart(found)], columns=COLUMNS)}


SECTION = Section("ood", "OOD detection", _values, _figures)

"""The report's figures as PNG files, for MLflow's artifact list and for slides."""

from __future__ import annotations

from pathlib import Path

from assay.evaluation.report.sections import all_sections
from assay.evaluation.report.subject import Subject
from assay.pages.png import to_png


def write_figures(folder: Path, subject: Subject) -> list[Path]:
    """Write every section's figures as `<name>.png`; gives their paths."""
    paths = []
    for section in all_sections():
        for name, canvas in section.figures(subject).items():
            path = folder / f"{name}.png"
            to_png(canvas, path)
            paths.append(path)
    return paths

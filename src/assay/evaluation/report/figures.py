"""The report's figures as PNG files, for MLflow's artifact list and for slides."""

from __future__ import annotations

from pathlib import Path

from assay.evaluation.report.sections import all_sections
from assay.evaluation.report.subject import Subject
from assay.pages.kept_png import to_kept_png
from assay.pages.png import to_png


def write_figures(folder: Path, subject: Subject, kept: Path | None = None) -> list[Path]:
    """Write every section's figures as `<name>.png`; gives their paths.

    Args:
        folder: takes them.
        subject: what they show.
        kept: folder of a cache, see `to_kept_png`; None draws all of them.
    """
    paths = []
    for section in all_sections():
        for name, canvas in section.figures(subject).items():
            path = folder / f"{name}.png"
            if kept is None:
                to_png(canvas, path)
            else:
                to_kept_png(canvas, path, kept)
            paths.append(path)
    return paths

"""What a person looks at after a run: the report, and its figures as PNG."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from assay.data.manifest import Manifest
from assay.evaluation.report import Subject, write_figures, write_report
from assay.run.measure import RunMeasurement
from assay.tracking.run_files import FIGURES, REPORT


def write_pages(
    folder: Path,
    measured: RunMeasurement,
    manifest: Manifest,
    curves: pd.DataFrame,
    *,
    title: str,
    facts: Mapping[str, str],
    figures: Path | None,
) -> None:
    """Write `report.html`, and `figures/*.png` where they are wanted, into a run's folder.

    Args:
        folder: of the run.
        measured: what the pages show.
        manifest: knows the files of the pictures.
        curves: one row per epoch.
        title: what was trained.
        facts: name -> text for the top of the page.
        figures: folder of a cache for those that are drawn as PNG too; None draws none.
    """
    predictions = measured.predictions["test"]
    probabilities = measured.predictor.probabilities(predictions)
    files = dict(zip(manifest.table["id"], manifest.paths, strict=True))
    subject = Subject(measured.evidence, predictions, probabilities, curves, files.get, manifest.samples)
    write_report(folder / REPORT, subject, title=title, facts=facts)
    if figures is not None:
        write_figures(folder / FIGURES, subject, figures)

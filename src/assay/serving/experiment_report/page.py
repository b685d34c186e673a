"""The page of an experiment."""

from __future__ import annotations

from pathlib import Path

from assay.comparison.page import p_value
from assay.evaluation.catalogue import label_of
from assay.pages.numbers import signed
from assay.pages.page import save_page
from assay.pages.templates import templates
from assay.serving.experiment_report.record import ExperimentReport
from assay.serving.experiment_report.words import agreement_words, needs

TITLES = {"better": "The rival is better", "worse": "The rival is worse", "open": "Open", "unknown": "Not reviewed"}
LABELS = 12
"""Pairs of classes that the page shows."""


def write_page(path: Path, report: ExperimentReport) -> None:
    """Write the page, whole or not at all.

    Args:
        path: the HTML file.
        report: what was found.
    """
    environment = templates("assay.serving.experiment_report")
    environment.filters.update(signed=signed, p_value=p_value)
    environment.globals.update(label_of=label_of)
    comparison = report.comparison
    save_page(
        path,
        environment,
        "experiment.html.j2",
        report=report,
        title=TITLES[report.finding.outcome],
        level=f"{report.confidence * 100:.3g}%",
        needs=needs(report.finding),
        agreement_words="" if report.agreement is None else agreement_words(report.agreement),
        claims=() if comparison is None else comparison.variants[0].claims,
        caveats=() if comparison is None else comparison.notes,
        labels=() if report.agreement is None else report.agreement.labels[:LABELS],
    )

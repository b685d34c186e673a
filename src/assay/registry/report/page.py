"""The page of registered models: versions, why each may reign, and every candidate that was judged."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from assay.evaluation.catalogue import MAIN
from assay.gate.report.verdict_page import metric_label
from assay.pages.page import save_page
from assay.pages.svg import to_svg
from assay.pages.templates import templates
from assay.registry.report.figure import judged_plot
from assay.registry.report.overview import SAID, Overview
from assay.registry.report.sparkline import sparkline
from assay.studies.decision.metric import interval, number


def write_page(path: Path, seen: Sequence[Overview]) -> None:
    """Write the page, whole or not at all.

    Args:
        path: the HTML file.
        seen: the models.
    """
    environment = templates("assay.registry.report")
    environment.globals.update(SAID=SAID, label=metric_label, number=number, spread=interval)
    rows = []
    for model in seen:
        plot = judged_plot(model, MAIN)
        values = model.reigned(MAIN)
        rows.append((model, model.metrics, plot and to_svg(plot), values, sparkline(values)))
    save_page(
        path,
        environment,
        "models.html.j2",
        models=rows,
        title=seen[0].name if len(seen) == 1 else "RegisteredAliases models",
        made=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
    )

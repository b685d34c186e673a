"""How good models are: registered versions as the gate has scored them, and estimates of what is served by window."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import Connection

from assay.monitoring.bounds import ALL, WindowBounds
from assay.monitoring.estimate.of_window import window_estimates
from assay.registry.report.overview import Overview
from assay.serving.reports.estimate_tables import (
    PerformanceOptions,
    estimates_in_words,
    estimates_table,
    read_span,
    windows_table,
)
from assay.serving.reports.operating_tables import operating_tables
from assay.serving.reports.record import ReportTable, ServiceReport
from assay.serving.reports.retraining_table import retraining_tables
from assay.serving.reports.span import parts_of
from assay.serving.reports.version_tables import champion_in_words, version_tables


def performance_report(
    connection: Connection | None,
    since: str,
    until: str,
    bounds: WindowBounds,
    models: Sequence[Overview],
    facts: dict[str, str],
    wanted: PerformanceOptions,
) -> ServiceReport:
    """How good the models are.

    Args:
        connection: that may read; None where no service has kept anything.
        since: UTC, first moment inside; "" for the beginning.
        until: UTC, first moment outside; "" where nothing was answered.
        bounds: of arm, bundle and key.
        models: registered ones.
        facts: what the report is about.
        wanted: how it is made.
    """
    tables: list[ReportTable] = []
    summary = [champion_in_words(model) for model in models if model.versions]
    notes = []
    if connection is not None and until:
        window, known = read_span(connection, since, until, replace(bounds, window=ALL, end=until))
        facts = {**facts, "answers": f"{len(window):,}", "labels of the random slice": f"{len(known.labels):,}"}
        made = window_estimates(window, known, wanted.profile, resampling=wanted.resampling)
        tables += [
            windows_table(window, known, parts_of(connection, since, until, wanted.parts), wanted),
            estimates_table(made),
        ]
        tables += operating_tables(connection, window, known, wanted.resampling.confidence)
        summary += estimates_in_words(made)
        notes += [*made.notes]
    else:
        notes.append("No service has answered anything yet: only registered versions are shown.")
    tables += [table for model in models for table in version_tables(model)]
    tables += [] if connection is None else retraining_tables(connection)
    return ServiceReport("performance", "Performance", facts, tuple(summary), tuple(tables), tuple(notes))

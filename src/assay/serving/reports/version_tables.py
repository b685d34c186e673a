"""Registered versions in a report: each metric as the gate has scored it, and where its level changes."""

from __future__ import annotations

from assay.evaluation.catalogue import label_of
from assay.registry.report.overview import Overview
from assay.serving.reports.levels import VALUE, level_marks, marks_in_words, standard_error
from assay.serving.reports.record import ReportColumn, ReportTable, report_table

VERSIONED = ("accuracy", "macro_f1", "balanced_accuracy", "ece", "nll")


def version_tables(model: Overview) -> list[ReportTable]:
    """A table for each metric that several versions were scored in, the oldest first."""
    tables = []
    for metric in VERSIONED:
        having = [version for version in reversed(model.versions) if metric in version.metrics]
        having = [version for version in having if version.metrics[metric].value is not None]
        if not having:
            continue
        columns = (
            ReportColumn("version", "version"), *VALUE, ReportColumn("n", "images", 0),
            ReportColumn("date", "date"), ReportColumn("outcome", "outcome"), ReportColumn("aliases", "aliases"),
        )  # fmt: skip
        rows = [
            (
                f"version {version.version}", version.metrics[metric].value, version.metrics[metric].low,
                version.metrics[metric].high, version.metrics[metric].n, version.date, version.outcome,
                ", ".join(version.aliases),
            )
            for version in having
        ]  # fmt: skip
        values = [version.metrics[metric] for version in having]
        errors = [standard_error(measured.low, measured.high) for measured in values]
        marks = level_marks([measured.value for measured in values], errors)
        lead = "As scored by the gate, on the frozen test images." + marks_in_words(marks, [row[0] for row in rows])
        title = f"{model.name}: {label_of(metric)} of versions"
        tables.append(
            report_table(f"{model.name} {metric}", title, columns, rows, lead=lead, figure="trend", marks=marks)
        )
    return tables


def champion_in_words(model: Overview) -> str:
    """Which version is champion, and how good it was on its test images."""
    champion = model.champion
    if champion is None:
        return f"{model.name}: {len(model.versions)} versions, none of them champion."
    measured = champion.metrics.get("accuracy") or champion.metrics.get("macro_f1")
    words = "" if measured is None or measured.value is None else f", {measured.value:.3f} on its frozen test images"
    name = "accuracy" if "accuracy" in champion.metrics else "macro F1"
    return f"{model.name}: version {champion.version} is champion{words and f', {name}{words[1:]}'}."

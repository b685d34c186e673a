"""Estimates in a report: of the whole window, and of its parts one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sqlalchemy import Connection

from assay.evaluation.catalogue import label_of
from assay.evaluation.resampling import Resampling
from assay.monitoring.bounds import WindowBounds
from assay.monitoring.estimate.estimate import CONFIDENCE_BASED, PREDICTION_POWERED, REALISED, Estimates
from assay.monitoring.estimate.of_window import window_estimates
from assay.monitoring.estimate.slice_labels import SliceLabels, slice_labels
from assay.monitoring.profile import Profile
from assay.monitoring.read_window import read_window
from assay.monitoring.window import Window
from assay.serving.reports.levels import VALUE, level_marks, marks_in_words, standard_error
from assay.serving.reports.record import Cell, ReportColumn, ReportTable, report_table


@dataclass(frozen=True)
class PerformanceOptions:
    """How the report is made.

    Attributes:
        parts: windows that the span is cut into.
        profile: reference of what is served; None takes confidence as it is.
        resampling: how intervals of realised metrics are made.
    """

    parts: int
    profile: Profile | None
    resampling: Resampling


def read_span(connection: Connection, since: str, until: str, bounds: WindowBounds) -> tuple[Window, SliceLabels]:
    """The answers from one moment to another, and what is known of their classes."""
    window = read_window(connection, bounds)
    if since:
        inside = window.times >= _moment(since)
        if not inside.all():
            window = window.rows(inside)
    bundle = "" if bounds.bundle == "all" else bounds.bundle
    return window, slice_labels(connection, since=since, until=until, bundle=bundle)


ESTIMATED = (
    ReportColumn("estimate", "metric and method"), *VALUE, ReportColumn("n", "answers", 0),
    ReportColumn("labels", "labels", 0), ReportColumn("keys", "keys", 0), ReportColumn("how", "interval"),
    ReportColumn("assumption", "holds if"),
)  # fmt: skip


def _moment(text: str) -> np.datetime64:
    return np.datetime64(text.rstrip("Z"), "ms")


def estimates_table(made: Estimates) -> ReportTable:
    """Every estimate of a window, with what has to hold for it."""
    rows = [
        (
            f"{label_of(each.metric)}, {each.method}", each.value, each.lower, each.upper, each.n, each.labels,
            each.keys, each.how, each.assumption.removeprefix("holds "),
        )
        for each in made.estimates
    ]  # fmt: skip
    return report_table("estimates", "The whole window", ESTIMATED, rows)


def windows_table(
    window: Window, known: SliceLabels, parts: Sequence[tuple[str, str]], wanted: PerformanceOptions
) -> ReportTable:
    """Accuracy by each method, part by part.

    Args:
        window: all of them.
        known: labels of its answers.
        parts: first moment inside and first outside of each, UTC.
        wanted: how it is made.
    """
    methods = (CONFIDENCE_BASED, PREDICTION_POWERED, REALISED)
    columns = [ReportColumn("from", "from"), ReportColumn("answers", "answers", 0), ReportColumn("labels", "labels", 0)]
    for method in methods:
        short = method.replace("-", "_")
        columns += [
            ReportColumn(short, method, 3, "value", 1.0),
            ReportColumn(f"{short}_lower", "lower", 3, "lower"),
            ReportColumn(f"{short}_upper", "upper", 3, "upper"),
        ]
    labelled = np.isin(window.ids, np.array(sorted(known.labels), dtype=window.ids.dtype))
    rows: list[tuple[Cell, ...]] = []
    for begin, end in parts:
        inside = (window.times >= _moment(begin)) & (window.times < _moment(end))
        made = window_estimates(
            window.rows(inside), known, wanted.profile, metrics=("accuracy",), resampling=wanted.resampling
        )
        cells: list[Cell] = [f"{begin[:16]}Z", int(inside.sum()), int((labelled & inside).sum())]
        for method in methods:
            each = made.of("accuracy", method)
            enough = each is not None and each.lower is not None
            cells += [each.value, each.lower, each.upper] if each is not None and enough else [None, None, None]
        rows.append(tuple(cells))
    marks = _changes(rows, 3 + 3 * methods.index(CONFIDENCE_BASED))
    powered = _changes(rows, 3 + 3 * methods.index(PREDICTION_POWERED))
    starts = [row[0] for row in rows]
    lead = "Accuracy." + "".join(
        f" By {name},{marks_in_words(at, starts)}" for name, at in (("confidence", marks), ("labels", powered)) if at
    )
    if not marks and not powered:
        lead += " No change of level beyond what chance makes."
    both = sorted({*marks, *powered})
    return report_table("windows", "Window by window", columns, rows, lead=lead, figure="trend", marks=both)


def _changes(rows: Sequence[Sequence[Cell]], at: int) -> list[int]:
    """Rows at which the level of a column changes; those without an interval are passed over."""
    known = [place for place, row in enumerate(rows) if row[at] is not None and row[at + 1] is not None]
    marks = level_marks([rows[place][at] for place in known],
                   [standard_error(rows[place][at + 1], rows[place][at + 2]) for place in known])  # fmt: skip
    return [known[place] for place in marks]


def estimates_in_words(made: Estimates) -> list[str]:
    """Accuracy now, by the methods that look at all answers, and whether they contradict each other."""
    lines, intervals = [], []
    for method in (PREDICTION_POWERED, CONFIDENCE_BASED):
        each = made.of("accuracy", method)
        if each is not None and each.value is not None and each.lower is not None and each.upper is not None:
            labels = f", {each.labels:,} labels" if each.labels else ""
            lines.append(
                f"Accuracy now, {method}: {each.value:.3f} ({each.lower:.3f} to {each.upper:.3f}{labels}); "
                f"{each.assumption}."
            )
            intervals.append((each.lower, each.upper))
    if len(intervals) == 2:
        (low, high), (confident_low, confident_high) = intervals
        if high < confident_low or confident_high < low:
            surer = "surer than it is right" if high < confident_low else "right more often than it is sure"
            lines.append(
                f"Their intervals do not overlap: the model is {surer}, so its confidence no longer holds for what it "
                "meets. Trust the one with labels."
            )
    return lines

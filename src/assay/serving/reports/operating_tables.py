"""The operating point in a report: what was handed over, and which real pictures were accused, by threshold and key."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from sqlalchemy import Connection, select

from assay.measurement import Measurement
from assay.monitoring.estimate.operating_point import (
    FALSE_ALARMS,
    GENERATED,
    REAL,
    REJECTED,
    AnsweredPictures,
    OperatingRate,
    operating_rates,
)
from assay.monitoring.estimate.slice_labels import SliceLabels
from assay.monitoring.window import Window
from assay.postprocess.ood.two_stage import DOMAINS
from assay.serving.reports.record import Cell, ReportColumn, ReportTable, report_table
from assay.store.tables import API_KEYS


def operating_tables(
    connection: Connection, window: Window, known: SliceLabels, confidence: float
) -> list[ReportTable]:
    """Rates at the bundle's thresholds by arm and key, and at others."""
    if not len(window):
        return []
    called = {row.id: row.name for row in connection.execute(select(API_KEYS.c.id, API_KEYS.c.name))}
    names = {place: called.get(key, key) for place, key in enumerate(window.keys)}
    ids = window.id_list()
    generated = accused = real = None
    if {REAL, GENERATED} <= set(window.class_names):
        place = window.class_names.index(GENERATED)
        generated, accused = window.probabilities[:, place], window.predicted == place
        real = np.array([known.labels.get(identifier) == REAL for identifier in ids])
    answers = AnsweredPictures(
        window.confidence, window.rejected, np.array(DOMAINS)[window.domain], window.block,
        np.array(window.arms)[window.arm], generated, accused,
    )  # fmt: skip
    rates = operating_rates(answers, names=names, reviewed_real=real, confidence=confidence)
    own, swept = [[rate for rate in rates if (rate.threshold is None) == deployed] for deployed in (True, False)]
    lead = "At the thresholds of the bundle."
    if real is not None:
        lead += " False alarms are counted among real pictures of the random slice that were reviewed."
    return [
        _pivoted("operating point", "Operating point", "whose", own, _whose, lead=lead),
        _pivoted("thresholds", "At other thresholds", "threshold", swept, _threshold, figure="trend",
                 lead="Of confidence for what is rejected, of being generated for false alarms."),
    ]  # fmt: skip


def _pivoted(
    name: str,
    title: str,
    head: str,
    rates: Sequence[OperatingRate],
    row_of: Callable[[OperatingRate], str],
    *,
    lead: str,
    figure: str = "",
) -> ReportTable:
    """A row for each part of the answers or threshold, with every rate and how many it is of."""
    kinds = list(dict.fromkeys(rate.what for rate in rates))
    columns = [ReportColumn(head, head), ReportColumn("n", "answers", 0)]
    for kind in kinds:
        columns += [
            ReportColumn(kind, kind, 3, "value", 1.0),
            ReportColumn(f"{kind} lower", "lower", 3, "lower"),
            ReportColumn(f"{kind} upper", "upper", 3, "upper"),
        ]
    if FALSE_ALARMS in kinds:
        columns.append(ReportColumn("reviewed real", "reviewed real", 0))
    by_row: dict[str, dict[str, Measurement]] = {}
    for rate in rates:
        by_row.setdefault(row_of(rate), {})[rate.what] = rate.rate
    rows: list[list[Cell]] = []
    for words, measured in by_row.items():
        cells: list[Cell] = [words, measured[REJECTED].n]
        for kind in kinds:
            each = measured.get(kind)
            cells += [None, None, None] if each is None else [each.value, each.low, each.high]
        if FALSE_ALARMS in kinds:
            cells.append(measured[FALSE_ALARMS].n if FALSE_ALARMS in measured else 0)
        rows.append(cells)
    return report_table(name, title, columns, rows, lead=lead, figure=figure)


def _threshold(rate: OperatingRate) -> str:
    return f"{rate.threshold:g}"


def _whose(rate: OperatingRate) -> str:
    if rate.key != "all":
        return f"key {rate.key}"
    return "all" if rate.arm == "all" else f"arm {rate.arm}"

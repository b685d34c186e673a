"""How a service is used: answers by day, class, domain, arm and key, how long they took, and what was handed over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, select

from assay.monitoring.bounds import WindowBounds
from assay.monitoring.estimate.blocks import share_over_blocks
from assay.serving.reports.record import Cell, ReportColumn, ReportTable, ServiceReport, report_table
from assay.store.keys import key_families
from assay.store.prediction_log import GIVEN
from assay.store.tables import API_KEYS, PREDICTIONS

PORTION = 8192
_TABLE = PREDICTIONS.c
TEXTS = ("day", "label", "domain", "arm", "model", "key")
ANSWERS = ReportColumn("answers", "answers", 0)
SHARE = ReportColumn("share", "share", 3)
CONFIDENCE = ReportColumn("confidence", "mean confidence", 3)
RATES = (
    ReportColumn("for_a_person", "for a person", 3, "value", 1.0),
    ReportColumn("for_a_person_lower", "lower", 3, "lower"),
    ReportColumn("for_a_person_upper", "upper", 3, "upper"),
)
TIMES = (ReportColumn("p50_ms", "p50 ms", 1), ReportColumn("p95_ms", "p95 ms", 1))
CACHED = ReportColumn("from_memory", "from memory", 3)


@dataclass(frozen=True, eq=False)
class LoggedUse:
    """N answers of the log, column by column, the oldest first.

    Attributes:
        codes: name of a text -> [N], index into `names`.
        names: name of a text -> what there is of it.
        confidence: [N].
        person: [N], whether a person was to look.
        total_ms: [N].
        engine_ms: [N], 0 for an answer from memory.
    """

    codes: dict[str, NDArray[np.int32]]
    names: dict[str, tuple[str, ...]]
    confidence: NDArray[np.float32]
    person: NDArray[np.bool_]
    total_ms: NDArray[np.float32]
    engine_ms: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.person)


def read_use(connection: Connection, since: str, until: str, bounds: WindowBounds) -> LoggedUse:
    """The answers of a span that somebody was given.

    Args:
        connection: that may read.
        since: UTC, first moment inside; "" for the beginning.
        until: UTC, first moment outside.
        bounds: of arm, bundle and key.
    """
    asked = select(
        _TABLE.time, _TABLE.label, _TABLE.domain, _TABLE.arm, _TABLE.model, _TABLE.version, _TABLE.key,
        _TABLE.confidence, _TABLE.for_a_person, _TABLE.total_ms, _TABLE.engine_ms,
    ).where(GIVEN, _TABLE.time < until)  # fmt: skip
    if since:
        asked = asked.where(_TABLE.time >= since)
    wanted = {_TABLE.arm: bounds.arm, _TABLE.key: bounds.key, _TABLE.version: bounds.version}
    wanted[_TABLE.bundle] = "" if bounds.bundle == "all" else bounds.bundle
    for column, value in wanted.items():
        if value:
            asked = asked.where(column == value)
    families = key_families(connection)
    numbers: dict[str, dict[str, int]] = {name: {} for name in TEXTS}
    codes: dict[str, list[NDArray[np.int32]]] = {name: [] for name in TEXTS}
    values: list[NDArray[np.float64]] = []
    rows = connection.execute(asked.order_by(_TABLE.time, _TABLE.id).execution_options(yield_per=PORTION))
    for portion in rows.partitions(PORTION):
        times, labels, domains, arms, models, versions, keys, *rest = zip(*portion, strict=True)
        texts = {
            "day": [time[:10] for time in times],
            "label": labels,
            "domain": domains,
            "arm": arms,
            "model": [" ".join(each).strip() or "unregistered" for each in zip(models, versions, strict=True)],
            "key": [families.get(key, key) for key in keys],
        }
        for name, listed in texts.items():
            known = numbers[name]
            codes[name].append(np.array([known.setdefault(text, len(known)) for text in listed], dtype=np.int32))
        values.append(np.array(rest, dtype=np.float64).T)
    numeric = np.concatenate(values) if values else np.zeros((0, 4))
    joined = {name: np.concatenate(parts) if parts else np.zeros(0, np.int32) for name, parts in codes.items()}
    return LoggedUse(
        joined,
        {name: tuple(known) for name, known in numbers.items()},
        numeric[:, 0].astype(np.float32),
        numeric[:, 1] > 0,
        numeric[:, 2].astype(np.float32),
        numeric[:, 3].astype(np.float32),
    )


def inference_report(
    connection: Connection, since: str, until: str, bounds: WindowBounds, facts: dict[str, str], confidence: float
) -> ServiceReport:
    """How the service was used in a span.

    Args:
        connection: that may read.
        since: UTC, first moment inside; "" for the beginning.
        until: UTC, first moment outside.
        bounds: of arm, bundle and key.
        facts: what the report is about.
        confidence: level of intervals.
    """
    use = read_use(connection, since, until, bounds)
    n, keys = len(use), use.names["key"]
    facts = {**facts, "answers": f"{n:,}", "keys": f"{len(keys):,}"}
    title = "Use of the service"
    if not n:
        return ServiceReport("inference", title, facts, ("Nothing was answered in this window.",))
    names = {row.id: row.name for row in connection.execute(select(API_KEYS.c.id, API_KEYS.c.name))}
    every = np.arange(n)
    tables = (
        _days(use, confidence),
        _parts(use, "label", "Classes", "class", confidence, lead="As predicted, not as they are."),
        _parts(
            use, "domain", "Domain", "domain", confidence, lead="Whether a picture is of the kind the model is for."
        ),
        _parts(use, "model", "Model versions", "model", confidence),
        _parts(use, "arm", "Arms", "arm", confidence),
        _parts(use, "key", "Keys", "key", confidence, named={key: names.get(key, key) for key in keys}),
    )
    return ServiceReport("inference", title, facts, _summary(use, every, confidence), tables, _notes(use))


def _summary(use: LoggedUse, rows: NDArray[np.intp], confidence: float) -> tuple[str, ...]:
    n, keys = len(use), np.bincount(use.codes["key"])
    rate = share_over_blocks(use.person, use.codes["key"], confidence)
    between = "" if rate.low is None else f" ({rate.low:.3f} to {rate.high:.3f})"
    p50, p95 = _quantiles(use, rows)
    times = "" if p50 is None else f" Half of the answers took at most {p50:,.1f} ms, 95 % at most {p95:,.1f} ms."
    return (
        f"{n:,} answers to {len(keys):,} keys on {len(use.names['day']):,} days; a person was to look at "
        f"{rate.value:.3f} of them{between}.{times}",
    )


def _notes(use: LoggedUse) -> tuple[str, ...]:
    most = float(np.bincount(use.codes["key"]).max()) / len(use)
    lines = ["Times are from the first byte to the answer; those of answers from memory are not among them."]
    if most > 0.4:
        lines.append(f"One key sent {most:.0%} of the pictures; intervals count keys, so it makes them wide.")
    return tuple(lines)


def _days(use: LoggedUse, confidence: float) -> ReportTable:
    columns = (ReportColumn("day", "day"), ANSWERS, ReportColumn("keys", "keys", 0), *RATES, CACHED, *TIMES)
    days = use.names["day"]
    groups = _groups(use.codes["day"], len(days))
    rows: list[Sequence[Cell]] = []
    for place, rows_of_day in enumerate(groups):
        keys = len(np.unique(use.codes["key"][rows_of_day]))
        rows.append((days[place], len(rows_of_day), keys, *_rates(use, rows_of_day, confidence)))
    return report_table("days", "Answers by day", columns, rows, figure="days", lead="UTC.")


def _parts(
    use: LoggedUse, by: str, title: str, head: str, confidence: float, *, lead: str = "", named: Any = None
) -> ReportTable:
    columns = (ReportColumn(head, head), ANSWERS, SHARE, CONFIDENCE, *RATES, CACHED, *TIMES)
    made: list[tuple[Cell, ...]] = []
    for name, rows in zip(use.names[by], _groups(use.codes[by], len(use.names[by])), strict=True):
        words = name if named is None else named[name]
        sure = float(use.confidence[rows].astype(np.float64).mean())
        made.append((words, len(rows), len(rows) / len(use), sure, *_rates(use, rows, confidence)))
    made.sort(key=lambda row: (-int(row[1] or 0), str(row[0])))
    return report_table(by, title, columns, made, lead=lead, figure="parts")


def _rates(use: LoggedUse, rows: NDArray[np.intp], confidence: float) -> tuple[Cell, ...]:
    """For a person with its interval, from memory, and both times."""
    rate = share_over_blocks(use.person[rows], use.codes["key"][rows], confidence)
    memory = float((use.engine_ms[rows] == 0).mean())
    return (rate.value, rate.low, rate.high, memory, *_quantiles(use, rows))


def _quantiles(use: LoggedUse, rows: NDArray[np.intp]) -> tuple[float | None, float | None]:
    times = use.total_ms[rows][use.engine_ms[rows] > 0]
    if not len(times):
        return None, None
    p50, p95 = np.quantile(times.astype(np.float64), [0.5, 0.95])
    return float(p50), float(p95)


def _groups(codes: NDArray[np.int32], count: int) -> list[NDArray[np.intp]]:
    """The rows of each code."""
    order = np.argsort(codes, kind="stable")
    return np.split(order, np.searchsorted(codes[order], np.arange(1, count)))

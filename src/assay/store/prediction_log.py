"""The prediction log: what was asked and answered, by whose key; each row with its line in the audit trail."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, select

from assay.store.ids import now
from assay.store.tables import PREDICTIONS
from assay.store.trail import Personal, append_lines

KIND = "prediction"
_ADD = PREDICTIONS.insert()
GIVEN = PREDICTIONS.c.pair == ""
"""Rows that somebody was given; the others are of a shadow, which only looks on."""


@dataclass(frozen=True)
class PredictionRecord:
    """One answer, as it is kept. Nothing of the picture is in it but numbers about its pixels.

    Attributes:
        id: of the answer, from `ids.new_id`.
        time: UTC.
        request: id of the request; several pictures may share one.
        subject: id of whose picture it is.
        key: id of the key.
        picture: HMAC under the subject's secret, from `subjects.picture_id`.
        model: name of the registered model; "" for a run or a folder.
        version: of it.
        bundle: hex sha256.
        arm: of an experiment: "champion", "challenger", "shadow".
        label: most probable class.
        confidence: its calibrated probability.
        answer: everything that the client got, as JSON values.
        statistics: of the picture's pixels, by name.
        domain: "in-domain", "unsure" or "out".
        for_a_person: whether a person should look.
        total_ms: milliseconds from the first byte to the answer.
        kept: whether the picture itself was kept, with consent.
        experiment: that was going on, by name; "" for none.
        pair: of a shadow's answer, the id of the answer that went out; "" for what went out itself.
        engine_ms: milliseconds of the engine; 0 where the answer was there already.
        rejected: whether the confidence is too low; None of answers of before this was kept apart from `for_a_person`.
        components: of the picture's embedding, from `components.packed`; empty where the bundle has no projection.
    """

    id: str
    time: str
    request: str
    subject: str
    key: str
    picture: str
    model: str
    version: str
    bundle: str
    arm: str
    label: str
    confidence: float
    answer: Mapping[str, Any]
    statistics: Mapping[str, float]
    domain: str
    for_a_person: bool
    total_ms: float
    kept: bool = False
    experiment: str = ""
    pair: str = ""
    engine_ms: float = 0.0
    rejected: bool | None = None
    components: bytes = b""


def log_predictions(connection: Connection, records: Sequence[PredictionRecord]) -> list[int]:
    """Write answers and their lines of the audit trail, in one transaction with each other.

    Args:
        connection: in a transaction that may write.
        records: in the order of their lines.

    Returns:
        Numbers of the lines.
    """
    lines: list[tuple[str, Mapping[str, Any], Personal | None]] = [_line(record) for record in records]
    entries = append_lines(connection, lines, at=records[0].time if records else now())
    rows = [
        {**vars(record), **_texts(record), "trail": entry.number}  # asdict would copy answer and statistics deeply
        for record, entry in zip(records, entries, strict=True)
    ]
    if rows:
        connection.execute(_ADD, rows)
    return [entry.number for entry in entries]


def _line(record: PredictionRecord) -> tuple[str, Mapping[str, Any], Personal]:
    content = {
        "label": record.label,
        "confidence": record.confidence,
        "model": record.model,
        "version": record.version,
        "bundle": record.bundle,
        "arm": record.arm,
        "domain": record.domain,
        "for_a_person": record.for_a_person,
        **({"kept": True} if record.kept else {}),
    }
    hidden = {"prediction": record.id, "picture": record.picture, "key": record.key, "actor": record.key}
    return KIND, content, Personal(record.subject, hidden)


def _texts(record: PredictionRecord) -> dict[str, str]:
    return {
        name: json.dumps(value, ensure_ascii=False, allow_nan=False)
        for name, value in (("answer", dict(record.answer)), ("statistics", dict(record.statistics)))
    }


def predictions_of(
    connection: Connection, subject: str, *, before: str = "", limit: int = 100
) -> list[PredictionRecord]:
    """Answers that a subject was given, the newest first; a shadow's is none.

    Args:
        connection: that may read.
        subject: id of it; nobody else's are given.
        before: id of the last one of the page before; "" begins with the newest.
        limit: most of them.
    """
    theirs = select(PREDICTIONS).where(PREDICTIONS.c.subject == subject, GIVEN)
    asked = theirs.order_by(PREDICTIONS.c.id.desc()).limit(limit)
    if before:
        asked = asked.where(PREDICTIONS.c.id < before)
    return [read_prediction(row) for row in connection.execute(asked)]


def prediction_of(connection: Connection, subject: str, prediction: str) -> PredictionRecord | None:
    """An answer that a subject was given; None where there is none, or it is somebody else's."""
    asked = select(PREDICTIONS).where(PREDICTIONS.c.id == prediction, PREDICTIONS.c.subject == subject, GIVEN)
    row = connection.execute(asked).first()
    return None if row is None else read_prediction(row)


@dataclass(frozen=True)
class LogCounts:
    """What the log holds.

    Attributes:
        predictions: answers in all.
        first: time of the oldest; "" where there is none.
        last: time of the newest.
        for_a_person: answers that a person should look at.
        by_label: answers by class.
        by_domain: answers by "in-domain", "unsure", "out".
        by_version: answers by model and version.
    """

    predictions: int
    first: str
    last: str
    for_a_person: int
    by_label: dict[str, int]
    by_domain: dict[str, int]
    by_version: dict[str, int]


def log_counts(connection: Connection) -> LogCounts:
    """Count the answers that were given."""
    table = PREDICTIONS.c
    ends = select(func.count(), func.min(table.time), func.max(table.time)).where(GIVEN)
    total, first, last = connection.execute(ends).one()
    looked = connection.scalar(select(func.count()).where(table.for_a_person, GIVEN))

    def by(*columns: Any) -> dict[str, int]:
        given = select(*columns, func.count()).where(GIVEN)
        asked = given.group_by(*columns).order_by(func.count().desc(), *columns)
        return {" ".join(str(part) for part in row[:-1]): int(row[-1]) for row in connection.execute(asked)}

    return LogCounts(
        int(total),
        first or "",
        last or "",
        int(looked or 0),
        by(table.label),
        by(table.domain),
        by(table.model, table.version),
    )


def read_prediction(row: Any) -> PredictionRecord:
    """A row of the table as a value."""
    values = dict(row._mapping)
    del values["trail"]
    return PredictionRecord(
        **{**values, "answer": json.loads(values["answer"]), "statistics": json.loads(values["statistics"])}
    )

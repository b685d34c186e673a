"""The span of a report: it ends with the newest answer, so that the same log gives the same report."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, func, select

from assay.monitoring.bounds import WindowBounds
from assay.store.ids import as_time
from assay.store.prediction_log import GIVEN
from assay.store.tables import PREDICTIONS


def span_of(connection: Connection, bounds: WindowBounds) -> tuple[str, str]:
    """First moment inside and first outside, UTC, as the store writes times.

    Args:
        connection: that may read.
        bounds: whose end is the newest answer where they name none.

    Returns:
        "" twice where nothing was answered.
    """
    if not bounds.end:
        newest = connection.scalar(select(func.max(PREDICTIONS.c.time)).where(GIVEN))
        if newest is None:
            return "", ""
        return bounds.span(_moment(newest) + timedelta(milliseconds=1))
    return bounds.span(datetime.now(UTC))


def parts_of(connection: Connection, since: str, until: str, count: int) -> list[tuple[str, str]]:
    """The span in parts of the same length, the oldest first.

    Args:
        connection: that may read.
        since: first moment inside; "" for the oldest answer.
        until: first moment outside.
        count: of parts.
    """
    if not since:
        oldest = connection.scalar(select(func.min(PREDICTIONS.c.time)).where(GIVEN))
        if oldest is None:
            return []
        since = oldest
    begin, end = _moment(since), _moment(until)
    cuts = [as_time(begin + (end - begin) * place / count) for place in range(count)]
    return list(zip(cuts, [*cuts[1:], until], strict=True))


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)

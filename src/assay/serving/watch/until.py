"""Until when something is muted, as it is typed."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from assay.errors import ConfigError
from assay.store.ids import as_time

_SPAN = re.compile(r"([1-9][0-9]{0,3})([hdw])")
_UNITS = {"h": "hours", "d": "days", "w": "weeks"}


def moment_until(text: str, *, at: datetime) -> str:
    """A moment to come, UTC as the store writes it.

    Args:
        text: a span from now (8h, 2d, 1w), a day or a moment (2026-11-05, 2026-11-05T08:00).
        at: the present.

    Raises:
        ConfigError: it is neither, or has passed.
    """
    example = "until=2d, until=8h or until=2026-11-05T08:00"
    if span := _SPAN.fullmatch(text.strip()):
        return as_time(at + timedelta(**{_UNITS[span[2]]: int(span[1])}))
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise ConfigError(f"until={text}: is no time; write {example}") from error
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
    if moment <= at:
        raise ConfigError(f"until={text}: has passed; write {example}")
    return as_time(moment)

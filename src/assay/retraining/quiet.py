"""Quiet hours: times of the day, in a zone, in which no step of a retraining begins."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from assay.errors import ConfigError

_FORM = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)")


def quiet_until(quiet: str, zone: str, moment: datetime) -> datetime | None:
    """When the quiet hours end that a moment lies in, UTC; None where it lies in none.

    Args:
        quiet: "08:00-18:00", its beginning included and its end not, or over midnight, "22:00-06:00"; "" for none.
        zone: of IANA, that its times are of.
        moment: with a zone.

    Raises:
        ConfigError: `quiet` is no such span.
    """
    if not quiet:
        return None
    begins, ends = quiet_hours(quiet)
    local = moment.astimezone(ZoneInfo(zone))
    clock = local.time().replace(second=0, microsecond=0)
    inside = begins <= clock < ends if begins < ends else clock >= begins or clock < ends
    if not inside:
        return None
    day = local.date() if clock < ends else local.date() + timedelta(days=1)
    end = datetime.combine(day, ends, ZoneInfo(zone)).astimezone(UTC)
    # Where the clocks go back within the quiet hours, their end comes twice, and the second is meant.
    return end if end > moment else datetime.combine(day, ends.replace(fold=1), ZoneInfo(zone)).astimezone(UTC)


def quiet_hours(quiet: str) -> tuple[time, time]:
    """Beginning and end of "08:00-18:00".

    Raises:
        ConfigError: it is no such span.
    """
    match = _FORM.fullmatch(quiet)
    if match is None or match[1] + match[2] == match[3] + match[4]:
        raise ConfigError(f"quiet={quiet}: is no span of a day; write it as quiet=08:00-18:00")
    return time(int(match[1]), int(match[2])), time(int(match[3]), int(match[4]))

"""Slots: UTC instants at which a job is due, of a cron expression and a zone; clock changes as in Debian's cron."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from assay.errors import ConfigError


def slots_after(schedule: str, zone: str, moment: datetime) -> Iterator[datetime]:
    """Slots after a moment, UTC, each later than the one before.

    When the clocks go forward, a job of a skipped time is due at the first minute behind the gap. When they go back, a
    job of a fixed time is due once, at the first of the two; one of every hour or minute (`*`) goes by what has passed.

    Args:
        schedule: five fields of cron: minute, hour, day of month, month, day of week.
        zone: of IANA, "Europe/Berlin".
        moment: with a zone.

    Raises:
        ConfigError: `schedule` or `zone` is none.

    Source: cron(8) of Debian, "daylight savings time"; CronSim follows it.
    """
    from cronsim import CronSim

    check_schedule(schedule, zone)
    slots = (slot.astimezone(UTC) for slot in CronSim(schedule, moment.astimezone(ZoneInfo(zone))))
    return (slot for slot in slots if slot > moment)  # from the second of two equal hours CronSim looks at the first


def slots_between(schedule: str, zone: str, after: datetime, until: datetime) -> list[datetime]:
    """Slots after one moment, up to another and with it; none where the second is not later (the clock was set back).

    Raises:
        ConfigError: see `slots_after`.
    """
    between = []
    for slot in slots_after(schedule, zone, after):
        if slot > until:
            break
        between.append(slot)
    return between


def newest_slot(schedule: str, zone: str, until: datetime, within: timedelta) -> datetime | None:
    """The last slot up to a moment, not older than `within`; None where there is none.

    Raises:
        ConfigError: see `slots_after`.
    """
    between = slots_between(schedule, zone, until - within, until)
    return between[-1] if between else None


def check_schedule(schedule: str, zone: str) -> None:
    """Refuse what no slots can be computed from.

    Raises:
        ConfigError: the expression or the zone is none.
    """
    from cronsim import CronSim, CronSimError

    try:
        known = ZoneInfo(zone)
    except (OSError, ValueError, KeyError) as error:  # one that is not known is a KeyError
        raise _no_zone(zone) from error
    try:
        CronSim(schedule, datetime(2026, 1, 1, tzinfo=known))
    except CronSimError as error:
        raise ConfigError(
            f"schedule={schedule}: {error}; it has five fields of cron, minute hour day month weekday: '0 2 * * *' is "
            "daily at 02:00, '0 2 * * 1' is Mondays at 02:00"
        ) from error


def _no_zone(zone: str) -> ConfigError:
    from zoneinfo import available_timezones

    from assay.errors import did_you_mean

    hint = did_you_mean(zone, available_timezones()).partition("(options")[0].strip()
    return ConfigError(f"zone={zone}: no such time zone; {hint or 'name one of IANA, as Europe/Berlin or UTC'}")

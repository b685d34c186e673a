"""AlarmPlan: how often somebody looks, and how seldom an alarm may be false."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated

from assay.config.bounds import AtLeast
from assay.config.request import Help
from assay.errors import ConfigError

DAYS = {"hour": 1 / 24, "day": 1.0, "week": 7.0, "month": 365.25 / 12, "year": 365.25}
SHORT = {"h": "hour", "d": "day", "w": "week"}
_SPAN = re.compile(r"([0-9]{1,5}(?:\.[0-9]+)?) ?(hour|day|week|month|year)s?|([0-9]{1,5})([hdw])")


@dataclass(frozen=True)
class AlarmPlan:
    """Looks, and false alarms that are accepted.

    Attributes:
        false_alarms_per: span of time in which one false alarm is accepted on average.
        every: span between two looks.
        needed, of: an alarm is raised when so many of the last looks are below the threshold.

    Raises:
        ConfigError: a span is not written as it has to be, an alarm would be expected at every look, or more looks are
            needed than are counted.
    """

    false_alarms_per: Annotated[str, Help("time in which one false alarm is accepted, as 6 months or 1 year")] = (
        "6 months"
    )
    every: Annotated[str, Help("time between two looks, as 1d or 1 week")] = "1d"
    needed: Annotated[int, AtLeast(1), Help("looks below the threshold that raise an alarm")] = 1
    of: Annotated[int, AtLeast(1), Help("last looks among which these have to be")] = 1

    def __post_init__(self) -> None:
        if self.needed > self.of:
            raise ConfigError(f"needed={self.needed} of={self.of}: an alarm needs at most as many looks as are counted")
        if self.looks <= 1:
            raise ConfigError(
                f"every={self.every}: with one false alarm in {self.false_alarms_per} each look would be one; look "
                "more often, or accept fewer: every=1d"
            )

    @property
    def looks(self) -> float:
        """Looks in the time of one false alarm."""
        return days(self.false_alarms_per, "false_alarms_per") / days(self.every, "every")

    @property
    def alpha(self) -> float:
        """Chance of a false alarm that each look may spend, when all spend alike."""
        return 1 / self.looks

    @property
    def words(self) -> str:
        """`one false alarm in 6 months at a look every 1d`."""
        looked = f"one false alarm in {self.false_alarms_per} at a look every {self.every}"
        return looked if self.of == 1 else f"{looked}, raised by {self.needed} of {self.of} looks"


def days(span: str, key: str) -> float:
    """How many days a span has: `6 months`, `1 year`, `7d`, `12h`.

    Args:
        span: as written.
        key: that it is the value of, for the message.

    Raises:
        ConfigError: it is not a span.
    """
    match = _SPAN.fullmatch(span)
    if match is None or not float(match[1] or match[3]):
        raise ConfigError(
            f"{key}={span}: a span is a number with hours, days, weeks, months or years: {key}='6 months'"
        )
    return float(match[1]) * DAYS[match[2]] if match[1] else int(match[3]) * DAYS[SHORT[match[4]]]

"""WindowBounds: which answers of the log are looked at: since when, how many at most, of which arm, bundle and key."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated

from assay.config.bounds import AtLeast
from assay.config.request import Help
from assay.errors import ConfigError
from assay.store.ids import as_time

ALL = "all"
UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
NO_SPAN = "all takes everything, and 7d a week"
"""What to write where an empty span could be either."""
_SPAN = re.compile(r"([1-9][0-9]{0,5})([mhdw])")


@dataclass(frozen=True)
class WindowBounds:
    """Answers that are looked at. Both `window` and `count` may limit them; the narrower one does.

    Attributes:
        window: span of time up to `end`: "7d", "24h", "2w", "90m"; "all" for all that there are.
        count: most answers, the newest first; 0 for no limit.
        smallest: answers without which nothing is said.
        arm: of an experiment: "champion", "challenger", "shadow"; "" for all that was given to clients, of any arm.
        bundle: hex sha256; "" for the one whose profile it is compared with, "all" for every one.
        version: of the registered model; "" for all.
        key: id of a key; "" for all.
        end: UTC, before which the answers were given, as 2026-01-31T00:00:00.000Z; "" for now.

    Raises:
        ConfigError: a span or a moment is not written as it has to be.
    """

    window: Annotated[
        str, Help("span of time that is looked at, as 24h, 7d or 2w; all for everything", instead=NO_SPAN)
    ] = "7d"
    count: Annotated[int, AtLeast(0), Help("most answers, the newest first; 0 for no limit")] = 0
    smallest: Annotated[int, AtLeast(1), Help("answers without which nothing is said")] = 100
    arm: Annotated[str, Help("arm of an experiment; empty for all answers that clients were given")] = ""
    bundle: Annotated[
        str, Help("sha256 of the bundle that answered; empty for the one that is watched, all for every one")
    ] = ""
    version: Annotated[str, Help("version of the registered model that answered; empty for all")] = ""
    key: Annotated[str, Help("id of the key that asked; empty for all")] = ""
    end: Annotated[str, Help("moment at which the window ends, UTC; empty for now")] = ""

    def __post_init__(self) -> None:
        if self.window != ALL and _SPAN.fullmatch(self.window) is None:
            raise ConfigError(
                f"window={self.window}: a span is a number and one of m, h, d, w (minutes, hours, days, weeks), "
                "and all takes everything: window=7d"
            )
        if self.end:
            _moment(self.end)

    def span(self, now: datetime) -> tuple[str, str]:
        """First moment that is inside and first that is not, as the store writes times; the first may be "".

        Args:
            now: moment at which the window ends where `end` says none.
        """
        end = _moment(self.end) if self.end else now
        if self.window == ALL:
            return "", as_time(end)
        match = _SPAN.fullmatch(self.window)
        assert match is not None
        return as_time(end - timedelta(**{UNITS[match[2]]: int(match[1])})), as_time(end)


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ConfigError(f"end={text}: is no moment; write it as 2026-01-31T00:00:00Z") from error
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)

"""WatchSettings: how is watched, declared once for `assay serve` (with `watch_` before each key) and `assay watch`."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from typing import Annotated

from assay.config.bounds import AtLeast, Between
from assay.config.request import Help
from assay.errors import ConfigError
from assay.monitoring.alarms.plan import AlarmPlan, days
from assay.monitoring.bounds import NO_SPAN, WindowBounds

USUAL = 0.05
"""Level of a look, where false alarms may come more often than that."""


@dataclass(frozen=True)
class WatchSettings:
    """How is watched.

    Attributes:
        every: hours between two looks; 0 never looks.
        window: span of time that a look is about, or "all".
        smallest: answers without which nothing is said.
        accuracy_below: accuracy below which somebody is told; 0 takes it from what was measured.
        reject_above: share of rejected answers above which somebody is told; 0 likewise.
        quiet_hours: without an answer, after which somebody is told.
        false_alarms_per: span of time in which one false alarm of drift is accepted.
    """

    every: Annotated[
        float, Between(0, 168), Help("hours between two looks whether what is asked has changed; an interval has one")
    ] = 6.0
    window: Annotated[
        str, Help("span of time that a look is about, as 24h, 7d or 2w; all for everything", instead=NO_SPAN)
    ] = "7d"
    smallest: Annotated[int, AtLeast(2), Help("answers without which nothing is said")] = 100
    accuracy_below: Annotated[
        float, Between(0, 1), Help("estimated accuracy below which it alerts; the measured one less .05 without it")
    ] = 0.0
    reject_above: Annotated[
        float,
        Between(0, 1),
        Help("share of rejected answers above which it alerts; from the usual one without it"),
    ] = 0.0
    quiet_hours: Annotated[float, Between(0.01, 8760), Help("without an answer, after which it alerts")] = 24.0
    false_alarms_per: Annotated[
        str, Help("time in which one false alarm of drift is accepted, as '6 months' or '1 year'")
    ] = "6 months"

    @property
    def bounds(self) -> WindowBounds:
        """Of the answers of a look."""
        return WindowBounds(self.window, smallest=self.smallest)

    @property
    def level(self) -> float:
        """Of one look: over the looks of such a span one false alarm is expected at most."""
        return min(USUAL, self.every / (24 * days(self.false_alarms_per, "false_alarms_per")))

    @property
    def plan(self) -> AlarmPlan | None:
        """Of looks and false alarms; None where a false alarm may come at every look."""
        if self.every >= 24 * days(self.false_alarms_per, "false_alarms_per"):
            return None
        return AlarmPlan(self.false_alarms_per, f"{self.every:g} hours")


def refuse_unwatchable(settings: WatchSettings, alert_webhook: str, *, start: str = "") -> None:
    """Return where something can be watched in this way.

    Args:
        settings: how.
        alert_webhook: address to which alerts are told; "" for none.
        start: what stands before the keys of the settings where they are typed.

    Raises:
        ConfigError: a span is none, or alerts would be told in the clear.
    """
    try:
        assert settings.bounds
        assert settings.level >= 0
    except ConfigError as error:
        keys = "|".join(field.name for field in fields(WatchSettings))
        raise ConfigError(re.sub(rf"\b({keys})=", rf"{start}\1=", str(error))) from error
    if alert_webhook and not alert_webhook.startswith("https://"):
        raise ConfigError(
            f"alert_webhook={alert_webhook}: alerts are told over https alone; write alert_webhook=https://…"
        )

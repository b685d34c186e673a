"""Dimension: what one override of a sweep lets vary, `choice(…)`, `range(…)`, `interval(…)`, `tag(log, …)`."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from assay.config.compose import explained, groups
from assay.errors import ConfigError, did_you_mean

if TYPE_CHECKING:
    from hydra.core.override_parser.types import Override
    from optuna.distributions import BaseDistribution
    from optuna.trial import Trial

Value = str | int | float
TAGS = ("log",)


@dataclass(frozen=True)
class CategoricalDimension:
    """One of several words, e.g. the options of a group.

    Attributes:
        values: as they stand behind the `=` of an override.
    """

    values: tuple[str, ...]

    def distribution(self) -> BaseDistribution:
        """The same for Optuna."""
        from optuna.distributions import CategoricalDistribution

        return CategoricalDistribution(self.values)

    def draw(self, trial: Trial, key: str) -> Value:
        """One of them for an open trial, which remembers it as `key`."""
        return str(trial.suggest_categorical(key, self.values))

    def grid(self) -> tuple[Value, ...] | None:
        """Every value."""
        return self.values


# The name of the class and of its fields stands in each study's record of its search space: it stays.
@dataclass(frozen=True)
class Numbers:
    """A number between two others, both of which can be drawn.

    Attributes:
        low: the smallest.
        high: the largest.
        step: between neighbours; None for any number in between.
        log: whether orders of magnitude are equally likely.
    """

    low: int | float
    high: int | float
    step: int | float | None = None
    log: bool = False

    @property
    def whole(self) -> bool:
        """Whether only whole numbers are meant."""
        return isinstance(self.low, int)

    def distribution(self) -> BaseDistribution:
        """The same for Optuna."""
        from optuna.distributions import FloatDistribution, IntDistribution

        if self.whole:
            return IntDistribution(int(self.low), int(self.high), log=self.log, step=int(self.step or 1))
        return FloatDistribution(self.low, self.high, log=self.log, step=self.step)

    def draw(self, trial: Trial, key: str) -> Value:
        """One of them for an open trial, which remembers it as `key`."""
        if self.whole:
            return trial.suggest_int(key, int(self.low), int(self.high), log=self.log, step=int(self.step or 1))
        return trial.suggest_float(key, self.low, self.high, log=self.log, step=self.step)

    def grid(self) -> tuple[Value, ...] | None:
        """Every value; None when there are too many to tell."""
        if self.step is None:
            return None
        count = round((self.high - self.low) / self.step) + 1
        return tuple(self.low + index * self.step for index in range(count))


Dimension = CategoricalDimension | Numbers


def read_dimension(entry: Override) -> Dimension:
    """What an override that asks for a sweep lets vary.

    `range(start,stop,step)` ends before `stop`, as everywhere in Hydra; `interval(low,high)` is continuous, and
    `int(interval(low,high))` whole, with both ends.

    Raises:
        ConfigError: an option does not exist, an interval is empty, or a tag does not fit.
    """
    from hydra.core.override_parser.types import ChoiceSweep, IntervalSweep, RangeSweep

    sweep: Any = entry.value()
    tags = set(getattr(sweep, "tags", ()))
    if unknown := tags - set(TAGS):
        raise ConfigError(f"{entry.input_line}: tag {min(unknown)}: {did_you_mean(min(unknown), TAGS)}")
    log = "log" in tags
    if isinstance(sweep, IntervalSweep):
        return _interval(entry, sweep, log)
    if isinstance(sweep, RangeSweep):
        return _range(entry, sweep, log)
    if log:
        raise ConfigError(
            f"{entry.input_line}: tag log: words have no orders of magnitude; it is for interval and range"
        )
    if isinstance(sweep, ChoiceSweep):
        sweep.shuffle = False  # every process has to see the same order, and the sampler draws anyway
    with explained():
        values = tuple(dict.fromkeys(str(value) for value in entry.sweep_string_iterator()))
    if not values:
        raise ConfigError(f"{entry.input_line}: no option matches")
    _check_options(entry, values)
    return CategoricalDimension(values)


def _check_options(entry: Override, values: tuple[str, ...]) -> None:
    known = groups().get(entry.key_or_group)
    for value in values if known is not None else ():
        if value not in (*(known or ()), "null") and not value.startswith("["):
            raise ConfigError(f"{entry.key_or_group}={value}: no such option; {did_you_mean(value, known or ())}")


def _interval(entry: Override, sweep: Any, log: bool) -> Numbers:
    low, high = sweep.start, sweep.end
    if not low < high or not (math.isfinite(low) and math.isfinite(high)):
        raise ConfigError(f"{entry.input_line}: an interval goes from a smaller number to a larger one")
    _check_log(entry, low, log)
    return Numbers(low, high, step=1 if isinstance(low, int) and not log else None, log=log)


def _range(entry: Override, sweep: Any, log: bool) -> Dimension:
    if sweep.step == 0:
        raise ConfigError(f"{entry.input_line}: the step of a range must not be 0")
    values = sorted(sweep.range())
    if not values:
        raise ConfigError(f"{entry.input_line}: this range is empty; it ends before its second number")
    step = abs(sweep.step)
    _check_log(entry, values[0], log)
    if log and not (isinstance(values[0], int) and step == 1):
        raise ConfigError(f"{entry.input_line}: tag log needs a range of whole numbers with step 1, or an interval")
    return Numbers(values[0], values[-1], step=step, log=log)


def _check_log(entry: Override, low: float, log: bool) -> None:
    if log and low <= 0:
        raise ConfigError(f"{entry.input_line}: tag log needs numbers above 0, got {low:g}")

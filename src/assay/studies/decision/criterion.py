"""Criterion: a bound that one metric of a variant has to keep."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from assay.errors import ConfigError, did_you_mean

KEYS = ("at_least", "at_most", "sure")


@dataclass(frozen=True)
class Criterion:
    """What is asked of a metric.

    Attributes:
        metric: its name, as in the study.
        at_least, at_most: the bounds, each of them or one; a value on the bound keeps it.
        sure: whether the whole interval has to keep them; otherwise the value alone decides.
    """

    metric: str
    at_least: float | None = None
    at_most: float | None = None
    sure: bool = True

    @classmethod
    def read(cls, metric: str, content: Any, *, sure: bool) -> Criterion:
        """The criterion that a policy's YAML states, `{at_least: 0.85}`.

        Args:
            metric: key in the policy's criteria.
            content: what stands behind it.
            sure: of the policy; the criterion's own word goes before it.

        Raises:
            ConfigError: another key, no bound, a bound that is no finite number, or bounds that nothing can keep.
        """
        place = f"policy.criteria.{metric}"
        if not isinstance(content, Mapping):
            raise ConfigError(f"{place}: must be a bound, as in {{at_least: 0.85}}, got {content!r}")
        for key in content:
            if key not in KEYS:
                raise ConfigError(f"{place}.{key}: no such key; {did_you_mean(str(key), KEYS)}")
        low, high = (_number(f"{place}.{key}", content.get(key)) for key in ("at_least", "at_most"))
        if low is None and high is None:
            raise ConfigError(f"{place}: a bound is needed, at_least or at_most")
        if low is not None and high is not None and low > high:
            raise ConfigError(f"{place}: nothing is at least {low:g} and at most {high:g}")
        own = content.get("sure", sure)
        if not isinstance(own, bool):
            raise ConfigError(f"{place}.sure: must be true or false, got {own!r}")
        return cls(metric, low, high, own)

    @property
    def words(self) -> str:
        """`at least 0.85`, `at most 2000`, `from 0.1 to 0.2`."""
        if self.at_least is None:
            return f"at most {self.at_most:g}"
        return f"at least {self.at_least:g}" if self.at_most is None else f"from {self.at_least:g} to {self.at_most:g}"

    def holds(self, value: float) -> bool:
        """Whether a value keeps the bounds."""
        return (self.at_least is None or value >= self.at_least) and (self.at_most is None or value <= self.at_most)

    def margin(self, value: float) -> float:
        """How far a value is inside the nearer bound, as a share of that bound's size; negative outside.

        Shares make metrics of different units comparable: 0.80 where 0.85 is asked lacks 0.059, 2.5 s where 2 s are
        asked lacks 0.25. A bound of 0 has no size: the plain distance stands then.
        """
        margins = []
        if self.at_least is not None:
            margins.append((value - self.at_least) / (abs(self.at_least) or 1.0))
        if self.at_most is not None:
            margins.append((self.at_most - value) / (abs(self.at_most) or 1.0))
        return min(margins)

    def broken_by(self, value: float) -> float | None:
        """The bound that a value does not keep; None when it keeps them."""
        if self.at_least is not None and value < self.at_least:
            return self.at_least
        return self.at_most if self.at_most is not None and value > self.at_most else None


def _number(place: str, value: Any) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise ConfigError(f"{place}: must be a finite number, got {value!r}")
    return float(value)

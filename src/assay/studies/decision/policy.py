"""Policy: what a model has to fulfil, and what decides among those that do; `conf/policy/*.yaml`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Annotated, Any

from assay.config.bounds import Between
from assay.errors import ConfigError
from assay.studies.decision.criterion import Criterion


@dataclass(frozen=True)
class Policy:
    """A policy as it is written.

    Attributes:
        objectives: metrics of one number each that span the Pareto front. The first one decides among the variants
            that fulfil every criterion; where it does not tell them apart, the next one does.
        criteria: metric -> bounds, `{at_least: 0.85}`; those of a metric with a value per class have to be kept by
            every class. None takes a criterion away.
        sure: whether the whole interval has to keep a bound, not the value alone; `sure` of a criterion goes before it.
        cost_tolerance: share by which two costs have to differ before that decides; a model that is 0.1 % smaller is
            not worth a worse one.

    Raises:
        ConfigError: a criterion cannot be, or there is no objective, or one twice.
    """

    objectives: Sequence[str]
    criteria: Mapping[str, Any] = field(default_factory=dict)
    sure: bool = True
    cost_tolerance: Annotated[float, Between(0, 1)] = 0.05

    def __post_init__(self) -> None:
        if not self.objectives:
            raise ConfigError("policy.objectives: one metric at least has to decide, as in objectives: [macro_f1]")
        for name in self.objectives:
            if not isinstance(name, str):
                raise ConfigError(f"policy.objectives: must be names of metrics, got {name!r}")
        if twice := next((name for name in self.objectives if list(self.objectives).count(name) > 1), None):
            raise ConfigError(f"policy.objectives: {twice} is named twice")
        self.demands  # noqa: B018

    @cached_property
    def demands(self) -> tuple[Criterion, ...]:
        """The criteria, checked."""
        return tuple(
            Criterion.read(metric, content, sure=self.sure)
            for metric, content in self.criteria.items()
            if content is not None
        )

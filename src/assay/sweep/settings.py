"""SweepSettings: what `hydra.sweeper.…` may say, with types and bounds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any

from assay.config.bounds import AtLeast, Between
from assay.config.check import check_node
from assay.config.extras import require
from assay.config.traits import trait
from assay.errors import ConfigError, did_you_mean
from assay.run.objectives import check_objective, direction_of
from assay.sweep.storage import NOT_SQLITE, is_sqlite

DIRECTIONS = ("maximize", "minimize")
TARGET = f"{__name__}.SweepSettings"


@dataclass(frozen=True)
class SweepSettings:
    """How a sweep goes.

    Attributes:
        sampler: node of the class that draws points; gets its seed here.
        pruner: node of the class that stops hopeless trials.
        study_name: the same name goes on with the same study; None makes one from the command, so that the same command
            goes on.
        storage: URL of a database or path of a journal file; None keeps a journal in the sweep's folder.
        n_trials: how many trials there are in the end, over all starts and processes.
        metrics: what is optimised, as the job names it.
        directions: "maximize" or "minimize", one for each metric; empty takes those in which they get better.
        seed: of the sampler; a trial's point depends on it, its place and the results before.
        max_failure_rate: share of failed trials, of those that ended (at least five), above which the sweep stops.
        retries: how often a trial is tried again whose process was killed.
        params: further overrides by key, for a search space in a config file.
        conditional: `FILE.py:FUNCTION` or `package.module:FUNCTION` of a function that draws what varies in some trials
            only; see `assay.sweep.conditional`.
        workers: processes on this machine that take trials, this one included.
    """

    sampler: Mapping[str, Any]
    pruner: Mapping[str, Any]
    study_name: str | None = None
    storage: str | None = None
    n_trials: Annotated[int, AtLeast(1)] = 20
    metrics: list[str] | tuple[str, ...] = ("val/macro_f1",)
    directions: list[str] | tuple[str, ...] = ()
    seed: Annotated[int, AtLeast(0)] = 0
    max_failure_rate: Annotated[float, Between(0, 1)] = 0.5
    retries: Annotated[int, AtLeast(0)] = 2
    params: Mapping[str, Any] | None = None
    conditional: str | None = None
    workers: Annotated[int, AtLeast(1)] = 1


def read_settings(values: Mapping[str, Any]) -> SweepSettings:
    """Settings from a plain config node.

    Raises:
        ConfigError: an unknown key, a value of the wrong type, or settings that do not go together.
    """
    check_node("hydra.sweeper", {**values, "_target_": TARGET})
    settings = SweepSettings(**values)
    settings = replace(settings, directions=_directions(settings.metrics, settings.directions))
    if not settings.metrics or len(settings.metrics) != len(settings.directions):
        raise ConfigError(
            f"hydra.sweeper.directions: one for each of the {len(settings.metrics)} metrics is needed, "
            f"got {len(settings.directions)}"
        )
    for direction in settings.directions:
        if direction not in DIRECTIONS:
            raise ConfigError(f"hydra.sweeper.directions: {direction}: {did_you_mean(direction, DIRECTIONS)}")
    if len(settings.metrics) > 1 and not str(settings.pruner["_target_"]).endswith(".NopPruner"):
        raise ConfigError(
            "hydra/sweeper/pruner with several metrics: a trial that is behind in one may be ahead in another; "
            "use hydra/sweeper/pruner=none"
        )
    _check_sampler(settings)
    if settings.workers > 1 and is_sqlite(settings.storage):
        raise ConfigError(
            f"hydra.sweeper.workers={settings.workers} with hydra.sweeper.storage={settings.storage}: {NOT_SQLITE}"
        )
    return settings


def _directions(metrics: Sequence[str], given: Sequence[str]) -> list[str]:
    """One for each metric; what was given has to agree with what the catalogue knows."""
    directions = list(given) or [""] * len(metrics)
    for place, name in enumerate(metrics):
        check_objective("hydra.sweeper.metrics", name)
        better = direction_of(name)
        if not given and better is None:
            raise ConfigError(
                f"hydra.sweeper.metrics: which side of {name} is better is not known; say it with "
                "'hydra.sweeper.directions=[maximize]' or [minimize], one for each metric"
            )
        if not given:
            directions[place] = str(better)
        elif place < len(directions) and better not in (None, directions[place]) and directions[place] in DIRECTIONS:
            raise ConfigError(
                f"hydra.sweeper.directions: {name} gets better when it is "
                f"{'higher' if better == 'maximize' else 'lower'}, so {directions[place]} would look for the worst; "
                "leave directions out"
            )
    return directions


def is_grid(settings: SweepSettings) -> bool:
    """Whether every point is tried."""
    return bool(trait(settings.sampler["_target_"], "exhaustive", unknown=False))


def _check_sampler(settings: SweepSettings) -> None:
    if is_grid(settings) and settings.conditional is not None:
        raise ConfigError(
            f"hydra/sweeper/sampler=grid with hydra.sweeper.conditional={settings.conditional}: a grid is counted "
            "before it starts, and what a function draws is only known trial by trial; use another sampler, e.g. random"
        )
    if not trait(settings.sampler["_target_"], "one_metric", unknown=False):
        return
    require("hydra/sweeper/sampler=cmaes", "cmaes", "cmaes")
    if len(settings.metrics) > 1:
        raise ConfigError(
            "hydra/sweeper/sampler=cmaes with several metrics: CMA-ES moves towards one best point; "
            "use hydra/sweeper/sampler=nsga2 or tpe"
        )

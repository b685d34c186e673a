"""What a search may optimise: calibrated val metrics, and what answers cost; never a number of the test split."""

from __future__ import annotations

from collections.abc import Mapping

from assay.errors import ConfigError, did_you_mean
from assay.evaluation.catalogue import better_side, catalogue

OPTIMISED = {"val/macro_f1": "macro_f1", "val/accuracy": "accuracy", "val/loss": "nll"}
"""Logged name of each val metric -> its name in the evidence."""
_COST = "cost/"
_DIRECTIONS = {"higher": "maximize", "lower": "minimize"}


def objectives(val: Mapping[str, float | None], cost: Mapping[str, float]) -> dict[str, float]:
    """The calibrated val metrics, and what answers cost, by their logged names."""
    named = {name: val.get(key) for name, key in OPTIMISED.items()}
    return {**{name: float(value) for name, value in named.items() if value is not None}, **cost}


def objective_names() -> tuple[str, ...]:
    """Every name that `objectives` may give for a training."""
    costs = (entry.key for entry in catalogue() if entry.key.startswith(_COST))
    return (*OPTIMISED, *costs)


def direction_of(name: str) -> str | None:
    """The direction in which a metric gets better, "maximize" or "minimize"; None for one that nobody has described."""
    return _DIRECTIONS.get(better_side(OPTIMISED.get(name, name)))


def check_objective(key: str, name: str) -> None:
    """Refuse a name that the catalogue knows and no search may look at, before the first trial.

    Raises:
        ConfigError: it is of another split, misspelled, or given without its split.
    """
    known = objective_names()
    if name in known:
        return
    split, slash, _ = name.partition("/")
    if slash and split in ("test", "calib", "train"):
        raise ConfigError(f"{key}: {name}: a search looks at val alone; {did_you_mean(name, known)}")
    if (slash and split in ("val", "cost")) or direction_of(name) is not None:
        raise ConfigError(f"{key}: {name}: no search can be for it; {did_you_mean(name, known)}")

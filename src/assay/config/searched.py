"""A multirun whose jobs nobody knows beforehand, because `hydra/sweeper=optuna` chooses them one by one."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import TYPE_CHECKING

from assay.config.check import check
from assay.config.compose import compose
from assay.errors import ConfigError

if TYPE_CHECKING:
    from hydra.core.override_parser.types import Override

GROUP, OPTION = "hydra/sweeper", "optuna"
LOOKED_AT = 4


def is_searched(overrides: Sequence[str]) -> bool:
    """Whether these overrides of a multirun ask for a search."""
    return f"{GROUP}={OPTION}" in overrides


def check_any(overrides: Sequence[str], extra: str | None = None) -> None:
    """Check what does not vary, alone and with a few points of the search space; one that works is enough.

    A combination within the space that cannot work is a failed trial, not a wrong command.

    Args:
        overrides: of the multirun.
        extra: a folder of further options.

    Raises:
        ConfigError: none of them works; the first reason.
    """
    first: ConfigError | None = None
    for job in _jobs(overrides):
        try:
            check(compose(job, extra=extra))
            return
        except ConfigError as error:
            first = first or error
    if first is not None:
        raise first


def _jobs(overrides: Sequence[str]) -> list[list[str]]:
    from hydra.core.override_parser.overrides_parser import OverridesParser

    parsed = [
        entry
        for entry in OverridesParser.create().parse_overrides(list(overrides))
        if not str(entry.key_or_group).startswith("hydra")
    ]
    fixed = [entry.input_line or "" for entry in parsed if not entry.is_sweep_override()]
    varied = {entry.get_key_element(): _values(entry) for entry in parsed if entry.is_sweep_override()}
    points = [
        [f"{key}={values[index % len(values)]}" for key, values in varied.items() if values]
        for index in range(LOOKED_AT)
    ]
    return [fixed, *([*fixed, *point] for point in points)]


def _values(entry: Override) -> list[str]:
    if entry.is_interval_sweep():
        sweep = entry.value()
        return [str(sweep.start), str(sweep.end)]  # type: ignore[union-attr]
    if entry.value_type is not None and entry.value_type.name.startswith("GLOB"):
        return []
    return list(islice(entry.sweep_string_iterator(), LOOKED_AT))

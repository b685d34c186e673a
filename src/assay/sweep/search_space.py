"""What a sweep searches, read from Hydra's override grammar."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from assay.config.compose import explained
from assay.errors import ConfigError
from assay.sweep.conditional import Conditional, parsed, text_of
from assay.sweep.dimension import Dimension, Value, read_dimension

if TYPE_CHECKING:
    from hydra.core.config_loader import ConfigLoader
    from hydra.core.override_parser.types import Override


@dataclass(frozen=True)
class SearchSpace:
    """The overrides of a sweep, told apart.

    Attributes:
        fixed: overrides that every trial has.
        dimensions: what varies, by key.
        conditional: what varies in some trials only; None for nothing.
    """

    fixed: tuple[str, ...]
    dimensions: dict[str, Dimension]
    conditional: Conditional | None = None

    def overrides(self, point: Mapping[str, Value], also: Sequence[str] = ()) -> list[str]:
        """The overrides of one trial.

        Args:
            point: value of each dimension that was drawn.
            also: what the conditional part fixed.
        """
        return [*self.fixed, *(f"{key}={value}" for key, value in point.items()), *also]

    def fixed_values(self) -> dict[str, str]:
        """What is fixed, by key, as text."""
        return {entry.get_key_element(): text_of(entry) for entry in map(parsed, self.fixed)}

    def size(self) -> int | None:
        """How many points there are; None when a dimension is an interval."""
        grids = [dimension.grid() for dimension in self.dimensions.values()]
        return None if None in grids else math.prod(len(grid or ()) for grid in grids)

    def record(self) -> dict[str, str]:
        """Each dimension as text, to tell whether two sweeps search the same."""
        known = {key: repr(dimension) for key, dimension in sorted(self.dimensions.items())}
        return known if self.conditional is None else {**known, "(conditional)": self.conditional.name}


def read_space(
    overrides: Sequence[str], loader: ConfigLoader | None = None, conditional: Conditional | None = None
) -> SearchSpace:
    """The search space that these overrides make; a later override of a key replaces an earlier one.

    Args:
        overrides: as on the command line, without those of Hydra itself.
        loader: finds the options for `glob(…)`.
        conditional: what varies in some trials only.

    Raises:
        ConfigError: an override cannot be understood, an option does not exist, an interval is empty, or
            nothing varies.
    """
    from hydra.core.override_parser.overrides_parser import OverridesParser

    with explained():
        parsed = OverridesParser.create(config_loader=loader).parse_overrides(list(overrides))
    entries: dict[str, Override] = {}
    for entry in parsed:
        entries.pop(entry.get_key_element(), None)
        entries[entry.get_key_element()] = entry
    fixed = [entry.input_line or "" for entry in entries.values() if not entry.is_sweep_override()]
    varied = {key: read_dimension(entry) for key, entry in entries.items() if entry.is_sweep_override()}
    if not varied and conditional is None:
        raise ConfigError(
            "a sweep needs something that varies: model=choice(resnet50,efficientnet_b0), "
            "'optimizer.lr=tag(log,interval(1e-5,1e-2))', 'data.image_size=range(96,224,32)'"
        )
    return SearchSpace(tuple(fixed), varied, conditional)

"""RememberingLoader: composes the config of a job from one with the same options, where there was one before."""

from __future__ import annotations

import copy
from collections import OrderedDict
from typing import TYPE_CHECKING

from hydra._internal.config_loader_impl import ConfigLoaderImpl, get_overrides_dirname
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import HydraException
from omegaconf.errors import OmegaConfBaseException

if TYPE_CHECKING:
    from hydra.core.config_loader import ConfigLoader
    from hydra.core.override_parser.types import Override
    from omegaconf import DictConfig

KEPT = 16


class RememberingLoader(ConfigLoaderImpl):
    """Hydra's loader, which composes anew only for options that were not chosen together lately.

    Hydra reads some thirty files for each job, which takes a quarter of a second; a search often draws other values for
    the same options. Files of options that change while it lasts are not noticed.

    Args:
        loader: the one that this stands in for.
    """

    def __init__(self, loader: ConfigLoader) -> None:
        super().__init__(loader.get_search_path())
        self._composed: OrderedDict[tuple[str, ...], DictConfig] = OrderedDict()

    def load_sweep_config(self, master_config: DictConfig, sweep_overrides: list[str]) -> DictConfig:
        """The config that Hydra would compose, see `ConfigLoader`."""
        parsed = OverridesParser.create().parse_overrides(sweep_overrides)
        values = [entry for entry in parsed if "." in entry.key_or_group]  # groups have no dot in their names
        try:
            config = copy.deepcopy(self._chosen(master_config, [entry for entry in parsed if entry not in values]))
            self._apply_overrides_to_config(values, config)
        except (HydraException, OmegaConfBaseException):
            return super().load_sweep_config(master_config, sweep_overrides)  # its error says it best
        _record(config, parsed, values)
        return config

    def _chosen(self, master_config: DictConfig, chosen: list[Override]) -> DictConfig:
        words = tuple(entry.input_line or "" for entry in chosen)
        if words not in self._composed:
            self._composed[words] = super().load_sweep_config(master_config, list(words))
        self._composed.move_to_end(words)
        while len(self._composed) > KEPT:
            self._composed.popitem(last=False)
        return self._composed[words]


def _record(config: DictConfig, parsed: list[Override], values: list[Override]) -> None:
    """Write down what was overridden where Hydra writes it down."""
    job = config.hydra.job
    task = [entry for entry in parsed if not entry.is_hydra_override()]
    config.hydra.overrides.task = [entry.input_line for entry in task]
    config.hydra.overrides.hydra.extend([entry.input_line for entry in values if entry.is_hydra_override()])
    style = job.config.override_dirname
    job.override_dirname = get_overrides_dirname(
        overrides=task, kv_sep=style.kv_sep, item_sep=style.item_sep, exclude_keys=style.exclude_keys
    )

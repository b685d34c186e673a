"""RememberingLoader: composes the config of a job from what earlier jobs have read and composed."""

from __future__ import annotations

import copy
from collections import OrderedDict
from typing import TYPE_CHECKING, Any

from hydra._internal.config_loader_impl import ConfigLoaderImpl, get_overrides_dirname
from hydra._internal.config_repository import ConfigRepository
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import HydraException
from omegaconf.errors import OmegaConfBaseException

if TYPE_CHECKING:
    from hydra.core.config_loader import ConfigLoader
    from hydra.core.config_search_path import ConfigSearchPath
    from hydra.core.object_type import ObjectType
    from hydra.core.override_parser.types import Override
    from hydra.plugins.config_source import ConfigResult, ConfigSource
    from omegaconf import DictConfig

KEPT = 64


class RememberingLoader(ConfigLoaderImpl):
    """Hydra's loader, which composes anew only for options that were not chosen together lately.

    Hydra reads some thirty files for each job, which takes a quarter of a second; a search often draws other values for
    the same options. Files of options that change while it lasts are not noticed.

    Args:
        loader: the one that this stands in for.
    """

    def __init__(self, loader: ConfigLoader) -> None:
        super().__init__(loader.get_search_path())
        self.repository = RememberingRepository(loader.get_search_path())
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


class RememberingRepository(ConfigRepository):
    """Hydra's repository of option files, which reads each of them once.

    Args:
        search_path: where they are.
    """

    def __init__(self, search_path: ConfigSearchPath) -> None:
        self._read: dict[str, ConfigResult | None] = {}
        self._found: dict[tuple[str, ObjectType | None], ConfigSource | None] = {}
        super().__init__(search_path)

    def __deepcopy__(self, memo: Any) -> RememberingRepository:
        """Hydra takes a copy for each job; it knows what this one knows."""
        return copy.copy(self)

    def initialize_sources(self, config_search_path: ConfigSearchPath) -> None:
        """Look elsewhere from now on."""
        self._read, self._found = {}, {}
        super().initialize_sources(config_search_path)

    def load_config(self, config_path: str) -> ConfigResult | None:
        """A file's content, which belongs to the caller."""
        if config_path not in self._read:
            self._read[config_path] = super().load_config(config_path)
        return copy.deepcopy(self._read[config_path])

    def _find_object_source(self, config_path: str, object_type: ObjectType | None) -> ConfigSource | None:
        asked = (config_path, object_type)
        if asked not in self._found:
            self._found[asked] = super()._find_object_source(config_path, object_type)
        return self._found[asked]


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

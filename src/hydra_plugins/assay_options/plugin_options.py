"""PluginOptions: the options of installed plug-ins join those of Assay."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hydra.plugins.search_path_plugin import SearchPathPlugin

if TYPE_CHECKING:
    from hydra.core.config_search_path import ConfigSearchPath


class PluginOptions(SearchPathPlugin):
    """Appends the `conf` folder of each plug-in, so that an option of Assay's is never replaced by one of theirs."""

    def manipulate_search_path(self, search_path: ConfigSearchPath) -> None:
        """Append them."""
        from assay.config.plugins import plugins

        for plugin in plugins():
            if plugin.folder is not None:
                search_path.append(provider=plugin.distribution, path=f"file://{plugin.folder}")

"""Plug-ins: installed packages that bring classes and options of their own, found through entry points."""

from __future__ import annotations

import functools
import sys
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path

from assay.config.source import source_of
from assay.errors import ConfigError

GROUP = "assay.plugins"
"""Group of the entry points; each names a package, `my_plugin = "my_plugin"`."""
FOLDER = "conf"
"""Folder of a plug-in's package whose options join those of Assay."""


@dataclass(frozen=True)
class Plugin:
    """A package that may be named in a config.

    Attributes:
        package: its dotted name.
        distribution: what to install to have it.
        version: of the distribution.
        folder: of its options; None without any.
    """

    package: str
    distribution: str
    version: str
    folder: Path | None

    def holds(self, target: str) -> bool:
        """Whether a dotted name lies in it."""
        return target == self.package or target.startswith(f"{self.package}.")


def plugins() -> tuple[Plugin, ...]:
    """Every installed plug-in, sorted by package; none of them is imported.

    Raises:
        ConfigError: one of them names a module of Python or of Assay, or a package that is not there.
    """
    return _plugins(tuple(sys.path))


def plugin_of(target: str) -> Plugin | None:
    """The plug-in that a dotted name lies in; None for names of Assay and of libraries."""
    return next((plugin for plugin in plugins() if plugin.holds(target)), None)


@functools.cache
def _plugins(path: tuple[str, ...]) -> tuple[Plugin, ...]:
    named = {entry.value: entry.dist for entry in entry_points(group=GROUP)}
    return tuple(_plugin(package, named[package]) for package in sorted(named))


def _plugin(package: str, distribution: object) -> Plugin:
    name = str(getattr(distribution, "name", "") or package)
    top = package.partition(".")[0]
    if top in sys.stdlib_module_names or top == "assay" or not all(map(str.isidentifier, package.split("."))):
        raise ConfigError(f"plug-in {name}: its entry point names {package}, which is no package of its own; mend it")
    source = source_of(package)
    if source is None:
        raise ConfigError(f"plug-in {name}: its package {package} is not there; install {name} again, or remove it")
    folder = source.parent / FOLDER if source.name == "__init__.py" else None
    version = str(getattr(distribution, "version", ""))
    return Plugin(package, name, version, folder if folder is not None and folder.is_dir() else None)

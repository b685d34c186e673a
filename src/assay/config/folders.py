"""Folders of options: Assay's own, those of plug-ins, and one that a person names for a command."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

import assay
from assay.config.plugins import Plugin, plugins
from assay.errors import ConfigError

_extra: ContextVar[str | None] = ContextVar("extra", default=None)


def conf_dir() -> Path:
    """The folder of the config groups: inside the installed package, or at the top of a source checkout."""
    package = Path(assay.__file__).parent
    shipped = package / "conf"
    return shipped if shipped.is_dir() else package.parents[1] / "conf"


def conf_dirs() -> tuple[Path, ...]:
    """Every folder of options: Assay's own, those of plug-ins, and the one that is looked in besides.

    Raises:
        ConfigError: a plug-in has an option of a name that is taken.
    """
    extra = extra_dir()
    return (*shipped_dirs(), *([] if extra is None else [Path(extra).absolute()]))


def shipped_dirs() -> tuple[Path, ...]:
    """The folders of options of Assay and of plug-ins.

    Raises:
        ConfigError: a plug-in has an option of a name that is taken.
    """
    return _shipped(plugins())


def extra_dir() -> str | None:
    """The folder that is looked in besides; None where nobody named one."""
    return _extra.get()


@functools.cache
def _shipped(installed: tuple[Plugin, ...]) -> tuple[Path, ...]:
    owners = {path.relative_to(conf_dir()).as_posix(): "Assay" for path in conf_dir().rglob("*.yaml")}
    for plugin in installed:
        for path in plugin.folder.rglob("*.yaml") if plugin.folder is not None else ():
            option = path.relative_to(plugin.folder or path).as_posix()
            if option in owners:
                raise ConfigError(f"plug-in {plugin.distribution}: {owners[option]} has an option {option}; rename it")
            owners[option] = plugin.distribution
    return (conf_dir(), *(plugin.folder for plugin in installed if plugin.folder is not None))


@contextmanager
def looking_in(extra: str | None) -> Iterator[None]:
    """Inside, options of this folder are known too: to `compose`, to help, and to hints at the nearest name."""
    token = _extra.set(extra)
    try:
        yield
    finally:
        _extra.reset(token)

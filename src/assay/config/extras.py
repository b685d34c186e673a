"""Extras: packages that not every installation has, asked for before anything starts."""

from __future__ import annotations

from importlib.util import find_spec

from assay.errors import ConfigError


def require(setting: str, package: str, extra: str) -> None:
    """Refuse a setting whose package is missing; nothing is imported.

    Args:
        setting: as typed, for the message.
        package: its import name.
        extra: of Assay, that brings it.

    Raises:
        ConfigError: it is not installed.
    """
    if find_spec(package) is None:
        raise ConfigError(f'{setting}: {package} is not installed; pip install "assay[{extra}]"')

"""Extras: packages that not every installation has, asked for before anything starts."""

from __future__ import annotations

import re
import shlex
from importlib.metadata import requires
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
        raise ConfigError(f"{setting}: {package} is not installed; {install_command(extra)}")


def install_command(extra: str) -> str:
    """What installs the packages of an extra, wherever Assay came from: the name "assay" on PyPI is another project's.

    Args:
        extra: a name under `[project.optional-dependencies]`.
    """
    marked = re.compile(rf"""(.+?)\s*;\s*extra\s*==\s*['"]{re.escape(extra)}['"]$""")
    packages = [match[1] for line in requires("assay") or () if (match := marked.match(line))]
    # An editable installation that is older than the extra does not know it; its folder does.
    return " ".join(["pip install", *map(shlex.quote, packages or ["--editable", f"ASSAY_FOLDER[{extra}]"])])

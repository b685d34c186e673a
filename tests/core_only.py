"""`python tests/core_only.py WORDS …`: the command line as an installation without extras has it.

What only an extra brings is neither imported nor known to `importlib.metadata`; packages that the core needs too, as
scikit-learn needs joblib, stay.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from importlib import metadata
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any

NAMESPACE = "hydra_plugins"
"""Of several distributions, and of Assay itself."""


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def required(name: str, *, extras: bool = False) -> set[str]:
    """Distributions that one asks for, without its extras or by them alone."""
    try:
        lines = metadata.requires(name) or []
    except metadata.PackageNotFoundError:
        return set()
    return {normal(re.split(r"[\s\[<>=!~;(]", line)[0]) for line in lines if ("extra ==" in line) == extras}


def of_the_core() -> set[str]:
    """Distributions that the core needs, and those need, and so on."""
    known, waiting = set(), required("assay")
    while waiting:
        name = waiting.pop()
        known.add(name)
        waiting |= required(name) - known
    return known


def modules_of(name: str) -> set[str]:
    """Packages and modules that a distribution brings, by their first name; in Hydra's namespace by two."""
    try:
        files = metadata.files(name) or []
    except metadata.PackageNotFoundError:
        return set()
    parts = [file.parts for file in files if file.suffix in (".py", ".so") and ".." not in file.parts]
    return {".".join(part[: 2 if part[0] == NAMESPACE else 1]).removesuffix(".py") for part in parts}


def hide() -> set[str]:
    """Hide what only extras bring, for all that this process imports from now on; gives the names."""
    hidden = required("assay", extras=True) - of_the_core() - {"assay"}
    modules = {module for name in hidden for module in modules_of(name)} - {NAMESPACE}

    find_spec = PathFinder.find_spec

    def seen(fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None) -> ModuleSpec | None:
        if fullname in modules or fullname.partition(".")[0] in modules:
            return None
        return find_spec(fullname, path, target)

    PathFinder.find_spec = seen  # type: ignore[method-assign, assignment]
    from_name: Any = metadata.Distribution.from_name

    def installed(name: str) -> metadata.Distribution:
        if normal(name) in hidden:
            raise metadata.PackageNotFoundError(name)
        return from_name(name)

    metadata.Distribution.from_name = installed  # type: ignore[method-assign, assignment]
    return hidden


if __name__ == "__main__":
    hide()
    from assay.cli import main

    main(sys.argv[1:])

"""What has to be installed where a model is served: this package, and the versions it was tested with."""

from __future__ import annotations

from importlib import metadata

PACKAGE = "assay"


def requirement() -> str:
    """`assay` in its version, as pip reads it."""
    return f"{PACKAGE}=={metadata.version(PACKAGE)}"


def constraints() -> list[str]:
    """`name==version` of all that this package needs, directly or not, as it is installed here; extras are left out.

    A version's local part (`2.9.0+cpu`) is left out: it names a build that other machines may not have.
    """
    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    versions: dict[str, str] = {}
    waiting = [PACKAGE]
    while waiting:
        for line in _requires(waiting.pop()):
            needed = Requirement(line)
            name = canonicalize_name(needed.name)
            if name in versions or (needed.marker and not needed.marker.evaluate({"extra": ""})):
                continue
            try:
                versions[name] = metadata.version(name).partition("+")[0]
            except metadata.PackageNotFoundError:
                continue
            waiting.append(name)
    return [f"{name}=={version}" for name, version in sorted(versions.items())]


def _requires(name: str) -> list[str]:
    return metadata.requires(name) or []

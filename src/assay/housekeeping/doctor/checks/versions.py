"""versions: Python and the packages are those that this Assay was made for."""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterable, Iterator
from importlib import metadata

from assay.housekeeping.doctor.diagnosis import Diagnosis, broken, ok
from assay.housekeeping.doctor.health_check import HealthCheck
from assay.housekeeping.doctor.installation import Installation

SHOWN = ("torch", "mlflow")


def _examine(installation: Installation) -> Iterator[Diagnosis]:
    about = metadata.metadata("assay")
    yield python_version(platform.python_version(), about["Requires-Python"] or "")
    yield from packages(metadata.requires("assay") or (), installed)


def python_version(version: str, asked: str) -> Diagnosis:
    """Whether this Python does.

    Args:
        version: such as `3.12.1`.
        asked: such as `>=3.11`.
    """
    from packaging.specifiers import SpecifierSet

    if SpecifierSet(asked).contains(version, prereleases=True):
        return ok(f"Python {version}")
    return broken(
        f"Python {version} is not {asked}", f"make the environment with another: python{_least(asked)} -m venv"
    )


def packages(requirements: Iterable[str], version_of: Callable[[str], str]) -> Iterator[Diagnosis]:
    """Whether what Assay needs is installed.

    Args:
        requirements: as a package states them, `torch>=2.9; extra == "x"` among them.
        version_of: gives the installed version of a package, "" where there is none.
    """
    from packaging.requirements import Requirement

    missing, shown = [], []
    for requirement in map(Requirement, requirements):
        if requirement.marker is not None and not requirement.marker.evaluate({"extra": ""}):
            continue
        version = version_of(requirement.name)
        if not version or not requirement.specifier.contains(version, prereleases=True):
            missing.append((requirement, version))
        elif requirement.name in SHOWN:
            shown.append(f"{requirement.name} {version}")
    for requirement, version in missing:
        name = f"{requirement.name}{requirement.specifier}"
        state = f"is {version}" if version else "is not installed"
        yield broken(f"{requirement.name} {state}; Assay needs {name}", f"python -m pip install '{name}'")
    if not missing:
        yield ok(", ".join([*shown, "all packages within their bounds"]))


def installed(name: str) -> str:
    """The version of a package in this environment, "" where there is none."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""


def _least(asked: str) -> str:
    return asked.partition(">=")[2].partition(",")[0] or "3"


CHECK = HealthCheck("versions", "Python and packages are those that this version was made for", _examine)

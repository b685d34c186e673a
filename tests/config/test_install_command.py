"""What is missing is named by packages that pip finds: nobody's "assay" on PyPI is this project."""

from __future__ import annotations

import shlex
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from assay.config.extras import install_command

PROJECT = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]
EXTRAS = {name: packages for name, packages in PROJECT["optional-dependencies"].items() if name != "dev"}


@pytest.fixture(autouse=True)
def _metadata_of_today(monkeypatch: pytest.MonkeyPatch) -> None:
    """An editable installation keeps the metadata of the day on which it was made."""
    lines = [f"{package}; extra == '{extra}'" for extra, packages in EXTRAS.items() for package in packages]
    monkeypatch.setattr("assay.config.extras.requires", lambda name: [*PROJECT["dependencies"], *lines])


@pytest.mark.parametrize("extra", EXTRAS)
def test_an_extra_is_installed_by_its_own_packages(extra: str) -> None:
    pip, install, *packages = shlex.split(install_command(extra))
    assert (pip, install) == ("pip", "install")
    assert [Requirement(package) for package in packages] == [Requirement(package) for package in EXTRAS[extra]]

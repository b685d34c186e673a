"""The machine that a benchmark ran on, and whether it was at rest."""

from __future__ import annotations

import os
from dataclasses import dataclass

from assay.data.cores import usable_cores
from assay.tracking.environment import environment

SETTINGS = ("OMP_WAIT_POLICY", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "ASSAY_CORES")


@dataclass(frozen=True)
class Machine:
    """Where it ran.

    Attributes:
        cpu: name.
        flags: instruction sets that change speed.
        cores: that this process may use.
        gpu: name; "" without one.
        platform: operating system.
        versions: of the packages that compute.
        settings: environment variables of threads; "" where one is not set.
        load: processes that wanted a core in the minute before, on average; None where that is not known.
    """

    cpu: str
    flags: tuple[str, ...]
    cores: int
    gpu: str
    platform: str
    versions: dict[str, str]
    settings: dict[str, str]
    load: float | None

    @property
    def busy(self) -> bool:
        """Whether others were at work: more than a quarter of a core."""
        return self.load is not None and self.load > 0.25

    @classmethod
    def here(cls, gpu: str = "") -> Machine:
        """The machine of this process, now."""
        tags = environment()
        names = {"python": "python", "torch": "version_torch", "onnxruntime": "version_onnxruntime"}
        return cls(
            cpu=tags["cpu"],
            flags=tuple(tags["cpu_flags"].split()),
            cores=usable_cores(),
            gpu=gpu,
            platform=tags["platform"],
            versions={name: tags[tag] for name, tag in names.items() if tag in tags},
            settings={name: os.environ.get(name, "") for name in SETTINGS},
            load=os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
        )

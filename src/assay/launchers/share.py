"""Share: what one of several jobs may use of the machine that they are on."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from assay.data.cores import SHARE, usable_cores
from assay.launchers.devices import VISIBLE, installed_gpus, one_of, visible_devices

THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")


@dataclass(frozen=True)
class Share:
    """Cores and GPUs of a job.

    Attributes:
        cores: how many it may use; None leaves that to what starts it, e.g. Slurm.
        threads: how many threads its libraries start; None leaves that to the person who has set OMP_NUM_THREADS.
        devices: names of the GPUs of which it takes one, see `visible_devices`.
    """

    cores: int | None = None
    threads: int | None = None
    devices: tuple[str, ...] = ()

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Inside, this process keeps to its share; has to come before anything touches a GPU."""
        # A process that has had a job before has its GPU already, for good.
        had = os.environ.get(VISIBLE)
        with one_of(sorted(self.devices, key=lambda name: name != had)) as device:
            if device is not None:
                os.environ[VISIBLE] = device
            if self.cores is not None:
                os.environ[SHARE] = str(self.cores)
            if self.threads is not None:
                _limit(self.threads)
            yield


def _limit(threads: int) -> None:
    """Tell the libraries that come later, and those that are here already."""
    from threadpoolctl import threadpool_limits

    for name in THREADS:
        os.environ[name] = str(threads)
    threadpool_limits(threads, user_api="blas")
    if torch := sys.modules.get("torch"):
        torch.set_num_threads(threads)


def even_share(asked: int | str, jobs: int) -> tuple[int, Share]:
    """How many jobs run at once on this machine, and what each may use of it.

    Args:
        asked: the number at once; "auto" for one per GPU or, without a GPU, one per core.
        jobs: how many there are; there are never more at once.
    """
    devices = visible_devices(os.environ, installed_gpus())
    cores = usable_cores()
    at_once = min(jobs, (len(devices) or cores) if asked == "auto" else int(asked))
    each = max(1, cores // at_once)
    return at_once, Share(each, None if "OMP_NUM_THREADS" in os.environ else each, devices)

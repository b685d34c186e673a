"""What each of several workers on one machine may use: its share of the cores, and one of the GPUs."""

from __future__ import annotations

from collections.abc import Mapping

from assay.data.cores import SHARE
from assay.launchers.devices import VISIBLE, visible_devices
from assay.launchers.share import THREADS


def share(worker: int, workers: int, environment: Mapping[str, str], *, cores: int, gpus: int) -> dict[str, str]:
    """Environment variables that leave a worker its share; what a person has set stays as it is.

    Args:
        worker: which one, from 0.
        workers: how many there are.
        environment: of the first worker, before any share.
        cores: that this machine lets us use.
        gpus: how many it has.
    """
    if workers < 2:
        return {}
    each = str(max(1, cores // workers))
    given = {SHARE: each}
    if THREADS[0] not in environment:
        given |= dict.fromkeys(THREADS, each)
    visible = visible_devices(environment, gpus)
    if len(visible) > 1:
        given[VISIBLE] = visible[worker % len(visible)]
    return given

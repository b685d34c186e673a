"""Room on the disk for what a training will write: missed before the first epoch and not after the last one."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from omegaconf import DictConfig

from assay.config.targets import build
from assay.errors import TrackingError
from assay.models.pruning import current_trial

if TYPE_CHECKING:
    from assay.models.network import Network

CHECKPOINTS = 2
"""Of each stage, the best epoch's and the last one's, with all weights where the backbone is trained."""


def refuse_without_room(config: DictConfig, network: Network) -> None:
    """Refuse a training whose checkpoints and model cannot be kept where runs work.

    Only what is written in any case is counted, so that nothing is refused that would have gone: the weights of a
    trained backbone in the checkpoints of its stages and in the model. An optimizer's memory comes on top of that.

    Args:
        config: composed and checked.
        network: as it will be trained.

    Raises:
        TrackingError: less is free than that.
    """
    stages = [stage for stage in build(config.finetune).stages() if stage.inputs == "images"]
    work = config.tracking.get("work")
    if not stages or not work:
        return
    weights = sum(value.numel() * value.element_size() for value in network.state_dict().values())
    kept = weights * (1 + (0 if current_trial() else CHECKPOINTS) * len(stages))
    folder = _existing(Path(work).expanduser().absolute())
    free = shutil.disk_usage(folder).free
    if kept > free:
        raise TrackingError(
            f"{folder}: {free / 1e6:,.0f} MB are free, and this training writes {kept / 1e6:,.0f} MB at least, its "
            "checkpoints and its model; make room (assay clean lists what can go), or set tracking.work to a folder on "
            "a larger disk"
        )


def _existing(folder: Path) -> Path:
    """The folder, or the nearest above it that exists: runs make theirs when they begin."""
    return next(path for path in (folder, *folder.parents) if path.exists())

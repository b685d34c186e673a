"""RemoteJob: what a launcher sends to another process in place of the task itself."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from omegaconf import DictConfig

from assay.errors import ConfigError
from assay.launchers.portable import portable
from assay.launchers.share import Share
from assay.sweep.handed_on import handed_on_trial
from assay.sweep.jobs.numbered import prefixed


@dataclass(frozen=True)
class RemoteJob:
    """Runs a task where it is unpickled, within its share of that machine.

    What it raises can be sent back: the error itself where it survives pickling, else a StudyError that says the same.
    The traceback is a note of it.

    Attributes:
        task: importable by name.
        share: of the machine.
        folder: where the command was called, which all processes see.
    """

    task: Callable[[DictConfig], Any]
    share: Share
    folder: Path

    def __call__(self, config: DictConfig) -> Any:
        """Run the task; gives what it gives."""
        try:
            if not self.folder.is_dir():
                raise ConfigError(
                    f"{self.folder}: not there on {platform.node()}; call the command in a folder that all machines see"
                )
            os.chdir(self.folder)
            with prefixed(), self.share.taken(), handed_on_trial():
                return self.task(config)
        except Exception as error:
            raise portable(error) from None

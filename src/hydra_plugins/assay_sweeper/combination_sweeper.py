"""Hydra's side of a multirun without a search; what it does is in `assay.sweep.jobs.multirun`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hydra._internal.core_plugins.basic_sweeper import BasicSweeper
from hydra.core.override_parser.overrides_parser import OverridesParser


class CombinationSweeper(BasicSweeper):
    """Hydra's own sweeper, but all jobs have one parent run, and one that fails keeps no other from being told of."""

    def sweep(self, arguments: list[str]) -> Any:
        """Run every combination; gives Hydra's `JobReturn` of each."""
        from omegaconf import OmegaConf

        from assay.sweep.jobs.multirun import multirun

        assert self.config is not None
        assert self.hydra_context is not None
        assert self.launcher is not None
        launcher = self.launcher
        parser = OverridesParser.create(config_loader=self.hydra_context.config_loader)
        overrides = parser.parse_overrides([*self._parse_config(), *arguments])
        folder = Path(str(self.config.hydra.sweep.dir))
        folder.mkdir(parents=True, exist_ok=True)
        OmegaConf.save(self.config, folder / "multirun.yaml")
        return multirun(
            self.split_arguments(overrides, self.max_batch_size),
            folder,
            lambda jobs, first: launcher.launch(jobs, initial_job_idx=first),
        )

"""Hydra's side of `hydra/sweeper=optuna`; what a sweep does is in `assay.sweep.run`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hydra.plugins.launcher import Launcher
from hydra.plugins.sweeper import Sweeper
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig, OmegaConf, open_dict, read_write


class OptunaSweeper(Sweeper):
    """Asks an Optuna study for one trial after the other, and lets the configured launcher run each.

    Args:
        settings: those of `assay.sweep.settings.SweepSettings`.
    """

    def __init__(self, **settings: Any) -> None:
        super().__init__()
        self._given = settings

    def setup(self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig) -> None:
        """Check the settings and name the study, before any job starts."""
        from hydra.core.plugins import Plugins

        from assay.config.searched import as_override
        from assay.sweep.conditional import read_conditional
        from assay.sweep.identity import study_name
        from assay.sweep.search_space import read_space
        from assay.sweep.settings import read_settings
        from hydra_plugins.assay_sweeper.remembering_loader import RememberingLoader

        plain = OmegaConf.to_container(OmegaConf.create(self._given), resolve=True)
        assert isinstance(plain, dict)
        self.settings = read_settings({str(key): value for key, value in plain.items()})
        words = [str(word) for word in config.hydra.overrides.task]
        configured = [as_override(key, value) for key, value in (self.settings.params or {}).items()]
        conditional = read_conditional(self.settings.conditional, hydra_context.config_loader)
        self.space = read_space([*configured, *words], hydra_context.config_loader, conditional)
        self.name = study_name(self.settings, words)
        if not any(str(word).startswith("hydra.sweep.dir=") for word in config.hydra.overrides.hydra):
            with read_write(config), open_dict(config):
                config.hydra.sweep.dir = str(Path("mlruns") / "sweeps" / self.name)
        self.folder = Path(str(config.hydra.sweep.dir))
        warm = HydraContext(RememberingLoader(hydra_context.config_loader), hydra_context.callbacks)
        self.launcher: Launcher = Plugins.instance().instantiate_launcher(
            hydra_context=warm, task_function=task_function, config=config
        )

    def sweep(self, arguments: list[str]) -> Any:
        """Run the study; gives its `Summary`."""
        from assay.sweep.run import sweep

        def launch(overrides: list[str], number: int) -> Any:
            (result,) = self.launcher.launch([overrides], initial_job_idx=number)
            return result

        return sweep(self.settings, self.space, self.name, self.folder, launch)

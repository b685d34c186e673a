from __future__ import annotations

from collections.abc import Callable

import pytest
import yaml

from assay.config.compose import conf_dir
from assay.studies.sweep.settings import SweepSettings, read_settings
from assay.studies.sweep.study import Study
from assay.studies.sweep.taken_back import PROCESS


@pytest.fixture
def configured() -> Callable[..., SweepSettings]:
    """Settings with the options of that name, and any other value."""

    def read(sampler: str = "random", **others: object) -> SweepSettings:
        files = [conf_dir() / "hydra" / "sweeper" / name for name in (f"sampler/{sampler}.yaml", "pruner/none.yaml")]
        nodes = [yaml.safe_load(file.read_text()) for file in files]
        return read_settings({"sampler": nodes[0], "pruner": nodes[1], **others})

    return read


@pytest.fixture
def killed() -> Callable[..., None]:
    """Begin a trial as a process that is gone now, in its training or while it was still drawing."""

    def die(study: Study, *, drawn: bool) -> None:
        trial = study.next_trial()
        assert trial is not None
        if drawn:
            study.draw_conditional(trial)
        trial.optuna.set_user_attr(PROCESS, {**trial.optuna.user_attrs[PROCESS], "assay.pid": "999999999"})

    return die

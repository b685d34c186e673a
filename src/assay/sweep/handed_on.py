"""The trial of a sweep whose training runs in another process than its sweep."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from assay.models.pruning import current_trial, trial_of

if TYPE_CHECKING:
    from assay.sweep.settings import SweepSettings
    from assay.sweep.trial import RunningTrial

VARIABLE = "ASSAY_TRIAL"


def hand_on(trial: RunningTrial, settings: SweepSettings, folder: Path) -> str:
    """The value of ASSAY_TRIAL by which another process finds the trial.

    Args:
        trial: that is about to run.
        settings: of its sweep.
        folder: of its sweep.
    """
    return json.dumps(
        {
            "study": trial.optuna.study.study_name,
            "id": trial.optuna._trial_id,
            "metric": settings.metrics[0] if len(settings.metrics) == 1 else None,
            "pruner": dict(settings.pruner),
            "storage": settings.storage,
            "folder": str(folder.absolute()),
        }
    )


@contextmanager
def handed_on_trial() -> Iterator[None]:
    """Inside, `current_trial` gives the trial that was handed on to this process, if any."""
    handed = os.environ.get(VARIABLE)
    if not handed or current_trial() is not None:
        yield
        return
    import optuna

    from assay.sweep.storage import open_storage
    from assay.sweep.study import _without_warnings
    from assay.sweep.trial import RunningTrial

    about = json.loads(handed)
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    with open_storage(about["storage"], Path(about["folder"])) as storage:
        pruner = _without_warnings(about["pruner"])
        study = optuna.load_study(study_name=about["study"], storage=storage, pruner=pruner)
        with trial_of(RunningTrial(optuna.trial.Trial(study, about["id"]), about["metric"])):
            yield

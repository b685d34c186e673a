"""Which study a command goes on with, and whether that study searches the same."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from assay.config.file_name import checked_file_name
from assay.errors import ConfigError
from assay.files import digest_of
from assay.sweep.search_space import SearchSpace
from assay.sweep.settings import SweepSettings

if TYPE_CHECKING:
    import optuna

MADE_FOR = "made_for"


def study_name(settings: SweepSettings, arguments: Sequence[str]) -> str:
    """The name that was given; without one, a name that the same command gets again, whatever its `n_trials`.

    Raises:
        ConfigError: the name cannot be that of a file.
    """
    if settings.study_name is not None:
        return checked_file_name("hydra.sweeper.study_name", settings.study_name)
    settings_content: list[Any] = [
        dict(settings.sampler),
        dict(settings.pruner),
        settings.metrics,
        settings.directions,
        settings.seed,
    ]
    settings_content += [] if settings.conditional is None else [settings.conditional]
    return f"sweep-{digest_of([sorted(arguments), settings_content, dict(settings.params or {})])[:10]}"


def check_same(study: optuna.Study, space: SearchSpace, settings: SweepSettings) -> None:
    """Hold what a study was begun for, noted in it the first time, against what is asked now.

    Raises:
        ConfigError: they differ.
    """
    wanted = {
        "search space": space.record(),
        "metrics": list(settings.metrics),
        "directions": list(settings.directions),
    }
    known = study.user_attrs.get(MADE_FOR)
    if known is None:
        study.set_user_attr(MADE_FOR, wanted)
        return
    if different := [name for name in wanted if known.get(name) != wanted[name]]:
        raise ConfigError(
            f"hydra.sweeper.study_name={study.study_name}: this study was begun with another {different[0]}: "
            f"{known.get(different[0])}; take another name"
        )

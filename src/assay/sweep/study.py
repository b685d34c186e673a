"""Study: hands out trials one by one, to any number of processes, and remembers how each ended, through any kill."""

from __future__ import annotations

import logging
import math
import warnings
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assay.config.targets import build
from assay.database.url import without_password
from assay.errors import ConfigError, StudyError
from assay.files import digest_of
from assay.sweep.abandoned_trials import ALSO, ERROR, INTERRUPTED, PROCESS, take_back
from assay.sweep.conditional import Draw
from assay.sweep.identity import check_same
from assay.sweep.search_space import SearchSpace
from assay.sweep.settings import SweepSettings, is_grid
from assay.sweep.storage import JOURNAL, one_worker_at_a_time, open_storage, shared_by_lock
from assay.sweep.trial import RunningTrial
from assay.tracking.process import is_gone, process_tags

if TYPE_CHECKING:
    import optuna
    from optuna.distributions import BaseDistribution
    from optuna.storages import BaseStorage
    from optuna.trial import FrozenTrial

AT_LEAST_ENDED = 5
NEW = timedelta(seconds=60)

_log = logging.getLogger(__name__)


@contextmanager
def open_study(name: str, space: SearchSpace, settings: SweepSettings, folder: Path) -> Iterator[Study]:
    """Make the study, or go on with it.

    Args:
        name: of the study in its storage.
        space: what is searched.
        settings: how.
        folder: of the sweep, on this machine; made if missing.

    Raises:
        ConfigError: the storage cannot be opened, or the study there searches something else.
    """
    import optuna

    folder.mkdir(parents=True, exist_ok=True)
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    with open_storage(settings.storage, folder) as storage:
        with one_worker_at_a_time(storage, name, folder):
            study = optuna.create_study(
                study_name=name,
                storage=storage,
                pruner=_without_warnings(settings.pruner),
                directions=list(settings.directions),  # type: ignore[arg-type]
                load_if_exists=True,
            )
            check_same(study, space, settings)
        yield Study(study, storage, space, settings, folder)


class Study:
    """A study that is open in this process; made by `open_study`.

    Attributes:
        optuna: Optuna's study.
        space: what is searched.
        settings: how.
    """

    def __init__(
        self,
        study: optuna.Study,
        storage: BaseStorage,
        space: SearchSpace,
        settings: SweepSettings,
        folder: Path,
    ) -> None:
        self.optuna = study
        self.space = space
        self.settings = settings
        self._storage = storage
        self._folder = folder
        self._distributions = {key: dimension.distribution() for key, dimension in space.dimensions.items()}

    @property
    def address(self) -> str:
        """Where it is kept, for other programs: a URL without its password, or the path of a journal."""
        storage = self.settings.storage
        return without_password(storage) if storage else str((self._folder / JOURNAL).absolute())

    @property
    def total(self) -> int:
        """How many trials there are in the end; a grid ends when every point was tried."""
        size = self.space.size() if is_grid(self.settings) else None
        return self.settings.n_trials if size is None else min(size, self.settings.n_trials)

    def left(self) -> int:
        """How many trials have not come to an end."""
        return self.total - sum(trial.state.is_finished() for trial in self.trials())

    def trials(self) -> list[FrozenTrial]:
        """All that count towards the total: not those whose process was killed and that are tried again."""
        from optuna.trial import TrialState

        return [
            trial
            for trial in self.optuna.get_trials(deepcopy=False)
            if trial.state != TrialState.WAITING and INTERRUPTED not in trial.user_attrs
        ]

    def next_trial(self) -> RunningTrial | None:
        """The next trial for this process, at once, whatever others are doing; None when there are enough.

        Trials whose process was killed come first, at the point where they were. `draw_conditional` draws the rest.

        Raises:
            StudyError: too many trials have failed.
        """
        with self._one_worker_at_a_time():
            self._take_back_the_dead()
            taken = self.trials()
            self.check_failures(taken)
            if len(taken) >= self.total:
                return None
            self.optuna.sampler = self._sampler(len(taken))
            with _quiet():
                trial = self.optuna.ask(self._distributions)
            trial.set_user_attr(PROCESS, process_tags())
        single = len(self.settings.metrics) == 1
        return RunningTrial(trial, self.settings.metrics[0] if single else None)

    def draw_conditional(self, trial: RunningTrial) -> None:
        """Draw what the space has for this trial only; a trial that is tried again gets what it had.

        Raises:
            StudyError: the function that draws raised something of its own.
            WrongDraw: it drew what cannot be drawn.
        """
        if self.space.conditional is None:
            return
        with self._one_worker_at_a_time(), _quiet():
            draw = Draw(self.space.conditional, trial.optuna, self.space.fixed_values(), self._earlier)
            self.space.conditional.complete(draw)
            trial.point.update(trial.optuna.params)
            trial.also = tuple(draw.also)
            trial.optuna.set_user_attr(ALSO, draw.also)

    def _earlier(self, key: str) -> BaseDistribution | None:
        """What a key was drawn from in this study before."""
        trials = self.optuna.get_trials(deepcopy=False)
        return next((trial.distributions[key] for trial in reversed(trials) if key in trial.distributions), None)

    def _one_worker_at_a_time(self) -> AbstractContextManager[None]:
        return one_worker_at_a_time(self._storage, self.optuna.study_name, self._folder)

    def succeeded(self, trial: RunningTrial, values: Sequence[float]) -> None:
        """Record how good a trial is; one that is not a number has failed."""
        wrong = [
            f"{name} is {value}"
            for name, value in zip(self.settings.metrics, values, strict=True)
            if not math.isfinite(value)
        ]
        if wrong:
            self.failed(trial, ", ".join(wrong))
        else:
            self._tell(trial, values=list(values))

    def failed(self, trial: RunningTrial, why: str) -> None:
        """Record that a trial came to nothing."""
        from optuna.trial import TrialState

        _log.info("trial %d failed: %s", trial.number, why)
        trial.optuna.set_user_attr(ERROR, why[:2000])
        self._tell(trial, state=TrialState.FAIL)

    def pruned(self, trial: RunningTrial) -> None:
        """Record that a trial was stopped because it was hopeless."""
        from optuna.trial import TrialState

        self._tell(trial, state=TrialState.PRUNED)

    def interrupted(self, trial: RunningTrial) -> None:
        """Put a trial back whose process is told to end; whoever comes next tries it again."""
        with self._one_worker_at_a_time():
            self._take_back(trial.number)

    def check_failures(self, trials: Sequence[FrozenTrial]) -> None:
        """Raise StudyError when more trials have failed than the settings allow."""
        from optuna.trial import TrialState

        ended = [trial for trial in trials if trial.state.is_finished()]
        failed = [trial for trial in ended if trial.state == TrialState.FAIL]
        if len(failed) > self.settings.max_failure_rate * max(len(ended), AT_LEAST_ENDED):
            last = failed[-1]
            raise StudyError(
                f"{self.optuna.study_name}: {len(failed)} of {len(ended)} trials failed, more than "
                f"hydra.sweeper.max_failure_rate={self.settings.max_failure_rate:g} allows. "
                f"The last, trial {last.number}: {last.user_attrs.get(ERROR, 'unknown')}"
            )

    def _tell(self, trial: RunningTrial, **how: Any) -> None:
        with _quiet():
            self.optuna.tell(trial.optuna, **how)

    def _sampler(self, number: int) -> Any:
        """The sampler for the trial at a place: its draws are a function of the seed, the place and what is known.

        So a sweep that was killed and goes on draws what it would have drawn, and nothing twice.
        """
        if is_grid(self.settings):
            grid = {key: dimension.grid() for key, dimension in self.space.dimensions.items()}
            if open_ended := [key for key, values in grid.items() if values is None]:
                raise ConfigError(
                    f"hydra/sweeper/sampler=grid: {open_ended[0]} is an interval, which has no end of values; "
                    f"use {open_ended[0]}=choice(…) or range(…)"
                )
            return _without_warnings(self.settings.sampler, search_space=grid, seed=self.settings.seed)
        seed = int(digest_of([self.settings.seed, number])[:8], 16)
        return _without_warnings(self.settings.sampler, seed=seed)

    def _take_back_the_dead(self) -> None:
        from optuna.trial import TrialState

        for trial in self.optuna.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
            process = trial.user_attrs.get(PROCESS)
            if is_gone(process) if process else self._cannot_be_new(trial):
                self._take_back(trial.number)

    def _cannot_be_new(self, trial: FrozenTrial) -> bool:
        """Whether a trial without a process was given up; one of another machine may be a moment old."""
        if shared_by_lock(self.settings.storage):
            return True
        now = datetime.now()  # noqa: DTZ005 - Optuna's own clock
        return trial.datetime_start is not None and now - trial.datetime_start > NEW

    def _take_back(self, number: int) -> None:
        needed = set(self._distributions)
        take_back(self.optuna, number, needed, self.settings.retries, conditional=self.space.conditional is not None)


@contextmanager
def _quiet() -> Iterator[None]:
    """Without Optuna's remarks, e.g. that a sampler leaves the words and what is conditional to another one."""
    import optuna

    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        optuna.logging.set_verbosity(before)


def _without_warnings(node: Any, **run_time: Any) -> Any:
    """Build a sampler or pruner; Optuna calls half of them experimental."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return build(dict(node), **run_time)

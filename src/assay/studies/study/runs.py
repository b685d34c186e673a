"""The trainings of a study: those that are there are reused, those that were killed go on, the rest is trained."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from omegaconf import DictConfig

from assay.config.changed import changed
from assay.config.check import check
from assay.config.compose import compose
from assay.config.door import plain, typed_as
from assay.config.imbalance import with_minority
from assay.database.locks import LockHeldError, file_lock
from assay.errors import AssayError
from assay.files import digest_of
from assay.run.config_digest import config_digest
from assay.run.train import train
from assay.run.training_images import load_manifest
from assay.studies.result import Training
from assay.studies.study.plan import Planned
from assay.tracking.run_files import CONFIG, MANIFEST
from assay.tracking.search import search

if TYPE_CHECKING:
    from assay.studies.comparison.sides import LoadedRun
    from assay.tracking.read import RunRecord
    from assay.tracking.store import TrackingStore

_log = logging.getLogger(__name__)


class Busy(Exception):  # noqa: N818
    """Another process is at work on this training."""


@dataclass(frozen=True)
class Ended:
    """A training that a study asked for.

    Attributes:
        planned: what was asked for.
        training: how it ended.
        run: its answers; None when it failed.
        trained: whether it was trained just now.
    """

    planned: Planned
    training: Training
    run: LoadedRun | None
    trained: bool = False


class Runs:
    """Trainings by what they are, whoever made them; several processes may work on one study.

    Args:
        store: where runs are recorded.
        name: of the study, for the names of its runs.
        parent: run id of the study.
    """

    def __init__(self, store: TrackingStore, name: str, parent: str) -> None:
        self._store = store
        self._name = name
        self._parent = parent
        self._datasets: dict[str, str] = {}

    def get(self, planned: Planned, *, patience: float = 0.0) -> Ended:
        """Find the training, or make it.

        Args:
            planned: what is asked for.
            patience: seconds to wait for another process that is at work on it.

        Raises:
            Busy: it still is.
        """
        config = composed(planned)
        try:
            digests = self._digests(config)
            with self._claimed(digests, patience):
                if run := self._finished(digests):
                    return self._ended(planned, run)
                run_id = self._train(planned, config, digests)
            return self._ended(planned, _loaded(self._store.find(run_id)), trained=True)
        except Busy:
            raise
        except Exception as error:
            why = str(error) if isinstance(error, AssayError) else f"{type(error).__name__}: {error}"
            _log.debug("%s", planned, exc_info=error)
            return Ended(planned, Training(planned.seed, planned.fold, None, error=why), None)

    def present(self, planned: Planned) -> tuple[LoadedRun | None, str]:
        """The finished run that would be reused, or the id of the one that would go on; nothing is trained.

        Raises:
            AssayError: the images cannot be read, or the store does not answer.
        """
        digests = self._digests(composed(planned))
        run = self._finished(digests)
        if run is not None:
            return run, run.record.run_id
        return None, next((record.run_id for record in self._interrupted(digests)), "")

    def _digests(self, config: DictConfig) -> dict[str, str]:
        return {"config_digest": config_digest(config), "dataset_digest": self._dataset(config)}

    def _interrupted(self, digests: dict[str, str]) -> Iterator[RunRecord]:
        for record in search(self._store, digests, status="KILLED"):
            if all((record.folder / name).exists() for name in (CONFIG, MANIFEST)):
                yield record

    def _dataset(self, config: DictConfig) -> str:
        """Digest of the images and their division; the same config gives the same in one study."""
        key = digest_of([plain(config)["data"], config.seed if adds_images(config) else None])
        if key not in self._datasets:
            self._datasets[key] = load_manifest(config).digest
        return self._datasets[key]

    @contextmanager
    def _claimed(self, digests: dict[str, str], patience: float) -> Iterator[None]:
        """Hold this training; the system lets it go when this process dies."""
        lock = self._store.work.parent / "studies" / ".claims" / f"{digest_of(digests)[:16]}.lock"
        with ExitStack() as held:
            try:
                held.enter_context(file_lock(lock, patience=patience))
            except LockHeldError as error:
                raise Busy(str(error)) from error
            yield

    def _finished(self, digests: dict[str, str]) -> LoadedRun | None:
        for record in search(self._store, digests, status="FINISHED"):
            try:
                return _loaded(record)
            except AssayError as error:
                _log.info("run %s is not reused: %s", record.run_id, error)
        return None

    def _train(self, planned: Planned, config: DictConfig, digests: dict[str, str]) -> str:
        for record in self._interrupted(digests):
            try:
                with typed_as([f"resume={record.run_id}"]):
                    return train(compose([*_places(planned), f"resume={record.run_id}"])).run_id
            except AssayError as error:
                _log.info("run %s cannot go on, and is trained anew: %s", record.run_id, error)
        named = changed(config, {"name": config.name or f"{self._name}: {planned}"})
        with typed_as(planned.overrides):
            return train(named).run_id

    def _ended(self, planned: Planned, run: LoadedRun, *, trained: bool = False) -> Ended:
        reused = run.record.parent != self._parent
        training = Training(planned.seed, planned.fold, run.record.run_id, reused=reused)
        return Ended(planned, training, run, trained)


def composed(planned: Planned) -> DictConfig:
    """The checked config of a training.

    Raises:
        ConfigError: it cannot work; the message names the variant.
    """
    try:
        config = compose(planned.overrides)
        check(config)
    except AssayError as error:
        raise type(error)(f"variant {planned.variant}: {error}") from error
    return with_minority(config)


def adds_images(config: DictConfig) -> bool:
    """Whether train gets more images than the dataset has; which ones depends on the seed."""
    return bool(config.data.synthetic or config.data.repeat_ratio)


def _places(planned: Planned) -> list[str]:
    return [word for word in planned.overrides if word.startswith(("tracking", "cache="))]


def _loaded(record: RunRecord) -> LoadedRun:
    from assay.studies.comparison.sides import load_run

    return load_run(record)

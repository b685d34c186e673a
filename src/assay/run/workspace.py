"""Where a run works: cache, tracking store, device, and the tags that describe its surroundings."""

from __future__ import annotations

import logging
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from omegaconf import DictConfig, OmegaConf

from assay.config.destination import refuse_inside_dataset
from assay.config.targets import build
from assay.data.system_files import is_system
from assay.database.url import sqlite_file
from assay.errors import TrackingError
from assay.run.shared_objects import once
from assay.tracking.mlflow_variables import not_followed
from assay.tracking.names import dataset_name

if TYPE_CHECKING:
    from assay.tracking.store import TrackingStore

_log = logging.getLogger(__name__)


def cache_folder(config: DictConfig) -> Path:
    """Folder of everything that can be computed again."""
    return Path(config.cache).expanduser()


def tracking_store(config: DictConfig) -> TrackingStore:
    """Where runs are recorded; nothing is opened or made yet."""
    store: TrackingStore = build(config.tracking)
    return store


def opened(store: TrackingStore) -> TrackingStore:
    """The same store: it answers, runs that died there are marked, and variables that are not followed are said.

    Raises:
        TrackingError: it does not answer.
    """
    store.check()
    _warn_of_variables(store)
    if not store.is_read_only:
        store.mark_dead_runs()
    return store


def _warn_of_variables(store: TrackingStore) -> None:
    if ignored := not_followed(store):
        _warn_once(ignored)


@cache
def _warn_once(message: str) -> None:
    _log.warning(message)


def is_absent(store: TrackingStore) -> bool:
    """Whether nothing was ever recorded there: a SQLite file that does not exist.

    Where that is so, variables of MLflow's that name another store are said: they are the likeliest reason.
    """
    file = sqlite_file(store.uri)
    absent = file is not None and not file.exists()
    if absent:
        _warn_of_variables(store)
    return absent


def existing(store: TrackingStore) -> TrackingStore:
    """The same store, opened, for who only reads: where there is none, none is made, and no folder; see `opened`.

    Raises:
        TrackingError: there is none, or it does not answer.
    """
    if is_absent(store):
        raise TrackingError(
            f"{sqlite_file(store.uri)}: nothing was recorded here yet; go to the folder of your runs, name their store "
            "with tracking.uri=sqlite:///FILE or tracking=server tracking.uri=…, or begin with assay train"
        )
    return opened(store)


def open_store(config: DictConfig) -> TrackingStore:
    """Where runs are recorded, opened, for who reads them or adds to them; see `existing`."""
    return once("tracking store", plain_node(config.tracking), lambda: existing(tracking_store(config)))


def recording_store(config: DictConfig) -> TrackingStore:
    """Where new runs are recorded, opened: in the experiment that was named, else in the dataset's; see `opened`.

    Raises:
        ConfigError, TrackingError: it does not answer, or their artifacts cannot be kept.
    """
    dataset = dataset_name(config.data)
    _check_work(config)

    def recording() -> TrackingStore:
        named = tracking_store(config).of_dataset(dataset)
        named.ensure_writable()
        store = opened(named)
        store.check_artifacts()
        return store

    return once("recording store", [plain_node(config.tracking), dataset], recording)


def _check_work(config: DictConfig) -> None:
    """Refuse folders of runs that a dataset would take for classes; those that are called as MLflow's are left out."""
    work = config.tracking.get("work")
    if work and not any(is_system(part) for part in Path(work).parts):
        refuse_inside_dataset(f"tracking.work={work}", work, config)


def environment_tags(config: DictConfig) -> dict[str, str]:
    """What a training runs on, as tags; inside a warm block the code is the one that it began with."""
    from assay.tracking.environment import environment as tags_of

    on = training_device(config)
    return once("environment", on, lambda: tags_of(device=on))


def plain_node(node: Any) -> Any:
    """A node of a config as plain, resolved values; what is plain already stays as it is."""
    return OmegaConf.to_container(node, resolve=True) if OmegaConf.is_config(node) else node


def training_device(config: DictConfig) -> str:
    """What training runs on: "cuda:0" where there is one and the trainer may use it, else "cpu"."""
    import torch

    return "cuda:0" if config.trainer.accelerator != "cpu" and torch.cuda.is_available() else "cpu"

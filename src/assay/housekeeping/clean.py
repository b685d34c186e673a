"""`assay clean`: find what nothing needs any more, and remove it where that is asked for."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from omegaconf import DictConfig

from assay.config.amounts import bytes_of, seconds_of
from assay.disk import disk_use, remove
from assay.errors import TrackingError
from assay.housekeeping.caches import AGE, cache_entries, cache_that_stays, prune
from assay.housekeeping.removable import Removable
from assay.housekeeping.request import CleanRequest
from assay.run.workspace import cache_folder, is_absent, open_store, tracking_store

if TYPE_CHECKING:
    from assay.tracking.store import TrackingStore


@dataclass(frozen=True)
class Cleaning:
    """What a cleaning would take away, or has.

    Attributes:
        going: what goes, or went.
        staying: what is left where it is although nobody uses it now, with the reason.
        cache: folder of the shared cache.
        cache_size: bytes that it holds, before.
        store: whether there is a tracking store, whose runs were looked at.
        done: whether it is removed; False where only that is said.
        failed: sentences about what could not be removed.
    """

    going: tuple[Removable, ...]
    staying: tuple[Removable, ...]
    cache: Path
    cache_size: int
    store: bool
    done: bool = False
    failed: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """Bytes that are free when it goes."""
        return sum(entry.use.freed for entry in self.going)


def clean(request: CleanRequest, config: DictConfig) -> Cleaning:
    """Look at the cache and at the runs that the config names, and remove what may go where that is asked for.

    Raises:
        ConfigError: an age or a size cannot be read.
        TrackingError: the store does not answer.
    """
    older = seconds_of("older", request.older)
    room = bytes_of("cache_size", request.cache_size) if request.cache_size else None
    cache, now = cache_folder(config).absolute(), time.time()
    entries, fixed = cache_entries(cache), cache_that_stays(cache)
    kept = sum(entry.use.size for entry in fixed)
    size = kept + sum(entry.use.size for entry in entries)
    going, held = prune(entries, now=now, older=older, age=request.older, room=room, kept=kept)
    if room is not None and held and kept + sum(entry.use.size for entry in held) > room:
        fixed.append(replace(_summed("what else is in the cache", held), why="used a short while ago"))
    store = _existing(config)
    more, staying = _of_store(config, store, request, now=now, older=older) if store else ([], [])
    going += more
    going += _temporary(cache, store, now=now, besides=going)
    cleaning = Cleaning(tuple(going), (*fixed, *staying), cache, size, store is not None)
    return _removed(cleaning, store, now) if request.yes else cleaning


def _existing(config: DictConfig) -> TrackingStore | None:
    """The store, opened; None where its file does not exist: cleaning makes none."""
    return None if is_absent(tracking_store(config)) else open_store(config)


def _of_store(
    config: DictConfig, store: TrackingStore, request: CleanRequest, *, now: float, older: float
) -> tuple[list[Removable], list[Removable]]:
    from assay.housekeeping.leftovers import OF_DELETED, UNFINISHED, UNKNOWN, run_leftovers
    from assay.housekeeping.needed import Needs
    from assay.housekeeping.trials import trial_files

    needs = Needs(config, store)
    could, unknown = run_leftovers(store)
    staying: list[Removable] = []
    if request.unknown:
        could += unknown
    elif unknown:
        why = "this store does not know these runs, another may; --unknown takes them"
        staying.append(replace(_summed(UNKNOWN, unknown), why=why))
    if request.keep_trials is not None:
        trials, needed = trial_files(store, needs, request.keep_trials)
        taken = {path for entry in trials for path in entry.paths}
        could = [entry for entry in could if not any({path, path.parent} & taken for path in entry.paths)] + trials
        if needed:
            staying.append(replace(_summed("files of trials", needed), why="the registry or a study needs them"))
    going = []
    for entry in could:
        if entry.kind == OF_DELETED:
            going.append(replace(entry, why="its run is deleted"))
        elif now - entry.use.used >= max(older, entry.grace):
            if entry.kind == UNFINISHED and needs.of(store.find(entry.run_id)):
                continue
            going.append(replace(entry, why=AGE.format(age=request.older)))
    return going, staying


def _temporary(
    cache: Path, store: TrackingStore | None, *, now: float, besides: Sequence[Removable]
) -> Iterable[Removable]:
    from assay.housekeeping.leftovers import temporary_files

    roots = [cache, cache / "embeddings", cache / "scans", cache / "scans" / "ood", cache / "explain" / "maps"]
    roots += [*(cache / "scans" / "torchvision").glob("*"), *([store.work] if store else [])]
    taken = {path for entry in besides for path in entry.paths}
    seen = set()
    for entry in temporary_files(*roots):
        (path,) = entry.paths
        if path in seen or taken & {path, *path.parents}:
            continue
        seen.add(path)
        if now - entry.use.used >= entry.grace:
            yield replace(entry, why="its process is gone")


def _removed(cleaning: Cleaning, store: TrackingStore | None, now: float) -> Cleaning:
    """Remove what goes, but what somebody has begun to use meanwhile."""
    gone, failed = [], []
    for entry in cleaning.going:
        try:
            if _remove(entry, store, now):
                gone.append(entry)
        except (OSError, TrackingError) as error:
            failed.append(f"{entry.kind}: {entry.what}: {error}")
    return replace(cleaning, going=tuple(gone), done=True, failed=tuple(failed))


def _remove(entry: Removable, store: TrackingStore | None, now: float) -> bool:
    from assay.housekeeping.trials import TRIALS
    from assay.tracking.deletion import ensure_at_rest, remove_run_files
    from assay.tracking.listing import records_by_id

    if entry.run_id and store is not None:
        record = records_by_id(store, [entry.run_id]).get(entry.run_id)
        if record is not None and entry.kind == TRIALS:
            remove_run_files(store, record)
            return True
        if record is not None and not record.deleted:
            ensure_at_rest(record.run_id, record.status, dict(record.tags))
    elif disk_use(*entry.paths).used > now:
        return False
    return sum(remove(path) for path in entry.paths) > 0


def _summed(kind: str, entries: Sequence[Removable]) -> Removable:
    """Several as one, for a line that says why they stay."""
    use = sum((entry.use for entry in entries[1:]), entries[0].use) if entries else disk_use()
    return Removable(kind, f"{len(entries)}", tuple(path for entry in entries for path in entry.paths), use)

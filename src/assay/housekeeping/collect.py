"""`assay collect`: pictures from public sources and exports, with their rights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from omegaconf import DictConfig

from assay.collection.clock import day_of, time_of
from assay.collection.collecting import Bounds, Collecting
from assay.collection.dry_run import DryRun
from assay.collection.fetching import HOSTS, Doors, ask_of, fetch, look_first, opened_collection, resume
from assay.collection.importers.exports import EXPORTS
from assay.collection.importers.importing import checked_export, import_export
from assay.collection.ledger import AddressLedger
from assay.collection.likeness import TestImage
from assay.collection.outcome import KEPT
from assay.collection.request import CollectRequest
from assay.collection.summary import Summary, summary
from assay.collection.takedown import KEYS, TakenDown, take_down
from assay.housekeeping.used_pictures import test_images, uses_of
from assay.run.workspace import cache_folder, is_absent, opened, tracking_store
from assay.tracking.picture_use import PictureUse

if TYPE_CHECKING:
    from assay.tracking.store import TrackingStore


@dataclass(frozen=True)
class CollectResult:
    """What `assay collect` leaves.

    Attributes:
        summary: of the collection; None for a dry run.
        dry_run: what would be fetched.
        credits: for report=attribution, a line for each picture.
        taken_down: what a takedown took.
        uses: runs that used what was taken down.
    """

    summary: Summary | None = None
    dry_run: DryRun | None = None
    credits: tuple[str, ...] = ()
    taken_down: TakenDown | None = None
    uses: tuple[PictureUse, ...] = ()


def collect(request: CollectRequest, config: DictConfig) -> CollectResult:
    """Do what is asked.

    Raises:
        ConfigError: something is missing, or cannot go together.
        DataError: a folder is no collection, or a source refuses the query.
        FetchFailed: for a dry run, the source does not answer.
    """
    return collect_through(request, config, Doors())


def collect_through(request: CollectRequest, config: DictConfig, doors: Doors) -> CollectResult:
    """The same, through other doors than those of this machine."""
    folder = Path(request.to).expanduser().absolute()
    if request.dry_run:
        return _dry_run(request, config, doors)
    if request.deed == "fetch" and not request.report:
        if request.source in EXPORTS:
            return _import(request, config, doors, folder)
        fetched = fetch(request, folder, doors, cache_folder(config) / HOSTS, _test_images(request, config))
        return CollectResult(fetched)
    with opened_collection(folder) as ledger:
        if request.deed == "resume":
            tests = _test_images(request, config)
            return CollectResult(resume(request, folder, ledger, doors, cache_folder(config) / HOSTS, tests))
        if request.deed == "takedown":
            return _takedown(request, config, doors, folder, ledger)
        lines = _credits(ledger) if request.report else ()
        return CollectResult(summary(folder, ledger, request.minimum), credits=lines)


def _import(request: CollectRequest, config: DictConfig, doors: Doors, folder: Path) -> CollectResult:
    export = checked_export(request)
    tests = _test_images(request, config)
    with opened_collection(folder, make=True) as ledger:
        ask = ask_of(request, doors.clock)
        ask = replace(ask, id=ledger.add_ask(ask))
        growing = Collecting(folder, ledger, doors.clock, tests, Bounds(request.maximum))
        try:
            import_export(growing, ask, request, export, day_of(doors.clock.now()), growing.wanted(ask))
        finally:
            growing.finish()
        return CollectResult(summary(folder, ledger, request.minimum))


def _takedown(
    request: CollectRequest, config: DictConfig, doors: Doors, folder: Path, ledger: AddressLedger
) -> CollectResult:
    key, value = next((key, getattr(request, key)) for key in KEYS if getattr(request, key))
    taken = take_down(folder, ledger, key, value, time_of(doors.clock.now()))
    store = _store(config)
    uses = () if store is None else tuple(uses_of(store, taken.sha256))
    return CollectResult(summary(folder, ledger, request.minimum), taken_down=taken, uses=uses)


def _dry_run(request: CollectRequest, config: DictConfig, doors: Doors) -> CollectResult:
    return CollectResult(dry_run=look_first(request, doors, cache_folder(config) / HOSTS))


def _credits(ledger: AddressLedger) -> tuple[str, ...]:
    return tuple(f"{entry.file}: {entry.record.credit}" for entry in ledger.entries((KEPT,)))


def _test_images(request: CollectRequest, config: DictConfig) -> Sequence[TestImage]:
    store = _store(config) if request.against_tests else None
    return () if store is None else test_images(store)


def _store(config: DictConfig) -> TrackingStore | None:
    """Where runs are recorded; None where nothing ever was."""
    store = tracking_store(config)
    return None if is_absent(store) else opened(store)

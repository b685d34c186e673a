"""`assay collect`: pictures from public sources and exports, with their rights."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from omegaconf import DictConfig

from assay.collection.client import Client
from assay.collection.clock import Clock, SystemClock, day_of, time_of
from assay.collection.collecting import Bounds, Collecting
from assay.collection.dry_run import DryRun, dry_run
from assay.collection.host_gate import HostGate
from assay.collection.importers.exports import EXPORTS
from assay.collection.importers.importing import checked_export, import_export
from assay.collection.ledger import FOLDER, Ask, Ledger
from assay.collection.licences import YES
from assay.collection.likeness import TestImage
from assay.collection.limits import HostLimits, file_limits
from assay.collection.outcome import KEPT, LATER, OUTCOMES, PLANNED
from assay.collection.request import CollectRequest
from assay.collection.sources.catalogue import SOURCES
from assay.collection.sources.source import Query, Source
from assay.collection.summary import Summary, summary
from assay.collection.takedown import KEYS, TakenDown, take_down
from assay.database.locks import file_lock
from assay.errors import ConfigError, did_you_mean
from assay.housekeeping.used_pictures import test_images, uses_of
from assay.internet.connecting import Connect, Resolve, connect, resolve
from assay.internet.public import networks_of
from assay.run.workspace import cache_folder, is_absent, opened, tracking_store
from assay.tracking.picture_use import PictureUse

if TYPE_CHECKING:
    from assay.tracking.store import TrackingStore

HOSTS = "collect/hosts.db"
"""In the cache: how often which host was asked; all collections of a user share it."""


@dataclass(frozen=True)
class Doors:
    """What a collection reaches the world through.

    Attributes:
        clock: that waits.
        resolve: a host's addresses.
        connect: to a checked address.
    """

    clock: Clock = field(default_factory=SystemClock)
    resolve: Resolve = resolve
    connect: Connect = connect


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
        return (_import if request.source in EXPORTS else _fetch)(request, config, doors, folder)
    with _collection(folder) as ledger:
        if request.deed == "resume":
            return _resume(request, config, doors, folder, ledger)
        if request.deed == "takedown":
            return _takedown(request, config, doors, folder, ledger)
        lines = _credits(ledger) if request.report else ()
        return CollectResult(summary(folder, ledger, request.minimum), credits=lines)


@contextmanager
def _collection(folder: Path, *, make: bool = False) -> Iterator[Ledger]:
    """A collection that this process alone changes."""
    ledger = Ledger(folder, make=make)
    try:
        with file_lock(folder / FOLDER / "lock", patience=5.0):
            yield ledger
    finally:
        ledger.close()


def _import(request: CollectRequest, config: DictConfig, doors: Doors, folder: Path) -> CollectResult:
    export = checked_export(request)
    tests = _test_images(request, config)
    with _collection(folder, make=True) as ledger:
        ask = _ask(request, doors.clock)
        ask = replace(ask, id=ledger.add_ask(ask))
        growing = Collecting(folder, ledger, doors.clock, tests, Bounds(request.maximum))
        try:
            import_export(growing, ask, request, export, day_of(doors.clock.now()), growing.wanted(ask))
        finally:
            growing.finish()
        return CollectResult(summary(folder, ledger, request.minimum))


def _fetch(request: CollectRequest, config: DictConfig, doors: Doors, folder: Path) -> CollectResult:
    source = _source(request)
    tests = _test_images(request, config)
    with _clients(request, config, doors) as clients, _collection(folder, make=True) as ledger:
        ask = _ask(request, doors.clock)
        client = clients(ask)
        ask = replace(ask, id=ledger.add_ask(ask))
        growing = Collecting(folder, ledger, doors.clock, tests, Bounds(request.maximum, request.workers))
        try:
            stopped = growing.search(ask, source.candidates(client, _query(request, doors.clock)), client)
        finally:
            growing.finish()
        return CollectResult(summary(folder, ledger, request.minimum, stopped))


def _resume(request: CollectRequest, config: DictConfig, doors: Doors, folder: Path, ledger: Ledger) -> CollectResult:
    only = tuple(word for word in request.only.strip("[]").replace(" ", "").split(",") if word)
    for word in only:
        if word not in OUTCOMES:
            raise ConfigError(f"only={word}: {did_you_mean(word, OUTCOMES)}")
    entries = ledger.entries(only or (PLANNED, *LATER))
    asks = {number: ask for number, ask in ledger.asks().items() if ask.source in SOURCES}
    with _clients(request, config, doors) as clients:
        tests = _test_images(request, config)
        growing = Collecting(folder, ledger, doors.clock, tests, Bounds(request.maximum, request.workers))
        try:
            growing.resume(asks, entries, clients)
        finally:
            growing.finish()
    return CollectResult(summary(folder, ledger, request.minimum))


def _takedown(request: CollectRequest, config: DictConfig, doors: Doors, folder: Path, ledger: Ledger) -> CollectResult:
    key, value = next((key, getattr(request, key)) for key in KEYS if getattr(request, key))
    taken = take_down(folder, ledger, key, value, time_of(doors.clock.now()))
    store = _store(config)
    uses = () if store is None else tuple(uses_of(store, taken.sha256))
    return CollectResult(summary(folder, ledger, request.minimum), taken_down=taken, uses=uses)


def _dry_run(request: CollectRequest, config: DictConfig, doors: Doors) -> CollectResult:
    source = _source(request)
    with _clients(request, config, doors) as clients:
        ask = _ask(request, doors.clock)
        found = source.candidates(clients(ask), _query(request, doors.clock))
        return CollectResult(dry_run=dry_run(found, ask, min(ask.count, request.maximum)))


def _source(request: CollectRequest) -> Source:
    """The source, where it may be asked for this purpose, and with a key where it needs one."""
    source = SOURCES[request.source]
    if source.training_permitted != YES and request.use != "display":
        raise ConfigError(
            f"source={request.source}: its terms do not permit training: {source.terms}. Take another source, or look "
            "at its pictures without training on them: use=display"
        )
    if source.needs_key and not _key(source):
        raise ConfigError(
            f"source={request.source}: needs a key of yours, which its makers give out, in the environment variable "
            f"{source.key_variable}, where no list of processes shows it"
        )
    return source


def _query(request: CollectRequest, clock: Clock) -> Query:
    key = _key(SOURCES[request.source])
    return Query(request.query, day_of(clock.now()), request.width, key, request.endpoint)


def _ask(request: CollectRequest, clock: Clock) -> Ask:
    return Ask(
        source=request.source,
        query=request.query or request.export,
        label=request.label,
        count=request.count or request.minimum,
        kind=request.kind or ("generated" if request.source in EXPORTS and request.source != "folder" else "real"),
        use=request.use,
        commercial=request.commercial,
        contact=request.contact,
        width=request.width,
        min_side=request.min_side,
        endpoint=request.endpoint,
        networks=",".join(request.networks),
        made=time_of(clock.now()),
    )


def _credits(ledger: Ledger) -> tuple[str, ...]:
    return tuple(f"{entry.file}: {entry.record.credit}" for entry in ledger.entries((KEPT,)))


@contextmanager
def _clients(request: CollectRequest, config: DictConfig, doors: Doors) -> Iterator[Callable[[Ask], Client]]:
    """What gives the client of an ask; all of them keep to the same limits."""
    api_hosts: dict[str, HostLimits] = {}
    for source in SOURCES.values():
        _note_host(api_hosts, source.endpoint, source)
    gate = HostGate(
        cache_folder(config) / HOSTS, lambda host: api_hosts.get(host) or file_limits(host), doors.clock, request.wait
    )

    def client_of(ask: Ask) -> Client:
        networks = networks_of(request.networks or tuple(filter(None, ask.networks.split(","))))
        if ask.endpoint:
            _note_host(api_hosts, ask.endpoint, SOURCES[ask.source])
        return Client(
            request.contact or ask.contact,
            gate,
            doors.clock,
            seconds=request.seconds,
            networks=networks,
            resolve=doors.resolve,
            connect=doors.connect,
        )

    try:
        yield client_of
    finally:
        gate.close()


def _note_host(hosts: dict[str, HostLimits], endpoint: str, source: Source) -> None:
    host, limits = urlsplit(endpoint).hostname or "", source.limits(key=_key(source) != "")
    hosts[host] = hosts[host].strictest(limits) if host in hosts else limits


def _key(source: Source) -> str:
    return os.environ.get(source.key_variable, "") if source.key_variable else ""


def _test_images(request: CollectRequest, config: DictConfig) -> Sequence[TestImage]:
    store = _store(config) if request.against_tests else None
    return () if store is None else test_images(store)


def _store(config: DictConfig) -> TrackingStore | None:
    """Where runs are recorded; None where nothing ever was."""
    store = tracking_store(config)
    return None if is_absent(store) else opened(store)

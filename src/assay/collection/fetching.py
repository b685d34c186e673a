"""Fetching: a request becomes an ask of a source, and what it names pictures in a collection, by its hosts' limits."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urlsplit

from assay.collection.client import Client
from assay.collection.clock import SystemClock, WallClock, day_of, time_of
from assay.collection.collecting import Bounds, Collecting
from assay.collection.dry_run import DryRun, dry_run
from assay.collection.host_gate import HostGate
from assay.collection.importers.exports import EXPORTS
from assay.collection.ledger import FOLDER, AddressLedger, Ask
from assay.collection.licences import YES
from assay.collection.likeness import TestImage
from assay.collection.limits import HostLimits, file_limits
from assay.collection.outcome import LATER, OUTCOMES, PLANNED
from assay.collection.request import CollectRequest
from assay.collection.sources.catalogue import SOURCES
from assay.collection.sources.source import Query, Source
from assay.collection.summary import Summary, summary
from assay.database.locks import file_lock
from assay.errors import ConfigError, did_you_mean
from assay.internet.connecting import Connect, Resolve, connect, resolve
from assay.internet.public import networks_of

HOSTS = "collect/hosts.db"
"""In the cache of a user: how often which host was asked."""


@dataclass(frozen=True)
class Doors:
    """What a collection reaches the world through.

    Attributes:
        clock: that waits.
        resolve: a host's addresses.
        connect: to a checked address.
    """

    clock: WallClock = field(default_factory=SystemClock)
    resolve: Resolve = resolve
    connect: Connect = connect


@contextmanager
def opened_collection(folder: Path, *, make: bool = False) -> Iterator[AddressLedger]:
    """A collection that this process alone changes.

    Args:
        folder: of it.
        make: whether it is made where there is none.

    Raises:
        DataError: there is none.
    """
    ledger = AddressLedger(folder, make=make)
    try:
        with file_lock(folder / FOLDER / "lock", patience=5.0):
            yield ledger
    finally:
        ledger.close()


def fetch(
    request: CollectRequest,
    folder: Path,
    doors: Doors,
    hosts: Path,
    tests: Sequence[TestImage] = (),
    downloads: int | None = None,
) -> Summary:
    """Ask a source, and fetch what it names.

    Args:
        request: with source, query, label and how many.
        folder: of the collection; is made.
        doors: to the world.
        hosts: file in which how often hosts were asked is kept; all collections of a user share it.
        tests: images that must not be collected.
        downloads: pictures that servers are asked for at most; None for as many as it takes.

    Raises:
        ConfigError: the source may not be asked for this, or needs a key.
        DataError: the source refuses the query.
    """
    source = _source(request)
    with _clients(request, hosts, doors) as clients, opened_collection(folder, make=True) as ledger:
        ask = ask_of(request, doors.clock)
        client = clients(ask)
        ask = replace(ask, id=ledger.add_ask(ask))
        bounds = Bounds(request.maximum, request.workers, downloads)
        with _finished(Collecting(folder, ledger, doors.clock, tests, bounds)) as growing:
            stopped = growing.search(ask, source.candidates(client, _query(request, doors.clock)), client)
        return summary(folder, ledger, request.minimum, stopped)


def resume(
    request: CollectRequest,
    folder: Path,
    ledger: AddressLedger,
    doors: Doors,
    hosts: Path,
    tests: Sequence[TestImage] = (),
    downloads: int | None = None,
) -> Summary:
    """Ask again for what a collection has not got yet.

    Args:
        request: with the outcomes that are asked for again, and the label that is; "" for all.
        folder: of the collection.
        ledger: of it.
        doors: to the world.
        hosts: file in which how often hosts were asked is kept; all collections of a user share it.
        tests: images that must not be collected.
        downloads: pictures that servers are asked for at most; None for as many as it takes.

    Raises:
        ConfigError: an outcome is none.
    """
    only = tuple(word for word in request.only.strip("[]").replace(" ", "").split(",") if word)
    for word in only:
        if word not in OUTCOMES:
            raise ConfigError(f"only={word}: {did_you_mean(word, OUTCOMES)}")
    entries = ledger.entries(only or (PLANNED, *LATER))
    entries = [entry for entry in entries if request.label in ("", entry.label)]
    asks = {number: ask for number, ask in ledger.asks().items() if ask.source in SOURCES}
    with _clients(request, hosts, doors) as clients:
        bounds = Bounds(request.maximum, request.workers, downloads)
        with _finished(Collecting(folder, ledger, doors.clock, tests, bounds)) as growing:
            growing.resume(asks, entries, clients)
    return summary(folder, ledger, request.minimum)


def look_first(request: CollectRequest, doors: Doors, hosts: Path) -> DryRun:
    """What a source names, under which licence; nothing is fetched.

    Args:
        request: with source, query, label and how many.
        doors: to the world.
        hosts: file in which how often hosts were asked is kept.

    Raises:
        FetchFailed: the source does not answer.
    """
    source = _source(request)
    with _clients(request, hosts, doors) as clients:
        ask = ask_of(request, doors.clock)
        candidates = source.candidates(clients(ask), _query(request, doors.clock))
        return dry_run(candidates, ask, min(ask.count, request.maximum))


@contextmanager
def _finished(growing: Collecting) -> Iterator[Collecting]:
    """The manifest is written at the end, whatever stopped the collecting."""
    try:
        yield growing
    finally:
        growing.finish()


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


def _query(request: CollectRequest, clock: WallClock) -> Query:
    key = _key(SOURCES[request.source])
    return Query(request.query, day_of(clock.now()), request.width, key, request.endpoint)


def ask_of(request: CollectRequest, clock: WallClock) -> Ask:
    """What is asked for, as the ledger keeps it."""
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


@contextmanager
def _clients(request: CollectRequest, hosts: Path, doors: Doors) -> Iterator[Callable[[Ask], Client]]:
    """What gives the client of an ask; all of them keep to the same limits."""
    api_hosts: dict[str, HostLimits] = {}
    for source in SOURCES.values():
        _note_host(api_hosts, source.endpoint, source)
    gate = HostGate(hosts, lambda host: api_hosts.get(host) or file_limits(host), doors.clock, request.wait)

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

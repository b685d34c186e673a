"""Collecting: from candidates to pictures in a folder, each address with what became of it."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from assay.collection.client import Client, Response
from assay.collection.clock import WallClock, time_of
from assay.collection.landing import place_of, remove_withdrawn, write_manifest, write_picture
from assay.collection.ledger import AddressLedger, Ask, LedgerEntry
from assay.collection.likeness import KnownPictures, TestImage
from assay.collection.outcome import DUPLICATE, KEPT, REFUSED, FetchFailed
from assay.collection.source_record import Skipped, SourceRecord, why_not
from assay.collection.sources.source import Found
from assay.collection.takedown import concerns
from assay.collection.validated import Validated, validated
from assay.progress import track

WORKERS = 4
BATCH = 16
REWRITE = 10.0
"""Seconds after which the manifest is written anew while pictures come in."""


@dataclass(frozen=True)
class Bounds:
    """How many pictures are wanted.

    Attributes:
        most: that a label may have.
        workers: pictures that are fetched at a time, as far as their hosts allow.
        downloads: pictures that servers are asked for, whatever comes of it; None for as many as it takes.
    """

    most: int = 5000
    workers: int = WORKERS
    downloads: int | None = None


class Collecting:
    """A collection while it grows; one process at a time holds its folder.

    Args:
        folder: of the collection.
        ledger: of it.
        clock: that tells when.
        test_images: that must not be collected.
        bounds: how many pictures are wanted.
    """

    def __init__(
        self,
        folder: Path,
        ledger: AddressLedger,
        clock: WallClock,
        test_images: Iterable[TestImage] = (),
        bounds: Bounds = Bounds(),  # frozen
    ) -> None:
        self._folder, self._ledger, self._clock, self._bounds = folder, ledger, clock, bounds
        remove_withdrawn(folder, ledger)
        self._known = KnownPictures(ledger.entries(), test_images)
        self._lock = threading.Lock()
        self._written = time.monotonic()
        self._downloads = bounds.downloads

    def search(self, ask: Ask, found: Iterator[Found], client: Client) -> str:
        """Fetch what a source names until there is enough; gives why the source was left early, "" where it was not.

        Args:
            ask: in the ledger, with its id.
            found: by the source, taken as far as it is needed.
            client: that fetches.
        """
        stopped: list[str] = []
        planned = self._planned(ask, _until_it_fails(found, stopped))
        self._fetch_until_enough(ask, planned, client, self.wanted(ask))
        return stopped[0] if stopped else ""

    def resume(self, asks: dict[int, Ask], entries: Sequence[LedgerEntry], clients: Callable[[Ask], Client]) -> None:
        """Ask again for addresses of the ledger.

        Args:
            asks: by id.
            entries: that are asked for again.
            clients: what fetches those of an ask.
        """
        for number, ask in asks.items():
            waiting = [entry for entry in entries if entry.ask == number]
            if not waiting:
                continue
            client = clients(ask)
            here = [entry for entry in waiting if entry.outcome == KEPT]
            self._fetch_until_enough(ask, iter(here), client, len(here))
            wanted = self.wanted(replace(ask, count=self._bounds.most))
            self._fetch_until_enough(ask, (entry for entry in waiting if entry.outcome != KEPT), client, wanted)

    def take(self, ask: Ask, record: SourceRecord, content: bytes, address: str) -> LedgerEntry:
        """Let a picture in that lies on this machine already.

        Args:
            ask: in the ledger.
            record: its rights.
            content: that is written; its pixels are what the original shows.
            address: by which the ledger knows it.
        """
        refused = why_not(record, use=ask.use, commercial=ask.commercial) or self._taken_down(record)
        entry = self._ledger.plan(ask.id, ask.label, ask.use, replace(record, address=address), refused)
        if entry is None or refused:
            return entry or self._ledger.entry(address)
        try:
            settled = self._landed(ask, entry, validated(content, ask.min_side))
        except FetchFailed as error:
            settled = replace(entry, outcome=error.outcome, reason=error.reason)
        return self._settle(settled)

    def skip(self, ask: Ask, what: str, reason: str) -> None:
        """Write down what is no picture."""
        self._ledger.skip(ask.id, what, reason)

    def wanted(self, ask: Ask) -> int:
        """How many pictures of an ask may still come in."""
        return min(ask.count, self._bounds.most - self._ledger.kept(ask.label))

    def finish(self) -> int:
        """Write the manifest; gives how many pictures may be trained on."""
        return write_manifest(self._folder, self._ledger)

    def _planned(self, ask: Ask, found: Iterator[Found]) -> Iterator[LedgerEntry]:
        for each in found:
            if isinstance(each, Skipped):
                self._ledger.skip(ask.id, each.what, each.reason)
                continue
            record = each.record
            if ask.kind == "generated" and not record.generator:
                record = replace(record, generator=f"of {record.source}")
            refused = why_not(record, use=ask.use, commercial=ask.commercial) or self._taken_down(record)
            if not refused and 0 < min(each.width, each.height) < ask.min_side:
                self._ledger.skip(ask.id, record.address, f"has less than {ask.min_side} pixels on a side")
                continue
            entry = self._ledger.plan(ask.id, ask.label, ask.use, record, refused)
            if entry is not None and not refused:
                yield entry

    def _taken_down(self, record: SourceRecord) -> str:
        rules = self._ledger.takedowns()
        rule = next(((key, value) for key, value in rules if concerns(key, value, record)), None)
        return "" if rule is None else f"taken down: {rule[0]}={rule[1]}"

    def _fetch_until_enough(self, ask: Ask, planned: Iterator[LedgerEntry], client: Client, wanted: int) -> None:
        progress = iter(track(range(max(wanted, 0)), f"collecting {ask.label}", unit="pictures"))
        with ThreadPoolExecutor(self._bounds.workers, thread_name_prefix="collect") as pool:
            while wanted > 0:
                batch = list(islice(planned, min(wanted, BATCH, BATCH if self._downloads is None else self._downloads)))
                if not batch:
                    break
                if self._downloads is not None:
                    self._downloads -= len(batch)
                for entry in pool.map(lambda entry: self._fetched(ask, entry, client), batch):
                    if entry.outcome == KEPT:
                        wanted -= 1
                        next(progress, None)
                self._write_now_and_then()
        del progress  # where there were fewer, its line ends here

    def _fetched(self, ask: Ask, entry: LedgerEntry, client: Client) -> LedgerEntry:
        if entry.outcome == KEPT:
            return self._checked(entry, client)
        try:
            response = client.picture(entry.address)
            record = entry.record.with_opt_out(response.opt_out)
            entry = _with_validators(replace(entry, record=record), response)
            if why := why_not(record, use=ask.use, commercial=ask.commercial):
                raise FetchFailed(REFUSED, why)
            settled = self._landed(ask, entry, validated(response.content, ask.min_side))
        except FetchFailed as error:
            settled = replace(entry, outcome=error.outcome, reason=error.reason)
        return self._settle(settled)

    def _checked(self, entry: LedgerEntry, client: Client) -> LedgerEntry:
        """See whether a picture that is here still stands where it came from; it stays here whatever its server says.

        Only a new objection takes it out of the manifest.
        """
        try:
            response = client.picture(entry.address, etag=entry.etag, modified=entry.modified)
        except FetchFailed as error:
            return self._settle(replace(entry, reason=f"when it was checked: {error}"))
        same = response.status == 304 or hashlib.sha256(response.content).hexdigest() == entry.sha256
        record = entry.record.with_opt_out(response.opt_out or entry.record.opt_out)
        reason = "unchanged when it was checked" if same else "changed at its source since it was fetched"
        return self._settle(replace(entry, record=record, reason=reason))

    def _landed(self, ask: Ask, entry: LedgerEntry, picture: Validated) -> LedgerEntry:
        """Write a new picture; two of the same that come at one moment are one."""
        seen = replace(
            entry,
            sha256=picture.sha256,
            pixels=picture.pixels,
            phash=f"{picture.phash:016x}",
            grey=picture.grey.tobytes(),
            width=picture.width,
            height=picture.height,
            format=picture.format,
            bytes=len(picture.content),
        )
        with self._lock:
            if same := self._known.why_not(picture):
                return replace(seen, outcome=DUPLICATE, reason=same, grey=b"")
            place = place_of(ask.label, ask.use, picture)
            write_picture(self._folder, place, picture.content)
            self._known.add(picture, place)
        return replace(seen, outcome=KEPT, reason="", file=place)

    def _settle(self, entry: LedgerEntry) -> LedgerEntry:
        entry = replace(entry, tried=time_of(self._clock.now()))
        self._ledger.settle(entry)
        return entry

    def _write_now_and_then(self) -> None:
        if time.monotonic() - self._written > REWRITE:
            self.finish()
            self._written = time.monotonic()


def _until_it_fails(found: Iterator[Found], stopped: list[str]) -> Iterator[Found]:
    try:
        yield from found
    except FetchFailed as error:
        stopped.append(str(error))


def _with_validators(entry: LedgerEntry, response: Response) -> LedgerEntry:
    etag, modified = response.headers.get("etag", ""), response.headers.get("last-modified", "")
    return replace(entry, etag=etag[:200], modified=modified[:60])

"""CollectStep: where a class is short, pictures are collected with their rights, and queued for people to look at."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from sqlalchemy import Connection, func, select

from assay.collection.fetching import HOSTS, Doors, fetch, opened_collection, resume
from assay.collection.ledger import AddressLedger, Ask
from assay.collection.likeness import TestImage
from assay.collection.permitted import permitted_in
from assay.collection.request import CollectRequest
from assay.collection.summary import Summary
from assay.errors import ConfigError, DataError
from assay.files import atomic_write
from assay.retraining.step import COST, StepContext
from assay.retraining.steps.shortage import online_asks, shortage
from assay.retraining.workshop import AUTHOR, Workshop
from assay.review.enqueue import queue_collected
from assay.review.item import COLLECTED, SETTLED
from assay.review.labels.label_set import TRAIN
from assay.review.rows import items
from assay.run.reviewed_notes import SOURCE
from assay.run.workspace import cache_folder
from assay.store.review_tables import REVIEW_ITEMS
from assay.store.trail import Personal, append_lines

if TYPE_CHECKING:
    from assay.data.manifest import Manifest

BEFORE = "collected-before.json"
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class CollectStep:
    """Goes on with a collection, as far as classes are short and the budget has something left.

    Nothing of it is trained on by this: what people decide about it is among the labels of a later step.

    Attributes:
        workshop: what it works with.
        doors: to the world.
    """

    workshop: Workshop
    doors: Doors = field(default_factory=Doors)
    name: ClassVar[str] = "collect"

    def run(self, context: StepContext) -> Mapping[str, Any]:
        """JSON values: classes that were short, what was collected, queued and left, why a source was left early.

        Raises:
            DataError: the folder is no collection, or the champion's dataset is read from it.
        """
        settings = self.workshop.settings
        if not settings.collect:
            return {"collected": 0}
        folder = Path(settings.collect).expanduser().absolute()
        manifest = self.workshop.run_of(context.results["recipe"]).manifest
        ensure_apart(folder, manifest)
        before = self._before(context, folder)
        short = self._shortage(folder, manifest)
        stopped = self._collect(context, folder, manifest, before, short)
        copies = self._queue(context, folder, manifest, before)
        spent = self._spent(folder, before)
        if stopped:
            logger.warning("collecting of retraining %s: %s", context.run.id, "; ".join(stopped))
        return {
            "short": short,
            "collected": spent["kept"],
            "queued": spent["pictures"],
            "copies": copies,
            "stopped": stopped,
            COST: {"pictures": spent["pictures"], "downloads": spent["downloads"]},
        }

    def _before(self, context: StepContext, folder: Path) -> dict[str, int]:
        """What there was before the first attempt, so that a killed one is paid for too."""
        file = context.folder / BEFORE
        if not file.exists():
            with atomic_write(file) as temporary:
                temporary.write_text(json.dumps(self._counts(folder)), "utf-8")
        return dict(json.loads(file.read_text("utf-8")))

    def _counts(self, folder: Path) -> dict[str, int]:
        ledger = AddressLedger(folder)
        try:
            kept, asked = ledger.kept(), sum(entry.attempts for entry in ledger.entries())
        finally:
            ledger.close()
        with self.workshop.store.reading() as connection:
            of_collections = REVIEW_ITEMS.c.source == COLLECTED
            queued = connection.scalar(select(func.count()).select_from(REVIEW_ITEMS).where(of_collections))
        return {"kept": kept, "downloads": asked, "pictures": int(queued or 0)}

    def _spent(self, folder: Path, before: Mapping[str, int]) -> dict[str, int]:
        return {name: count - before[name] for name, count in self._counts(folder).items()}

    def _left(self, context: StepContext, folder: Path, before: Mapping[str, int], kind: str, spent: str) -> int | None:
        """What is left of a budget; None where there is none."""
        limit = context.left.get(kind)
        return None if limit is None else max(0, int(limit) - self._spent(folder, before)[spent])

    def _shortage(self, folder: Path, manifest: Manifest) -> dict[str, int]:
        settled = REVIEW_ITEMS.c.source == COLLECTED, REVIEW_ITEMS.c.state == SETTLED
        with self.workshop.store.reading() as connection:
            decided = {item.shows["picture"]: item.outcome for item in items(connection, *settled)}
        return shortage(manifest, permitted_in(folder), decided, self.workshop.settings.collect_minimum)

    def _collect(
        self,
        context: StepContext,
        folder: Path,
        manifest: Manifest,
        before: Mapping[str, int],
        short: Mapping[str, int],
    ) -> list[str]:
        """Ask again what was asked for classes that are short; gives why sources were left early."""
        hosts, tests = cache_folder(self.workshop.config) / HOSTS, measured_on(manifest)
        stopped = []
        for label in short:
            for ask, collect in product(self._asks(folder, label), (_resume, fetch)):
                missing = self._shortage(folder, manifest).get(label, 0)
                pictures = self._left(context, folder, before, "pictures", "kept")
                downloads = self._left(context, folder, before, "downloads", "downloads")
                count = missing if pictures is None else min(missing, pictures)
                if count <= 0 or downloads == 0:
                    break
                request = request_of(ask, folder, count, self._kept(folder, label) + count)
                try:
                    why = collect(request, folder, self.doors, hosts, tests, downloads).stopped
                except ConfigError as error:  # one source has no key here: the others are asked all the same
                    why = str(error)
                stopped += [f"{ask.source} {ask.query!r}: {why}"] if why else []
        return stopped

    def _asks(self, folder: Path, label: str) -> list[Ask]:
        with opened_collection(folder) as ledger:
            return online_asks(ledger, label)

    def _kept(self, folder: Path, label: str) -> int:
        with opened_collection(folder) as ledger:
            return ledger.kept(label)

    def _queue(self, context: StepContext, folder: Path, manifest: Manifest, before: Mapping[str, int]) -> int:
        """Queue what nobody has been asked about yet; gives how many are copies of pictures that the dataset has."""
        files = [file for file, right in permitted_in(folder).items() if right.label in manifest.class_names]
        with self.workshop.store.reading() as connection:
            known = {item.shows["picture"] for item in items(connection, REVIEW_ITEMS.c.source == COLLECTED)}
        fresh = sorted(file for file in files if str(file) not in known)
        copies = copies_in(fresh, manifest, cache_folder(self.workshop.config) / "scans")
        wanted = [file for file in fresh if file not in copies]
        most = self._left(context, folder, before, "pictures", "pictures")

        def queue(connection: Connection) -> None:
            made = queue_collected(connection, wanted, manifest.class_names, batch=folder.name, most=most).items
            if made:
                content = {"form": made[0].form, "source": COLLECTED, "items": len(made)}
                personal = Personal("", {"actor": AUTHOR, "batch": folder.name})
                append_lines(connection, [("items queued", content, personal)])

        self.workshop.store.write(queue)
        return len(copies)


def _resume(
    request: CollectRequest, folder: Path, doors: Doors, hosts: Path, tests: Sequence[TestImage], downloads: int | None
) -> Summary:
    """What failed in passing, or was cut off, before anything new is asked for."""
    with opened_collection(folder) as ledger:
        return resume(request, folder, ledger, doors, hosts, tests, downloads)


def ensure_apart(folder: Path, manifest: Manifest) -> None:
    """Return where no picture of a dataset lies in the folder of a collection.

    Raises:
        DataError: one does; what is collected into it would be trained on unseen.
    """
    own = manifest.table["path"][~manifest.table["source"].str.startswith(SOURCE)]
    if any(Path(path).is_relative_to(folder) for path in own):
        raise DataError(
            f"collect={folder}: the champion's dataset is read from it, so what is collected would be trained on "
            "before anybody has looked at it; collect into a folder of its own: assay collect source=… to=FOLDER"
        )


def measured_on(manifest: Manifest) -> list[TestImage]:
    """Pictures that a dataset is measured, chosen or calibrated on, which are not collected."""
    table = manifest.table[manifest.table["split"] != TRAIN]
    return [
        TestImage(digest, int(phash), f"the champion ({split})")
        for digest, phash, split in table[["id", "phash", "split"]].itertuples(index=False)
    ]


def copies_in(files: Sequence[Path], manifest: Manifest, cache: Path) -> set[Path]:
    """Those of some pictures of which a manifest has a copy, whatever split it is in."""
    from assay.data.copies.between import copies_between
    from assay.review.labels.sides import listed

    if not files:
        return set()
    mine = listed(files, cache)
    return {Path(mine.table["path"].iloc[row]) for row, _ in copies_between(mine, manifest, cache)}


def request_of(ask: Ask, folder: Path, count: int, maximum: int) -> CollectRequest:
    """What was asked before, asked again.

    Args:
        ask: of the ledger.
        folder: of the collection.
        count: pictures that are wanted.
        maximum: pictures that the class may have then.
    """
    return CollectRequest(
        source=ask.source,  # type: ignore[arg-type]  # of the ledger
        query=ask.query,
        label=ask.label,
        count=count,
        to=str(folder),
        contact=ask.contact,
        kind=ask.kind,  # type: ignore[arg-type]
        commercial=ask.commercial,
        width=ask.width,
        min_side=ask.min_side,
        maximum=maximum,
        endpoint=ask.endpoint,
        networks=tuple(filter(None, ask.networks.split(","))),
    )

"""`assay review queue`: what waits to be looked at, and more of it."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from sqlalchemy import Connection, select

from assay.data.image import read_image
from assay.data.labels import in_order
from assay.data.listing import list_images
from assay.data.sources.layout import folders_in
from assay.errors import ConfigError, DataError, did_you_mean
from assay.registry.open_registry import who
from assay.review.enqueue import Enqueued, queue_files, queue_known, queue_predictions
from assay.review.forms import form_of
from assay.review.policy import QueuePolicy
from assay.review.waiting import Waiting, waiting
from assay.serving.queue_request import ALL
from assay.serving.review_request import ReviewRequest
from assay.store.prediction_log import GIVEN, read_prediction
from assay.store.service_store import ServiceStore
from assay.store.tables import PREDICTIONS
from assay.store.trail import Personal, append_lines

HEAT_MAP, LABEL = "heat_map", "label"
NOT_DRAWN = QueuePolicy(random_share=0.0)
"""What is queued by hand is chosen, so it belongs to no random slice."""


@dataclass(frozen=True)
class Queued:
    """What became of what was to be queued, or what waits.

    Attributes:
        waiting: everything that was ever queued.
        counts: what became of it -> how many; {} where nothing was to be queued.
    """

    waiting: tuple[Waiting, ...] = ()
    counts: dict[str, int] | None = None


class _QueueUndo(Exception):  # noqa: N818  # no failure: it takes a transaction back
    """Ends a transaction of which nothing is to stay."""

    def __init__(self, enqueued: Enqueued) -> None:
        self.enqueued = enqueued


def manage_queue(store: ServiceStore, request: ReviewRequest) -> Queued:
    """Queue what is asked for; without anything, say what waits.

    Raises:
        AssayError: what is named is not there, or two things are to be queued at once.
    """
    if request.form:
        form_of(request.form)
    wishes = {"predictions": bool(request.predictions), "files": bool(request.files), "known": bool(request.known)}
    asked = [name for name, wish in wishes.items() if wish]
    if len(asked) > 1:
        raise ConfigError(f"{asked[0]} and {asked[1]}: queue one after the other")
    heat = request.form == HEAT_MAP and request.count and not asked
    if not asked and not heat:
        if request.count or request.dry_run:
            raise ConfigError("queue: say what is to be queued, by predictions=, files= or known=, or form=heat_map")
        with store.reading() as connection:
            now = datetime.now(UTC)
            return Queued(tuple(waiting(connection, now, form=request.form, batch=request.batch)))
    broken = 0
    if asked == ["files"]:
        work, broken = _files(request)
    elif asked == ["known"]:
        work, broken = _known(request)
    else:
        work = _predictions(request)
    enqueued = _written(store, request, work)
    counts = {"would be queued" if request.dry_run else "queued": len(enqueued.items)}
    others = {"queued already": enqueued.known, "pictures that are not kept": enqueued.unkept, "no pictures": broken}
    return Queued(counts=counts | {name: count for name, count in others.items() if count})


def _written(store: ServiceStore, request: ReviewRequest, work: Callable[[Connection], Enqueued]) -> Enqueued:
    """In one transaction, with a line of the trail; a dry run is the same, taken back."""

    def do(connection: Connection) -> Enqueued:
        enqueued = work(connection)
        if request.dry_run:
            raise _QueueUndo(enqueued)
        if enqueued.items:
            first = enqueued.items[0]
            content = {"form": first.form, "source": first.source, "items": len(enqueued.items)}
            personal = Personal("", {"actor": who(request.by), "batch": first.batch})
            append_lines(connection, [("items queued", content, personal)])
        return enqueued

    try:
        return store.write(do)
    except _QueueUndo as undone:
        return undone.enqueued


def _predictions(request: ReviewRequest) -> Callable[[Connection], Enqueued]:
    form = request.form or LABEL
    if "picture" not in form_of(form).shows or form not in (LABEL, HEAT_MAP):
        raise ConfigError(f"form={form}: answers are looked at in the form {LABEL} or {HEAT_MAP}")
    since, count = _since(request.since), request.count or None
    named = request.predictions or (ALL,)

    def work(connection: Connection) -> Enqueued:
        given = _given(connection, since, newest=form == HEAT_MAP) if named == (ALL,) else _ids(named)
        source = "random" if form == HEAT_MAP and named == (ALL,) else request.source
        return queue_predictions(
            connection, given, source, NOT_DRAWN, form=form, batch=request.batch, count=count, seed=request.seed
        )

    return work


def _given(connection: Connection, since: str, *, newest: bool) -> list[str]:
    """Answers whose picture is kept; of heat maps those of the bundle that answered last, or a rate is of no model."""
    asked = select(PREDICTIONS.c.id).where(GIVEN, PREDICTIONS.c.kept, PREDICTIONS.c.time >= since)
    if newest:
        last = select(PREDICTIONS.c.bundle).where(GIVEN, PREDICTIONS.c.arm == "champion")
        bundle = connection.scalar(last.order_by(PREDICTIONS.c.trail.desc()).limit(1))
        asked = asked.where(PREDICTIONS.c.bundle == (bundle or ""))
    return list(connection.scalars(asked))


def _ids(named: tuple[str, ...]) -> list[str]:
    if len(named) > 1 or not Path(named[0]).expanduser().is_file():
        return list(named)
    try:
        text = Path(named[0]).expanduser().read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"predictions={named[0]}: cannot be read as text in UTF-8 ({error})") from error
    return [line.strip() for line in text.splitlines() if line.strip()]


def _since(text: str) -> str:
    if not text:
        return ""
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError as error:
        raise ConfigError(f"since={text}: is no date; write it as 2026-11-01") from error


def _files(request: ReviewRequest) -> tuple[Callable[[Connection], Enqueued], int]:
    form = form_of(request.form or "plausibility")
    if form.shows != ("picture",):
        raise ConfigError(f"form={form.name}: shows more than a picture ({', '.join(form.shows)}); give another form")
    if not request.batch:
        raise ConfigError("files: batch= is needed, a name for what is queued together, as in batch=samples")
    listed = _pictures(request.files, "files")
    good = [(path, label) for path, label in listed if _readable(path)]
    drawn = _drawn(good, request)

    def work(connection: Connection) -> Enqueued:
        classes = _classes(connection, request, [label for _, label in listed if label]) if form.asks_class else ()
        hidden = [{"label": label} if label and not form.asks_class else {} for _, label in drawn]
        files = [{"picture": str(path)} for path, _ in drawn]
        batch, wanted = request.batch, request.wanted
        return queue_files(connection, form.name, files, batch=batch, wanted=wanted, classes=classes, hidden=hidden)

    return work, len(listed) - len(good)


def _known(request: ReviewRequest) -> tuple[Callable[[Connection], Enqueued], int]:
    if request.form not in ("", LABEL):
        raise ConfigError(f"form={request.form}: pictures whose class is known are asked in the form {LABEL}")
    listed = _pictures(request.known, "known")
    if loose := [path for path, label in listed if not label]:
        raise DataError(f"known={request.known}: {loose[0].name} lies in no folder of a class")
    good = [(path, label) for path, label in listed if _readable(path)]
    drawn, batch = _drawn(good, request), request.batch or Path(request.known).expanduser().name

    def work(connection: Connection) -> Enqueued:
        classes = _classes(connection, request, [label for _, label in listed])
        return queue_known(connection, drawn, classes, batch=batch)

    return work, len(listed) - len(good)


def _pictures(folder: str, key: str) -> list[tuple[Path, str]]:
    """Pictures of a folder with the class of the folder in it that they lie in; "" where in none."""
    root = Path(folder).expanduser().absolute()
    if not root.is_dir():
        raise DataError(f"{key}={folder}: no such folder")
    listed = [(Path(path), "") for path in list_images(str(root), recursive=False).images]
    for inner in folders_in(str(root)):
        listed += [(Path(path), Path(inner).name) for path in list_images(inner).images]
    if not listed:
        raise DataError(f"{key}={folder}: holds no pictures")
    return listed


def _drawn(pictures: list[tuple[Path, str]], request: ReviewRequest) -> list[tuple[Path, str]]:
    if not 0 < request.count < len(pictures):
        return pictures
    return sorted(random.Random(request.seed).sample(pictures, request.count))


def _classes(connection: Connection, request: ReviewRequest, labels: list[str]) -> tuple[str, ...]:
    """Those that are asked for, or of the newest answer, so that a known picture is asked like any other."""
    present = in_order(set(labels))
    newest = connection.execute(select(PREDICTIONS).where(GIVEN).order_by(PREDICTIONS.c.trail.desc()).limit(1)).first()
    of_answer = () if newest is None else tuple(read_prediction(newest).answer.get("probabilities", {}))
    classes = request.classes or of_answer or tuple(present)
    if unknown := [name for name in present if name not in classes]:
        whose = "classes=" if request.classes else "those of the newest answer; classes=[…] says others"
        raise DataError(f"{unknown[0]}: is none of {whose}: {did_you_mean(unknown[0], classes)}")
    return classes


def _readable(path: Path) -> bool:
    """Whether a reviewer would see anything."""
    try:
        read_image(path)
    except (OSError, DataError):
        return False
    return True

"""Embed a dataset by several workers: a launcher sends them, each claims parts, and the store is what they leave."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from omegaconf import DictConfig

from assay.embeddings.claimed_work import Done
from assay.embeddings.parts import VectorPart, cut
from assay.embeddings.store_files import CLAIMS
from assay.embeddings.stored_ids import StoredIds
from assay.errors import AssayError, StoreError
from assay.launchers.elsewhere import Elsewhere
from assay.launchers.running import Running, WorkerLostError
from assay.progress import track
from assay.run.embed_worker import EmbedWorker, digest_of_parts

if TYPE_CHECKING:
    from assay.data.manifest import Manifest
    from assay.embeddings.extract import Embedder

LOOK = 0.5
"""Seconds between two looks at what is stored."""


@dataclass(frozen=True)
class EmbeddedElsewhere:
    """What the workers leave.

    Attributes:
        computed: embeddings that were stored meanwhile, by whomever.
        note: what has to be known besides; "" for nothing.
    """

    computed: int
    note: str


def embed_elsewhere(
    embedder: Embedder, manifest: Manifest, config: DictConfig, launcher: Elsewhere, shards: int | None
) -> EmbeddedElsewhere:
    """Have workers embed what the store lacks.

    Raises:
        DataError: a picture cannot be read; all parts without such a one are stored.
        AssayError: what ended the workers before all was stored; what they have stored stays.
    """
    parts = cut(manifest.pixel_ids, shards, batch=embedder.batch_size)
    folder = embedder.store.folder(embedder.key()).absolute()
    stored = StoredIds(folder)
    stored.refresh()
    open_parts = [part for part in parts if stored.missing(part.ids)]
    if not open_parts:
        return EmbeddedElsewhere(0, "")
    before = _missing(stored, parts)
    count, share = launcher.at_once(len(open_parts))
    with _sign(folder) as sign:
        worker = EmbedWorker(config, shards, digest_of_parts(parts), Path.cwd(), sign, share)
        running = launcher.start([worker] * count)
        try:
            what = f"embedding by {count} workers" if count > 1 else "embedding by a worker"
            for _ in track(_arriving(stored, parts, running), what, total=before, step=int):
                pass
        except BaseException:
            _stop(running)
            raise
        answers = [_answer(each) for each in running]
    stored.refresh()
    left = _missing(stored, parts)
    if left:
        raise _why(answers, left)
    return EmbeddedElsewhere(before, _note(answers))


def _missing(stored: StoredIds, parts: Sequence[VectorPart]) -> int:
    return sum(stored.missing(part.ids) for part in parts)


def _arriving(stored: StoredIds, parts: Sequence[VectorPart], running: Sequence[Running]) -> Iterator[int]:
    """How many images are stored since the last look, again and again until all workers have ended."""
    last = _missing(stored, parts)
    while not all(each.done() for each in running):
        time.sleep(LOOK)
        stored.refresh()
        now = _missing(stored, parts)
        yield max(0, last - now)
        last = min(last, now)


@contextmanager
def _sign(folder: Path) -> Iterator[Path]:
    """A file by which a worker knows that it sees the store of the command."""
    sign = folder / CLAIMS / f".call-{os.getpid()}-{secrets.token_hex(4)}"
    try:
        sign.parent.mkdir(parents=True, exist_ok=True)
        sign.touch()
    except OSError as error:
        raise StoreError(
            f"{folder}: embeddings cannot be written: {error}. Give a folder that may be written, cache=DIR"
        ) from error
    try:
        yield sign
    finally:
        with suppress(OSError):
            sign.unlink()


def _stop(running: Sequence[Running]) -> None:
    """Ask all workers to end, at once: while one takes its time, the others would go on."""
    left = [each for each in running if not each.done()]
    with ThreadPoolExecutor(max(1, len(left))) as pool:
        list(pool.map(lambda each: each.stop(), left))


def _answer(running: Running) -> Done | Exception:
    try:
        answer: Done | Exception = running.result()
        return answer
    except AssayError as error:
        return error


def _why(answers: Sequence[Done | Exception], left: int) -> Exception:
    """What to raise where images are missing: the first picture that cannot be read, else what ended a worker."""
    refused = [answer.refused for answer in answers if isinstance(answer, Done) and answer.refused is not None]
    if refused:
        return min(refused, key=lambda each: each[0])[1]
    errors = [answer for answer in answers if isinstance(answer, Exception)]
    causes = [error for error in errors if not isinstance(error, WorkerLostError)]
    if causes:
        return causes[0]
    lost = f"{errors[0]}; " if errors else ""
    return StoreError(
        f"{lost}{left} embeddings are missing still. What is stored stays; the same command goes on from there"
    )


def _note(answers: Sequence[Done | Exception]) -> str:
    """What somebody has to know of an embedding that all workers together have done."""
    done = [answer for answer in answers if isinstance(answer, Done)]
    errors = [answer for answer in answers if isinstance(answer, Exception)]
    notes = sorted({answer.note for answer in done if answer.note})
    if errors:
        reasons = "; ".join(sorted({str(error) for error in errors}))
        lost = f"{len(errors)} of {len(answers)} workers did not end as they should, and others have done their parts"
        notes.insert(0, f"{lost}: {reasons}")
    backends = sorted({answer.backend for answer in done if answer.backend})
    if len(backends) > 1:
        notes.append(f"computed by {' and '.join(backends)}, which agree to 1e-3, and not byte for byte")
    return "; ".join(notes)

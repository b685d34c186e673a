"""JobFolder: where the pictures of jobs lie until they are answered, and no longer."""

from __future__ import annotations

import hashlib
import os
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from assay.serving.refusal import Refusal
from assay.store.ids import new_id

ABANDONED = 3600.0
"""Seconds after which a file that no job is of is deleted; sending one takes no longer."""
PLACE = ".place"


@dataclass(frozen=True)
class Received:
    """What was sent as a job.

    Attributes:
        id: that the job gets, and its file has.
        path: of the file.
        digest: sha256 of its bytes.
    """

    id: str
    path: Path
    digest: bytes


class JobFolder:
    """A folder with a file for each open job, by its id.

    Args:
        path: of the folder; made when the first job comes.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._coming: set[str] = set()
        self._lock = threading.Lock()

    def file(self, job: str) -> Path:
        """Where the pictures of a job are."""
        return self.path / job

    def place(self) -> str:
        """The id of the folder: several services may share a database, and each has the pictures that it was sent."""
        self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
        with self._lock:
            file = self.path / PLACE
            if not file.exists():
                made = file.with_name(f"{PLACE}.{new_id()}")
                made.write_text(new_id())
                made.replace(file)
            return file.read_text().strip()

    @contextmanager
    def incoming(self) -> Iterator[str]:
        """The id of a job that is being sent; its file is left alone for the block, and deleted if that fails."""
        job = new_id()
        with self._lock:
            self._coming.add(job)
        try:
            yield job
        except BaseException:
            self.file(job).unlink(missing_ok=True)
            raise
        finally:
            with self._lock:
                self._coming.discard(job)

    async def receive(self, job: str, parts: AsyncIterator[bytes], limit: int) -> Received:
        """Write what is sent into the file of a job, and see that the disk has it.

        Args:
            job: id of it, from `incoming`.
            parts: of the body.
            limit: bytes at most.

        Raises:
            Refusal: there are more, or there is no room.
        """
        digest, size = hashlib.sha256(), 0
        path = self.file(job)
        try:
            self.place()
            with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
                async for part in parts:
                    size += len(part)
                    if size > limit:
                        raise Refusal("too-large", f"More than {limit} bytes; no more are taken.")
                    digest.update(part)
                    file.write(part)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise Refusal("no-room", f"The job cannot be kept ({error.strerror or error}).") from error
        return Received(job, path, digest.digest())

    def sweep(self, open_jobs: set[str]) -> None:
        """Delete files of jobs that have ended, and of those that were never sent whole.

        Args:
            open_jobs: ids of those whose files stay.
        """
        if not self.path.exists():
            return
        for path in self.path.iterdir():
            with self._lock:
                stays = path.name in self._coming | open_jobs or path.name.startswith(".")
            if not stays and _age(path) > ABANDONED:
                path.unlink(missing_ok=True)


def _age(path: Path) -> float:
    try:
        return time.time() - path.stat().st_mtime
    except OSError:
        return 0.0

"""HostGate: lets a request through when its host may be asked again, over threads, processes and kills."""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from assay.collection.clock import WallClock, time_of
from assay.collection.limits import HostLimits
from assay.collection.outcome import FetchFailed

SCHEMA = """
CREATE TABLE IF NOT EXISTS requests
    (id INTEGER PRIMARY KEY, host TEXT NOT NULL, begun REAL NOT NULL, ended REAL, process TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS requests_by_host ON requests (host, ended);
CREATE TABLE IF NOT EXISTS pauses (host TEXT PRIMARY KEY, until REAL NOT NULL);
"""
_LOOK = 0.02
"""Seconds of this machine's own clock between two looks while another request is at work."""


class HostGate:
    """Counts requests from their beginning until a whole window after their end.

    A server counts a request when it arrives, which lies somewhere between; so in no window of its own has it more
    than the limit, however long requests take on their way.

    Args:
        file: SQLite, shared by all collections of a user.
        limits: of a host.
        clock: that windows are measured with.
        patience: seconds that a turn is waited for; what takes longer is given up.
    """

    def __init__(self, file: Path, limits: Callable[[str], HostLimits], clock: WallClock, patience: float) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        self._database = sqlite3.connect(file, timeout=60, isolation_level=None, check_same_thread=False)
        self._database.execute("PRAGMA journal_mode=WAL")
        self._database.execute("PRAGMA synchronous=NORMAL")
        self._database.executescript(SCHEMA)
        self._limits, self._clock, self._patience = limits, clock, patience
        self._narrowed: dict[str, HostLimits] = {}
        self._lock = threading.Lock()
        self._process = _name_of(os.getpid())

    @contextmanager
    def turn(self, host: str) -> Iterator[None]:
        """Wait until the host may be asked; the block is the request.

        Raises:
            FetchFailed: that would take longer than one waits.
        """
        request = self._begin(host)
        try:
            yield
        finally:
            with self._lock:
                self._database.execute("UPDATE requests SET ended = ? WHERE id = ?", (self._clock.now(), request))

    def pause(self, host: str, seconds: float) -> None:
        """Ask nothing of a host for so long; a longer pause that stands is not shortened."""
        with self._lock:
            self._database.execute(
                "INSERT INTO pauses VALUES (?, ?) ON CONFLICT (host) DO UPDATE SET until = max(until, excluded.until)",
                (host, self._clock.now() + seconds),
            )

    def narrow(self, host: str, limits: HostLimits) -> None:
        """Keep to further limits of a host, beside those that are known of it."""
        with self._lock:
            self._narrowed[host] = limits

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def _begin(self, host: str) -> int:
        since = self._clock.now()
        while True:
            limits = self._limits(host)
            if host in self._narrowed:
                limits = limits.strictest(self._narrowed[host])
            with self._lock, self._writing():
                wait = self._wait(host, limits)
                if wait == 0:
                    values = (host, self._clock.now(), self._process)
                    row = self._database.execute("INSERT INTO requests (host, begun, process) VALUES (?, ?, ?)", values)
                    return int(row.lastrowid or 0)
            if wait is None:
                time.sleep(_LOOK)
                continue
            until = self._clock.now() + wait
            if until - since > self._patience:
                raise FetchFailed("limit", f"{host} may be asked again at {time_of(until)} ({limits.declared})")
            self._clock.sleep(wait)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        self._database.execute("BEGIN IMMEDIATE")
        try:
            yield
        finally:
            self._database.execute("COMMIT")

    def _wait(self, host: str, limits: HostLimits) -> float | None:
        """Seconds until the next look: 0 for now; None while it hangs on a request that is at work."""
        now = self._clock.now()
        self._end_those_of_dead_processes(host, now)
        pause = self._database.execute("SELECT until FROM pauses WHERE host = ?", (host,)).fetchone()
        if pause is not None and pause[0] > now:
            return float(pause[0] - now)
        at_work = self._count("ended IS NULL", host)
        if at_work >= limits.at_once:
            return None
        waits = [0.0]
        for most, seconds in limits.windows:
            ended = self._database.execute(
                "SELECT ended FROM requests WHERE host = ? AND ended > ? ORDER BY ended DESC LIMIT 1 OFFSET ?",
                (host, now - seconds, max(most - at_work - 1, 0)),
            ).fetchone()
            if at_work >= most:
                return None
            if ended is not None:
                waits.append(float(ended[0]) + seconds - now)
        longest = max(seconds for _, seconds in limits.windows)
        self._database.execute("DELETE FROM requests WHERE host = ? AND ended < ?", (host, now - 2 * longest))
        return max(waits)

    def _count(self, condition: str, host: str) -> int:
        row = self._database.execute(f"SELECT count(*) FROM requests WHERE host = ? AND {condition}", (host,))
        return int(row.fetchone()[0])

    def _end_those_of_dead_processes(self, host: str, now: float) -> None:
        rows = self._database.execute("SELECT DISTINCT process FROM requests WHERE host = ? AND ended IS NULL", (host,))
        for (process,) in rows.fetchall():
            if not _is_alive(str(process)):
                self._database.execute(
                    "UPDATE requests SET ended = ? WHERE host = ? AND ended IS NULL AND process = ?",
                    (now, host, process),
                )


def _name_of(process: int) -> str:
    """Number and start of a process, by which it is known after its number was given to another one."""
    return f"{process} {psutil.Process(process).create_time():.2f}"


def _is_alive(name: str) -> bool:
    try:
        return _name_of(int(name.partition(" ")[0])) == name
    except (psutil.NoSuchProcess, ValueError):
        return False
    except psutil.AccessDenied:
        return True

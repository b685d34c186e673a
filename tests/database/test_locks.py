from __future__ import annotations

import errno
import fcntl
import os
import pickle
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from assay.database.locks import LockHeldError, file_lock, native_lock
from assay.errors import TrackingError
from unprivileged import nobody

HOLDER = Path(__file__).with_name("holder.py")


@contextmanager
def holding(path: Path, *words: str) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """Another process that holds a lock, with the number that it printed."""
    process = subprocess.Popen([sys.executable, str(HOLDER), *words, str(path)], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield process, int(process.stdout.readline())
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def test_who_waits_in_vain_is_told_who_holds_the_lock(tmp_path: Path) -> None:
    path = tmp_path / "deeper" / "a.lock"
    with holding(path) as (process, pid):
        assert pid == process.pid
        with pytest.raises(LockHeldError) as caught, file_lock(path, patience=0.2):
            pass
    who = f"process {process.pid} on {socket.gethostname()} since 20"
    assert caught.value.holder.startswith(who)
    assert who in str(caught.value)
    assert str(path) in str(caught.value)
    again = pickle.loads(pickle.dumps(caught.value))
    assert (str(again), again.holder) == (str(caught.value), caught.value.holder)


def test_a_lock_is_free_when_its_holder_was_killed(tmp_path: Path) -> None:
    with holding(tmp_path / "a.lock") as (process, _):
        process.send_signal(signal.SIGKILL)
        process.wait()
        with file_lock(tmp_path / "a.lock", patience=0):
            pass


def test_a_lock_is_free_when_its_holder_was_killed_but_a_worker_that_it_forked_lives_on(tmp_path: Path) -> None:
    with holding(tmp_path / "a.lock", "--fork") as (process, child):
        try:
            process.send_signal(signal.SIGKILL)
            process.wait()
            os.kill(child, 0)
            with file_lock(tmp_path / "a.lock", patience=0):
                pass
        finally:
            os.kill(child, signal.SIGKILL)


COUNT = """
import sys
from pathlib import Path
from assay.database.locks import file_lock
count = Path(sys.argv[1])
for _ in range(30):
    with file_lock(count.with_suffix(".lock")):
        count.write_text(str(int(count.read_text()) + 1))
"""


def test_of_several_processes_and_threads_one_is_in_the_block(tmp_path: Path) -> None:
    count = tmp_path / "count.txt"
    count.write_text("0")
    processes = [subprocess.Popen([sys.executable, "-c", COUNT, str(count)]) for _ in range(3)]
    assert [process.wait() for process in processes] == [0, 0, 0]

    def add() -> None:
        with file_lock(tmp_path / "count.lock"):
            count.write_text(str(int(count.read_text()) + 1))

    threads = [threading.Thread(target=add) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert count.read_text() == "100"


def test_a_lock_file_of_before_keeps_out_whom_it_kept_out(tmp_path: Path) -> None:
    """Up to now a lock file was empty and held by flock, as an Assay that is still running holds it."""
    path = tmp_path / "a.lock"
    with path.open("a") as opened:
        fcntl.flock(opened, fcntl.LOCK_EX)
        with pytest.raises(LockHeldError, match="held by another process, and was not free within 0 s"):
            file_lock(path, patience=0).__enter__()
    with file_lock(path, patience=0), path.open("a") as opened, pytest.raises(BlockingIOError):
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
    with path.open("a") as opened:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_what_goes_wrong_in_the_block_comes_out_as_it_is_and_the_lock_is_free(tmp_path: Path) -> None:
    with pytest.raises(TimeoutError, match="mine"), file_lock(tmp_path / "a.lock", patience=0):
        raise TimeoutError("mine")
    with file_lock(tmp_path / "a.lock", patience=0):
        pass


def test_a_folder_that_cannot_be_written_is_named() -> None:
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o555)
    try:
        with (
            nobody(),
            pytest.raises(TrackingError, match=r"a.lock: no lock can be taken .* Permission denied. Make"),
        ):
            file_lock(folder / "a.lock").__enter__()
    finally:
        folder.chmod(0o777)
        shutil.rmtree(folder)


def test_a_file_system_without_locks_is_refused_instead_of_held_by_a_mere_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none_here(descriptor: int, operation: int) -> None:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))

    monkeypatch.setattr(fcntl, "flock", none_here)
    with pytest.raises(TrackingError, match="no lock can be taken in this folder: Function not implemented"):
        file_lock(tmp_path / "a.lock").__enter__()
    with pytest.raises(OSError, match="Function not implemented"):
        native_lock(tmp_path / "b.lock").acquire()


def test_locks_that_nobody_takes_cost_no_import() -> None:
    code = "import sys, assay.database.locks, assay.tracking.store; sys.exit('filelock' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_a_folder_in_which_no_file_can_be_made_is_not_waited_for() -> None:
    started = time.monotonic()
    for path in (Path("/proc/.x.lock"), Path("/dev/null/.x.lock")):
        with pytest.raises(TrackingError, match=f"{path}: no lock can be taken in this folder"):
            file_lock(path, patience=5).__enter__()
    assert time.monotonic() - started < 4

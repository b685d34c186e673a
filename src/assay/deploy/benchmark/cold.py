"""Cold start and memory: a fresh process that opens a bundle and answers, and says what that took."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from assay.errors import BundleError

PATIENCE = 300.0
MB = 1e6


@dataclass(frozen=True)
class ColdStart:
    """What a fresh process needs until it has answered once.

    Attributes:
        seconds: from the start of the process to its first answer, as the one who waits sees it.
        import_seconds: of that, for importing.
        open_seconds: of that, for opening the bundle (all its files are held against their sha256) and its network.
        peak_mb: most memory that was resident until the first answer, in MB (10^6 bytes).
        peak_batch_mb: the same after a call with the largest batch.
    """

    seconds: float
    import_seconds: float
    open_seconds: float
    peak_mb: float
    peak_batch_mb: float


def cold_start(
    folder: Path,
    name: str,
    *,
    cache_dir: Path,
    threads: int,
    pictures: Sequence[bytes],
    batch: int,
    file: Path | None = None,
) -> ColdStart:
    """Start a process, let it answer, and end it.

    What was exported for this machine lies in `cache_dir` already, and the files may be in the disk's cache.

    Args:
        folder: of the bundle.
        name: of the format.
        cache_dir: of the bundle.
        threads: that it may use.
        pictures: files as bytes; the first one is answered first.
        batch: pictures of the largest call.
        file: of a form that lies beside the bundle; see `open_format`.

    Raises:
        BundleError: the process fails, or does not answer within five minutes.
    """
    with tempfile.TemporaryDirectory(prefix="assay-cold-") as temporary:
        for index in range(batch):
            (Path(temporary) / f"{index:04}").write_bytes(pictures[index % len(pictures)])
        words = [str(folder), name, str(cache_dir), str(threads), temporary, str(file or "")]
        environment = {**os.environ, "OMP_NUM_THREADS": str(threads)}
        started = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-m", __name__, *words],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
        )
        try:
            first, seconds = first_line(process), time.perf_counter() - started
            rest, complaints = process.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            raise BundleError(f"{folder}: a fresh process with {name} does not end within {PATIENCE:.0f} s") from None
        except BaseException:
            process.kill()
            process.communicate()
            raise
    try:
        return ColdStart(seconds=seconds, **json.loads(first), **json.loads(rest))
    except (ValueError, TypeError):
        errors = complaints.decode(errors="replace").strip()
        last = errors.splitlines()[-1] if errors else f"exit code {process.returncode}"
        raise BundleError(f"{folder}: a fresh process with {name} does not answer: {last}") from None


def first_line(process: subprocess.Popen[bytes]) -> bytes:
    """The first line of a process whose pipe is not buffered, so that what follows it is left to `communicate`.

    A buffered pipe would read on, and a second line that has come meanwhile would be lost.
    """
    assert process.stdout is not None
    return process.stdout.readline()


def main(words: Sequence[str]) -> None:
    """The fresh process: one line of JSON once it has answered, one after the largest batch."""
    started = time.perf_counter()
    from assay.deploy.benchmark.benchmarked_format import answers, open_format
    from assay.deploy.benchmark.interleaved import use_threads
    from assay.deploy.bundle.bundle import Bundle

    folder, name, cache_dir, threads, pictures, file = words
    use_threads(int(threads))
    imported = time.perf_counter()
    bundle = Bundle.open(Path(folder), cache_dir=Path(cache_dir))
    benchmarked = open_format(bundle, name, threads=int(threads), beside={name: Path(file)} if file else {})
    opened = time.perf_counter()
    files = [path.read_bytes() for path in sorted(Path(pictures).iterdir())]
    answers(benchmarked, files[:1])
    startup = {"import_seconds": imported - started, "open_seconds": opened - imported, "peak_mb": peak_mb()}
    print(json.dumps(startup), flush=True)
    answers(benchmarked, files)
    print(json.dumps({"peak_batch_mb": peak_mb()}), flush=True)


def peak_mb() -> float:
    """Most memory of this process that was ever resident, in MB.

    On Linux from /proc: getrusage there begins with what the parent had.
    """
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:")) / MB
    except (OSError, StopIteration):
        import resource

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / MB


if __name__ == "__main__":
    main(sys.argv[1:])

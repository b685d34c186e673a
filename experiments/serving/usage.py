"""What a server and all that it started use: CPU seconds, memory, descriptors; read from /proc."""

from __future__ import annotations

import os
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
PROC = Path("/proc")


def family(pid: int) -> list[int]:
    """A process and all that descend from it."""
    parents: dict[int, list[int]] = {}
    for folder in PROC.iterdir():
        if folder.name.isdigit():
            fields = _stat(int(folder.name))
            if fields:
                parents.setdefault(int(fields[1]), []).append(int(folder.name))
    members = [pid]
    for member in members:
        members += parents.get(member, [])
    return members


def cpu_seconds(pid: int) -> float:
    """Seconds of CPU that a process and its descendants have used, those that have ended included."""
    ticks = 0
    for member in family(pid):
        fields = _stat(member)
        ticks += sum(map(int, fields[11:15])) if fields else 0
    return ticks / TICKS


def memory_bytes(pid: int) -> int:
    """Proportional set size of a process and its descendants: pages that they share count once."""
    return 1024 * sum(_of_rollup(member, "Pss:") for member in family(pid))


def own_memory_bytes(pid: int) -> int:
    """Memory of a process and its descendants that no file stands behind; what they share counts once.

    Pages of libraries count in `memory_bytes` by how many programs of the machine have them open at that moment.
    """
    return 1024 * sum(_of_rollup(member, "Pss_Anon:", "Pss_Shmem:") for member in family(pid))


def descriptors(pid: int) -> int:
    """Open descriptors of the process itself."""
    return len(list((PROC / str(pid) / "fd").iterdir()))


def _stat(pid: int) -> list[str]:
    """Fields of /proc/PID/stat from the state on; none where the process has ended."""
    try:
        return (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def _of_rollup(pid: int, *names: str) -> int:
    """Kilobytes of /proc/PID/smaps_rollup under these names together; 0 where the process has ended."""
    try:
        lines = (PROC / str(pid) / "smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) for line in lines if line.startswith(names))

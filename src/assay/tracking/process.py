"""Which process a run belongs to, and whether that process still lives."""

from __future__ import annotations

import getpass
import hashlib
import os
import platform
import sys
from collections.abc import Mapping
from pathlib import Path

# The clock behind create_time may be set by a few seconds; no process id comes round again that fast.
SAME_START_WITHIN = 30.0

HOST, MACHINE, PID, STARTED = "assay.host", "assay.machine", "assay.pid", "assay.process_started"


def process_tags() -> dict[str, str]:
    """Tags that name this process on this machine."""
    import psutil

    return {
        HOST: platform.node(),
        MACHINE: machine(),
        PID: str(os.getpid()),
        STARTED: f"{psutil.Process().create_time():.2f}",
    }


def machine() -> str:
    """Sixteen hex characters for this machine and the set of process ids seen from here (one per container)."""
    try:
        identity = Path("/etc/machine-id").read_text().strip()
    except OSError:
        identity = ""
    try:
        namespace = str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        namespace = ""
    return hashlib.sha256(f"{platform.node()} {identity} {namespace}".encode()).hexdigest()[:16]


def is_gone(tags: Mapping[str, str]) -> bool:
    """Whether the process that the tags name ran on this machine and is not there any more; unsure is False."""
    import psutil

    if tags.get(MACHINE) != machine() or not tags.get(PID, "").isdigit():
        return False
    try:
        process = psutil.Process(int(tags[PID]))
        if process.status() == psutil.STATUS_ZOMBIE:
            return True
        return abs(process.create_time() - float(tags[STARTED])) > SAME_START_WITHIN
    except psutil.NoSuchProcess:
        return True
    except (psutil.Error, KeyError, ValueError):
        return False


def source_tags(git_commit: str | None) -> dict[str, str]:
    """The tags that fill the user, source and version columns of MLflow's own pages."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = str(os.getuid())
    tags = {"mlflow.user": user, "mlflow.source.type": "LOCAL", "mlflow.source.name": Path(sys.argv[0]).name}
    if git_commit and git_commit != "none":
        tags["mlflow.source.git.commit"] = git_commit
    return tags

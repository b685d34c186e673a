"""What a run ran on: code, packages, machine; as tags. Imports none of the packages it names."""

from __future__ import annotations

import hashlib
import os
import platform
import re
import subprocess
import sys
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

from assay.files import digest_of

GIT_WITHIN = 2.0
NAMED_PACKAGES = (
    "assay",
    "torch",
    "torchvision",
    "pytorch-lightning",
    "timm",
    "albumentations",
    "onnxruntime",
    "numpy",
    "mlflow",
)
CPU_FLAGS = (
    "sse4_2",
    "f16c",
    "fma",
    "avx",
    "avx2",
    "avx512f",
    "avx512_vnni",
    "avx512_bf16",
    "avx512_fp16",
    "avx_vnni",
    "amx_tile",
    "amx_int8",
    "amx_bf16",
    "asimddp",
    "sve",
    "i8mm",
    "bf16",
)


def environment(*, config: Mapping[str, Any] | None = None, device: str = "cpu") -> dict[str, str]:
    """Tags that say what a run ran on.

    Args:
        config: the composed config; its digest is `config_digest`.
        device: what the model runs on, e.g. "cpu", "cuda:0"; a CUDA device is recorded with its name.

    Returns:
        `git_commit` ("none" outside a repository), `git_dirty`, `config_digest`, `lock_digest`, `device`, `python`,
        `platform`, `cpu`, `cpu_flags`, `cpu_count`, and `version_<package>` for the packages that results depend on.
    """
    commit, dirty = git_state()
    tags = {
        "git_commit": commit,
        "git_dirty": dirty,
        "lock_digest": lock_digest(),
        "device": _device_name(device),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "cpu": _cpu_name(),
        "cpu_flags": " ".join(cpu_flags()),
        "cpu_count": str(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()),
    }
    if config is not None:
        tags["config_digest"] = digest_of(config)
    for package in NAMED_PACKAGES:
        try:
            tags[f"version_{package.replace('-', '_')}"] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return tags


def git_state(folder: Path | None = None) -> tuple[str, str]:
    """Commit and dirty flag ("true", "false", "unknown") of the code.

    Args:
        folder: None asks where this package lies, then the current folder.

    Returns:
        ("none", "none") outside a repository or without git.
    """
    for repository in [folder] if folder else [Path(__file__).parent, Path.cwd()]:
        command = ["git", "--no-optional-locks", "-C", str(repository), "status", "--porcelain=v2", "--branch"]
        try:
            completed = subprocess.run(command, capture_output=True, text=True, timeout=GIT_WITHIN, check=False)
        except subprocess.TimeoutExpired:
            return "unknown", "unknown"
        except OSError:
            return "none", "none"
        commit = re.search(r"^# branch\.oid ([0-9a-f]{40,64})$", completed.stdout, re.MULTILINE)
        if completed.returncode == 0 and commit:
            changed = any(line and not line.startswith("#") for line in completed.stdout.splitlines())
            return commit.group(1), str(changed).lower()
    return "none", "none"


def lock_digest() -> str:
    """Hex sha256 of the sorted `name==version` lines of all installed distributions."""
    lines = set()
    for folder in dict.fromkeys(sys.path):
        try:
            entries = os.listdir(folder or ".")  # noqa: PTH208  # reading 200 METADATA files takes 50 times as long
        except OSError:
            continue
        for entry in entries:
            named = re.fullmatch(r"([^-]+)-([^-]+)(-.*)?\.(dist-info|egg-info)", entry)
            if named:
                lines.add(f"{re.sub(r'[-_.]+', '-', named.group(1)).lower()}=={named.group(2)}")
    return hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()


def cpu_flags() -> list[str]:
    """The instruction sets of this CPU that change speed or INT8 and bfloat16 results; empty where unknown."""
    present = set(_cpu_field("flags").split() or _cpu_field("Features").split())
    return [flag for flag in CPU_FLAGS if flag in present]


def _cpu_name() -> str:
    return _cpu_field("model name") or platform.processor() or platform.machine()


def _cpu_field(name: str) -> str:
    try:
        text = Path("/proc/cpuinfo").read_text()
    except OSError:
        return ""
    matched = re.search(rf"^{name}\s*:\s*(.*)$", text, re.MULTILINE)
    return matched.group(1).strip() if matched else ""


def _device_name(device: str) -> str:
    if not device.startswith("cuda"):
        return device
    import torch

    return f"{device} {torch.cuda.get_device_name(device)}" if torch.cuda.is_available() else device

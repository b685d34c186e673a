"""That an exported network agreed with PyTorch on this machine, recorded beside the file so that it is checked once."""

from __future__ import annotations

import json
import logging
import platform
from pathlib import Path
from typing import Any

from assay.disk import note_use
from assay.embeddings.onnx_runtime import OnnxRuntime
from assay.files import digest_of, sha256_of_file, write_cache

logger = logging.getLogger(__name__)

VERSION = 1


def checked_runtime(path: Path) -> OnnxRuntime | None:
    """The runtime of an exported network that agreed before: the same bytes, ONNX Runtime and processor; else None."""
    try:
        if json.loads(_record_of(path).read_text(encoding="utf-8")) != _conditions(path):
            return None
    except (OSError, ValueError):
        return None
    try:
        runtime = OnnxRuntime(path)
        note_use(path)
        return runtime
    except Exception as error:  # as good as none: whoever asked exports it again
        logger.debug("%s cannot be used: %s", path, error)
        return None


def record_check(path: Path) -> None:
    """Record that what this file computes was held against PyTorch and agreed."""
    content = json.dumps(_conditions(path), indent=2)
    write_cache(
        _record_of(path), lambda file: file.write_text(content, encoding="utf-8"), "it is checked again each time"
    )


def _record_of(path: Path) -> Path:
    """One for each kind of processor, because a cache can be shared by machines."""
    return path.with_suffix(f".{digest_of(_processor())[:12]}.agrees.json")


def _conditions(path: Path) -> dict[str, Any]:
    import onnxruntime

    return {
        "version": VERSION,
        "sha256": sha256_of_file(path),
        "onnxruntime": onnxruntime.__version__,
        "processor": _processor(),
    }


def _processor() -> list[str]:
    """Architecture, model, and what it can compute with: kernels are chosen by these."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    fields = {line.partition(":")[0].strip(): line.partition(":")[2].strip() for line in lines if ":" in line}
    return [platform.machine(), platform.processor(), fields.get("model name", ""), fields.get("flags", "")]

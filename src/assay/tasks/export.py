"""`assay export`: a run's model as a bundle."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from assay.deploy.bundle import ABOUT, EVIDENCE, MEASURED, PREDICTOR, SCHEMA_VERSION, About, Bundle
from assay.deploy.contents import entries
from assay.deploy.packing import packed
from assay.errors import BundleError, TrackingError
from assay.evaluation.record import save_record
from assay.tasks.val_only import refuse_val_only

if TYPE_CHECKING:
    from assay.tracking.read import RunRecord

MANIFEST = "manifest.parquet"
FOLDER = "bundle"


def export_run(record: RunRecord, folder: Path, *, cache_dir: Path) -> Bundle:
    """Write the bundle of a finished run, whole or not at all.

    Args:
        record: of the run.
        folder: takes the bundle; a former one gives way once the new one is complete.
        cache_dir: where networks are kept that were exported for this machine.

    Raises:
        BundleError: the run is not finished, was measured on val alone, or lacks a file.
    """
    from assay.data.manifest import Manifest

    refuse_val_only(record, "exported")
    if record.status != "FINISHED":
        raise BundleError(f"run {record.run_id} is {record.status}; only a finished run is exported")
    try:
        model, evidence = record.file("model"), record.file("evidence.json")
        measured, manifest = record.file("predictions/test.parquet"), Manifest.load(record.file(MANIFEST))
    except TrackingError as error:
        raise BundleError(f"run {record.run_id} cannot be exported: {error}") from error
    tags, params = record.tags, record.params
    with packed(folder) as making:
        making.copy(model, PREDICTOR)
        making.copy(evidence, EVIDENCE)
        making.copy(measured, MEASURED)
        about = About(
            name=record.name,
            run_id=record.run_id,
            made=datetime.now(UTC).isoformat(timespec="seconds"),
            backbone=params.get("model.name", ""),
            seed=int(params.get("seed", "0")),
            class_names=manifest.class_names,
            ordered=manifest.ordered,
            dataset_digest=manifest.digest,
            test_digest=manifest.only("test").digest,
            config_digest=tags.get("config_digest", ""),
            git_commit=tags.get("git_commit", "none"),
            git_dirty=tags.get("git_dirty", "unknown"),
            lock_digest=tags.get("lock_digest", ""),
            licences=tuple(sorted({str(one) for one in manifest.table["license"] if one})),
            files=entries(making.folder, besides=ABOUT),
        )
        save_record(making.folder / ABOUT, about, schema=SCHEMA_VERSION)
    return Bundle.open(folder, cache_dir=cache_dir)

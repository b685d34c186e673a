"""`assay export`: a run's model as a bundle, in the forms that it is served in."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from omegaconf import DictConfig

from assay.deploy.bundle import exports
from assay.deploy.bundle.bundle import ABOUT
from assay.deploy.bundle.settings import ExportSettings
from assay.deploy.export.request import ExportRequest
from assay.errors import BundleError
from assay.files import sha256_of_file
from assay.tracking.registered import MODEL, run_of_model
from assay.tracking.run_files import BUNDLE

if TYPE_CHECKING:
    from assay.deploy.bundle.bundle import Bundle
    from assay.deploy.bundle.format import Format
    from assay.tracking.read import RunRecord
    from assay.tracking.store import TrackingStore


@dataclass(frozen=True)
class Exported:
    """What the command leaves.

    Attributes:
        bundle: in the run's folder.
        others: forms beside the bundle, by name: TorchScript and torch.export.
        folder: the copy that was asked for, else the bundle's.
    """

    bundle: Bundle
    others: dict[str, Format]
    folder: Path


def export(request: ExportRequest, config: DictConfig) -> Exported:
    """Write the bundle into the run's folder, with what it was asked for, and record it in the run.

    Raises:
        AssayError: no such run, one that cannot be exported, or a form that is to be served and is refused.
    """
    from assay.deploy.export.bundle import export_run
    from assay.deploy.export.torch import export_torch
    from assay.run.workspace import cache_folder, open_store

    store = open_store(config)
    record = store.find(run_of_model(store, request.run) if MODEL.fullmatch(request.run) else request.run)
    target = Path(request.output).expanduser() if request.output else None
    if target is not None and target.exists():
        raise BundleError(f"output={request.output}: is there already; name a folder that is not")
    bundle = export_run(record, record.folder / BUNDLE, cache_dir=cache_folder(config), settings=request.settings)
    others = export_torch(bundle, record, request.settings, record.folder / exports.FOLDER)
    _log(store, record, bundle, others)
    if target is not None:
        shutil.copytree(bundle.folder, target)
    return Exported(bundle, others, target or bundle.folder)


def bundle_of(config: DictConfig, store: TrackingStore, record: RunRecord, *, serve: str = "") -> Bundle:
    """The run's bundle: from its folder or its artifacts where it belongs to the sealed files, else exported now.

    Args:
        config: with the place of the cache.
        store: of the run.
        record: of the run.
        serve: format that it has to answer in; "" takes the one that it answers in, and float where there is none yet.

    Raises:
        BundleError: the run cannot be exported, its files are not what it measured, or the format is refused.
    """
    from assay.deploy.export.bundle import belongs, export_run, sealed_files
    from assay.run.workspace import cache_folder

    sealed_files(record)
    cache_dir = cache_folder(config)
    exported = belongs(record, BUNDLE, cache_dir=cache_dir)
    if exported is not None and serve in ("", exported.about.serves):
        return exported
    settings = ExportSettings(formats=["onnx"], serve=serve or "float")  # type: ignore[arg-type]
    bundle = export_run(record, record.folder / BUNDLE, cache_dir=cache_dir, settings=settings)
    _log(store, record, bundle, {})
    return bundle


def _log(store: TrackingStore, record: RunRecord, bundle: Bundle, others: dict[str, Format]) -> None:
    from assay.tracking.seal import TAG

    run = store.amend_run(record.run_id)
    run.set_tags({f"{TAG}{ABOUT}": bundle.digest})
    run.log_artifact(record.folder / BUNDLE)
    if others:
        beside = record.folder / exports.FOLDER
        run.set_tags({f"{TAG}{exports.ABOUT}": sha256_of_file(beside / exports.ABOUT)})
        run.log_artifact(beside)

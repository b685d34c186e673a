"""The bundle of a run: its sealed files, its ONNX forms, and the evidence of the form that is served."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from assay.deploy.bundle.bundle import ABOUT, PREDICTOR, SCHEMA_VERSION, About, Bundle
from assay.deploy.bundle.contents import entries
from assay.deploy.bundle.format import FLOAT, INT8, ONNX
from assay.deploy.bundle.packing import packed
from assay.deploy.bundle.sealed_pictures import seal_answers
from assay.deploy.bundle.settings import ExportSettings
from assay.deploy.bundle.taken_from_run import IN_RUN, WEIGHTS
from assay.deploy.export.profile import write_own_profile
from assay.embeddings.onnx_runtime import EXPORTED
from assay.errors import AssayError, BundleError, TrackingError
from assay.evaluation.record import save_record
from assay.predictor import Answerer, Predictor
from assay.predictor.rules import views_shown
from assay.run.val_only import refuse_val_only
from assay.tracking.run_files import NOT_IN_EVERY_RUN, SEALED
from assay.tracking.seal import TAG, broken_seals

if TYPE_CHECKING:
    from assay.data.manifest import Manifest
    from assay.deploy.export.exported_form import ExportedForm
    from assay.tracking.read import RunRecord


def export_run(record: RunRecord, folder: Path, *, cache_dir: Path, settings: ExportSettings | None = None) -> Bundle:
    """Write the bundle of a finished run, whole or not at all.

    Args:
        record: of the run.
        folder: takes the bundle; a former one gives way once the new one is complete.
        cache_dir: where networks are kept that were exported for this machine.
        settings: which forms are in it and which of them answers; None takes the float model alone.

    Raises:
        BundleError: the run is not finished, was measured on val alone, lacks a file, or holds one that it did not
            measure; or the form that is to be served is refused.
    """
    from assay.deploy.export.formats import make_formats, serve
    from assay.run.recorded_run import RecordedRun

    settings = settings or ExportSettings()
    files = sealed_files(record)
    manifest = RecordedRun(record).manifest_to_read
    with packed(folder) as making:
        for inside, name in IN_RUN.items():
            if name in files:
                making.copy(files[name], inside)
        forms: dict[str, ExportedForm] = {}
        if settings.serve != FLOAT or {ONNX, INT8} & set(settings.formats):
            forms = make_formats(record, manifest, making.folder, settings, cache_dir=cache_dir)
            if settings.serve != FLOAT:
                serve(record, manifest, forms[settings.serve], making.folder, settings.serve)
        served = _served(forms, settings.serve, making.folder, cache_dir)
        seal_answers(served, settings.serve, making.folder)
        predictions = forms[settings.serve].predictions if settings.serve in forms else {}
        write_own_profile(record, manifest, served, predictions, making.folder, serves=settings.serve)
        about = replace(
            _about(record, manifest),
            views=views_shown(making.folder / PREDICTOR),
            serves=settings.serve,
            formats={name: form.described for name, form in forms.items()},
            files=entries(making.folder, besides=ABOUT),
        )
        save_record(making.folder / ABOUT, about, schema=SCHEMA_VERSION)
    return Bundle.open(folder, cache_dir=cache_dir)


def _served(forms: Mapping[str, ExportedForm], name: str, folder: Path, cache_dir: Path) -> Answerer:
    """What will answer: an exported form, or the weights."""
    answerer = forms[name].answerer if name in forms else None
    return answerer or Predictor.load(folder / PREDICTOR, cache_dir=cache_dir / EXPORTED)


def sealed_files(record: RunRecord) -> dict[str, Path]:
    """The files of a finished run that were sealed when it measured, as they are on this machine.

    Raises:
        BundleError: the run cannot be exported, or a file is not what the run measured; the message names it.
    """
    refuse_val_only(record, "exported")
    if record.status != "FINISHED":
        raise BundleError(f"run {record.run_id} is {record.status}; only a finished run is exported")
    needed = [name for name in SEALED if name not in NOT_IN_EVERY_RUN or f"{TAG}{name}" in record.tags]
    try:
        files = {name: record.file(name) for name in needed}
    except TrackingError as error:
        raise BundleError(f"run {record.run_id} cannot be exported: {error}") from error
    if broken := broken_seals(files, record.tags):
        sealed = f"{TAG}{broken[0]}" in record.tags
        why = "is not what the run measured (its sha256 differs)" if sealed else "was never sealed by the run"
        raise BundleError(f"run {record.run_id} is not exported: {broken[0]} {why}; train again: assay train …")
    return files


def belongs(record: RunRecord, name: str, *, cache_dir: Path) -> Bundle | None:
    """The bundle in the run's folder or among its artifacts; None where there is none of these sealed files."""
    try:
        bundle = Bundle.open(record.file(name), cache_dir=cache_dir)
    except AssayError:
        return None
    as_trained = bundle.about.serves == FLOAT
    if not as_trained and record.tags.get(f"{TAG}{ABOUT}") != bundle.digest:
        return None
    parts = IN_RUN if as_trained else WEIGHTS
    sealed = {inside: record.tags.get(f"{TAG}{name}") for inside, name in parts.items()}
    held = {inside: entry.sha256 for inside, entry in bundle.about.files.items()}
    same = all(held.get(inside) == digest for inside, digest in sealed.items())
    return bundle if same and bundle.about.run_id == record.run_id else None


def _about(record: RunRecord, manifest: Manifest) -> About:
    tags, params = record.tags, record.params
    return About(
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
        licences=licences(record, manifest),
    )


def licences(record: RunRecord, manifest: Manifest) -> tuple[str, ...]:
    """Of the images that the model learned from or was measured on, and of the weights that it started from."""
    from assay.models.architecture import pretrained_config
    from assay.models.packaged import PACKAGED

    names = {str(licence) for licence in manifest.labelled.table["license"].unique() if licence}
    for name, weights in _started_from(record):
        if weights == "pretrained":
            package = PACKAGED.get(name)
            of_timm = (pretrained_config(name).license or "unknown", f"{name} of timm")
            source = (package.licence, package.distribution) if package else of_timm
            names.add("{} (weights: {})".format(*source))
        elif weights != "none":
            names.add(f"unknown (weights: {weights})")
    return tuple(sorted(names))


def _started_from(record: RunRecord) -> list[tuple[str, str]]:
    """Backbones and the weights that their training began with: of an ensemble those of its members."""
    if "model.members" not in record.params:
        return [(record.params.get("model.name", ""), record.params.get("model.weights", "none"))]
    from assay.run.ensemble import weights_of_members
    from assay.run.recorded_run import RecordedRun

    return weights_of_members(RecordedRun(record).config)

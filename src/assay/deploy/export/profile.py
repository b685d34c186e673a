"""The reference profile of a bundle: made when it is exported, and beside the run for a bundle of before."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from assay.data.quality import STATISTICS
from assay.deploy.bundle.answering import predict_files
from assay.deploy.bundle.bundle import EVIDENCE
from assay.deploy.bundle.format import FLOAT
from assay.errors import AssayError, BundleError, TrackingError
from assay.files import sha256_of_file
from assay.monitoring.profile import ABOUT, SPLITS, Profile, ProfileAbout
from assay.monitoring.reference import build_profile, drawn_rows
from assay.postprocess.projection import Projection
from assay.predictions import Predictions
from assay.predictor import Answerer
from assay.run.recorded_run import RecordedRun
from assay.tracking.run_files import PROFILES

if TYPE_CHECKING:
    from assay.data.manifest import Manifest
    from assay.deploy.bundle.bundle import Bundle
    from assay.tracking.read import RunRecord
    from assay.tracking.store import TrackingStore

_log = logging.getLogger(__name__)
DIGITS = 16
"""Of a bundle's digest, after which the folder of its profile is named."""


def write_own_profile(
    record: RunRecord,
    manifest: Manifest,
    answerer: Answerer,
    predictions: Mapping[str, Predictions],
    folder: Path,
    *,
    serves: str,
) -> None:
    """Write the profile of a bundle into the bundle in the making; a run that cannot give one is exported without.

    Args:
        record: of the run.
        manifest: its images.
        answerer: of the form that is served, with its own rules.
        predictions: what that form has said about splits already, by split.
        folder: of the bundle, which holds its evidence.
        serves: name of the form.
    """
    # Without a time: two exports of one run hold the same files, and `bundle.json` says when it was made.
    about = _about(manifest, serves, sha256_of_file(folder / EVIDENCE))
    try:
        _profile(record, manifest, answerer, predictions, about).save(folder)
    except AssayError as error:
        _log.warning("the bundle has no reference profile, so that drift cannot be seen: %s", error)


def write_profile_beside(store: TrackingStore, record: RunRecord, bundle: Bundle) -> Profile:
    """Write the profile of a bundle that has none, or an older one, into its run's folder, and log it to the run.

    Args:
        store: of the run.
        record: of the run that the bundle was made from.
        bundle: whose components of embeddings, where some are logged already, stay what they are.

    Returns:
        The profile, which names the bundle's digest.

    Raises:
        BundleError: the run's images are not those that the bundle was measured on.
        AssayError: its calib or test images cannot be asked about.
    """
    manifest = RecordedRun(record).manifest
    if manifest.digest != bundle.about.dataset_digest:
        raise BundleError(
            f"run {record.run_id}: its images are not those that the bundle {bundle.folder} was measured on "
            f"({manifest.digest[:12]}, the bundle says {bundle.about.dataset_digest[:12]})"
        )
    about = _about(manifest, bundle.about.serves, bundle.about.files[EVIDENCE].sha256)
    about = replace(about, bundle=bundle.digest, made=datetime.now(UTC).isoformat(timespec="seconds"))
    profile = _profile(record, manifest, bundle.ready(), {}, about, _projection(bundle))
    folder = record.folder / folder_beside(bundle)
    profile.save(folder)
    store.amend_run(record.run_id).log_artifact(folder, PROFILES)
    return profile


def folder_beside(bundle: Bundle) -> str:
    """Where the profile of a bundle lies that has none inside, or an older one: below the folder of its run."""
    return f"{PROFILES}/{bundle.digest[:DIGITS]}"


def watched(bundle: Bundle, store: TrackingStore) -> Bundle:
    """The bundle with the profile that lies beside its run, where there is one: it is newer than the one inside."""
    try:
        folder = store.find(bundle.about.run_id).file(folder_beside(bundle))
    except TrackingError:
        return bundle
    return replace(bundle, watched_by=folder) if (folder / ABOUT).is_file() else bundle


def find_profile(bundle: Bundle, store: TrackingStore) -> Profile:
    """The profile inside of a bundle, else the one beside its run.

    Raises:
        BundleError: there is none, with the command that makes one; or it is another bundle's.
        DataError: it cannot be read.
    """
    profile = watched(bundle, store).profile
    if profile is None:
        raise BundleError(
            f"{bundle.about.name}: the bundle was exported before bundles had a reference profile, so nothing can be "
            f"compared with it; make one with assay watch profile run={bundle.about.run_id}"
        )
    return profile


def _about(manifest: Manifest, serves: str, evidence: str) -> ProfileAbout:
    images = {split: int((manifest.labelled.table["split"] == split).sum()) for split in SPLITS}
    return ProfileAbout(manifest.class_names, (), serves, evidence, images, dataset=manifest.digest)


def _profile(
    record: RunRecord,
    manifest: Manifest,
    answerer: Answerer,
    predictions: Mapping[str, Predictions],
    about: ProfileAbout,
    projection: Projection | None = None,
) -> Profile:
    held_out = {split: _held_out(record, manifest, answerer, predictions, about, split) for split in SPLITS}
    return build_profile(answerer, held_out, about, projection=projection)


def _projection(bundle: Bundle) -> Projection | None:
    """Of the profile that there is; None where there is none, or it cannot be read."""
    try:
        return None if bundle.profile is None else bundle.profile.projection
    except AssayError:
        return None


def _held_out(
    record: RunRecord,
    manifest: Manifest,
    answerer: Answerer,
    predictions: Mapping[str, Predictions],
    about: ProfileAbout,
    split: str,
) -> Predictions:
    """What is served says about a split: as far as it was asked before, else about the images that are drawn now."""
    known = predictions.get(split)
    if known is None and about.serves == FLOAT:
        try:
            known = RecordedRun(record).predictions(split)
        except AssayError:
            known = None
    if known is not None and known.embeddings is not None and _measured(known):
        return known
    images = manifest.only(split)
    drawn = replace(images, table=images.table.iloc[drawn_rows(len(images), seed=about.seed)])
    try:
        return predict_files(answerer.raw_predictions, drawn, answerer.samples, what=f"profile, {split}")
    except AssayError:
        if known is None:
            raise
        return known  # without what earlier versions did not keep


def _measured(predictions: Predictions) -> bool:
    """Whether all statistics of all pictures are known; those of a table of an old scan, or of none, are not."""
    statistics = predictions.statistics
    if statistics is None or not {*STATISTICS} <= {*predictions.statistics_names}:
        return False
    return bool(np.isfinite(statistics).all())

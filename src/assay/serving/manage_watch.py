"""`assay watch`: what a served model is compared with, how what it meets differs, looks at it, and alerts."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from omegaconf import DictConfig

from assay.monitoring.profile import Profile
from assay.monitoring.take_look import TakenLook
from assay.serving.watch.drift_report import DriftReportResult, report_drift
from assay.serving.watch.manage_alerts import AlertsResult, manage_alerts
from assay.serving.watch_request import WatchRequest


@dataclass(frozen=True)
class WatchResult:
    """What `assay watch profile` leaves.

    Attributes:
        name: of the bundle.
        profile: of it.
        folder: where the profile lies.
        made: whether it was made now; False where there was one.
    """

    name: str
    profile: Profile
    folder: Path
    made: bool


Result = WatchResult | TakenLook | AlertsResult | DriftReportResult


def manage_watch(request: WatchRequest, config: DictConfig) -> Result:
    """Do what is asked.

    Raises:
        AssayError: there is no such bundle or alert, its run cannot give a profile, or the database does not answer.
    """
    if request.deed == "once":
        from assay.serving.watch.once import watch_once

        return watch_once(request, config)
    if request.deed == "report":
        return report_drift(request, config)
    if request.deed == "alerts":
        return manage_alerts(request, config)
    return _profile(request, config)


def _profile(request: WatchRequest, config: DictConfig) -> WatchResult:
    from assay.deploy.export.profile import folder_beside, watched, write_profile_beside
    from assay.registry.open_registry import store_of
    from assay.serving.origin import find_bundle

    bundle, _ = find_bundle(config, request.run)
    bundle = watched(bundle, store_of(config))
    profile = bundle.profile
    if profile is not None and bundle.profile_folder is not None and not profile.unmeasured:
        return WatchResult(bundle.about.name, profile, bundle.profile_folder, made=False)
    store = store_of(config)
    record = store.find(bundle.about.run_id)
    profile = write_profile_beside(store, record, bundle)
    return WatchResult(bundle.about.name, profile, record.folder / folder_beside(bundle), made=True)

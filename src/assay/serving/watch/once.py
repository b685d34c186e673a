"""`assay watch once`: a look now, by a timer or by hand."""

from __future__ import annotations

import logging
from datetime import UTC, datetime

from omegaconf import DictConfig

from assay.errors import BundleError, TrackingError
from assay.internet.public import networks_of
from assay.monitoring.take_look import TakenLook, take_look
from assay.serving.fetch.fetcher import Fetcher
from assay.serving.jobs.deliveries import Deliveries
from assay.serving.outbox import AlertOutbox
from assay.serving.places import existing_store, store_url
from assay.serving.watch.plan import WatchedModel, look_plan
from assay.serving.watch_request import WatchRequest

_log = logging.getLogger(__name__)


def watch_once(request: WatchRequest, config: DictConfig) -> TakenLook:
    """Look, unless this interval has its look, and send what is to be told.

    Raises:
        AssayError: there is no such bundle or no database, or it does not answer.
    """
    with existing_store(store_url(config, request.store)) as store:
        plan = look_plan(store, request.settings, lambda: _watched(request, config), url=request.alert_webhook)
        taken = take_look(store, plan, at=datetime.now(UTC))
        fetcher = Fetcher(networks=networks_of(request.fetch_networks))
        sender = Deliveries(store, AlertOutbox(), fetcher)
        sender.send_due()
        sender.close()
    return taken


def _watched(request: WatchRequest, config: DictConfig) -> WatchedModel:
    from assay.deploy.export.profile import watched
    from assay.registry.open_registry import store_of
    from assay.serving.origin import find_bundle

    bundle, origin = find_bundle(config, request.run)
    profile = None
    try:
        profile = watched(bundle, store_of(config)).profile
    except (BundleError, TrackingError) as error:  # the rest is watched all the same
        _log.info("no reference profile: %s", error)
    return WatchedModel(bundle.digest, profile, origin.model, origin.version)

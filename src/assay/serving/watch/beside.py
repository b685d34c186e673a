"""Puts the watcher beside a running service, and whoever tells its alerts."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from assay.errors import AssayError
from assay.internet.public import networks_of
from assay.monitoring.profile import Profile
from assay.serving.engine import Engine
from assay.serving.fetch.fetcher import Fetcher
from assay.serving.jobs.deliveries import Deliveries
from assay.serving.outbox import AlertOutbox
from assay.serving.service import Service
from assay.serving.watch.plan import WatchedModel, look_plan
from assay.serving.watch.watcher import Watcher

_log = logging.getLogger(__name__)


@contextmanager
def watching(service: Service) -> Iterator[Watcher | None]:
    """Watch a service and tell of alerts, for the block; None where it is not to be watched."""
    settings = service.settings
    sender = None
    if settings.alert_webhook:
        fetcher = Fetcher(networks=networks_of(settings.fetch_networks))
        sender = Deliveries(service.store, AlertOutbox(), fetcher)
        sender.start()
    watcher = None
    if settings.watch.every:
        plan = look_plan(
            service.store,
            settings.watch,
            lambda: watched_of(service.holder.engine),
            url=settings.alert_webhook,
            apart=True,
        )
        watcher = Watcher(service.store, plan)
    try:
        yield watcher
    finally:
        if watcher is not None:
            watcher.close()
        if sender is not None:
            sender.close()


def watched_of(engine: Engine) -> WatchedModel:
    """What an engine is, to who watches it."""
    return WatchedModel(engine.digest, _profile(engine), engine.origin.model, engine.origin.version)


def _profile(engine: Engine) -> Profile | None:
    """Its reference; None where its bundle has none, or one that cannot be read."""
    try:
        return engine.bundle.profile
    except AssayError as error:
        _log.warning("the reference profile cannot be read, so that drift is not seen: %s", error)
        return None

"""The scene of a look: the answers of the bundle that is watched, read from the log."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from assay.monitoring.bounds import WindowBounds
from assay.monitoring.dead_man import pulse
from assay.monitoring.estimate.slice_labels import slice_labels
from assay.monitoring.look import spent_alpha
from assay.monitoring.observation import Scene
from assay.monitoring.profile import Profile
from assay.monitoring.read_window import read_window
from assay.store.service_store import ServiceStore


def read_scene(
    store: ServiceStore, bounds: WindowBounds, bundle: str, profile: Profile | None, *, at: datetime
) -> Scene:
    """What a look looks at.

    Args:
        store: of the service.
        bounds: of the window.
        bundle: hex sha256 of what answers; "" where that is not known, so that only silence is looked for.
        profile: of it; None for none.
        at: the present.

    Raises:
        ServiceError: the store does not answer.
        DataError: the answers are not those of one bundle.
    """
    with store.reading() as connection:
        now = pulse(connection, at=at)
        if not bundle:
            return Scene(at, now)
        looks, spent = spent_alpha(connection, bundle=bundle)
        window = read_window(connection, replace(bounds, bundle=bundle), profile, now=at)
        since, until = bounds.span(at)
        labels = slice_labels(connection, since=since, until=until, bundle=bundle)
        return Scene(at, now, bundle, profile, window, labels, looks, spent)

"""disk: there is room, also for what the log grows by."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from assay.disk import disk_use
from assay.housekeeping.doctor.diagnosis import Diagnosis, broken, ok, warning
from assay.housekeeping.doctor.health_check import HealthCheck
from assay.housekeeping.doctor.installation import Installation, nearest
from assay.pages.numbers import file_size

ALMOST_FULL, LITTLE = 500_000_000, 5_000_000_000
"""Bytes below which writing will soon fail, and below which it is time to look."""
DAYS = 7
MAKE_ROOM = "assay clean older=7d --yes"


def _examine(installation: Installation) -> Iterator[Diagnosis]:
    volumes: dict[int, list[str]] = {}
    places: dict[int, Path] = {}
    for name, place in installation.places.items():
        device = nearest(place).stat().st_dev
        volumes.setdefault(device, []).append(name)
        places.setdefault(device, nearest(place))
    growth = bytes_per_day(installation)
    kept = nearest(installation.store_file or installation.folders.pictures.folder).stat().st_dev
    for device, names in volumes.items():
        free = shutil.disk_usage(places[device]).free
        yield room(", ".join(names), free, growth if device == kept else 0.0, installation.request.full_days)


def room(names: str, free: int, growth: float, full_days: float) -> Diagnosis:
    """What to say of a volume.

    Args:
        names: of the folders on it.
        free: bytes.
        growth: bytes a day.
        full_days: within which a full disk is warned of.
    """
    left = f"{names}: {file_size(free)} are free"
    if free < ALMOST_FULL:
        return broken(left, MAKE_ROOM)
    days = free / growth if growth > 0 else float("inf")
    if growth > 0:
        left += f", for {min(days, 9999):.0f} days at {file_size(int(growth))} a day"
    if days < full_days:
        return warning(left, f"{MAKE_ROOM}; keep less (retention=[predictions:90d] of assay serve), or a larger disk")
    return warning(left, MAKE_ROOM) if free < LITTLE else ok(left)


def bytes_per_day(installation: Installation) -> float:
    """What log and kept pictures grew by a day, within the last week; 0.0 where nothing was logged."""
    from sqlalchemy import func, select

    from assay.store.ids import as_time
    from assay.store.tables import PREDICTIONS

    if installation.no_tables:
        return 0.0
    since = installation.now - timedelta(days=DAYS)
    with installation.reading() as connection:
        recent = select(func.count(), func.min(PREDICTIONS.c.time)).where(PREDICTIONS.c.time >= as_time(since))
        rows, first = connection.execute(recent).one()
        total = connection.scalar(select(func.count()).select_from(PREDICTIONS)) or 0
    if not rows:
        return 0.0
    span = max(1.0, (installation.now - _moment(first)) / timedelta(days=1))
    file = installation.store_file
    per_row = file.stat().st_size / total if file is not None else 2000.0
    pictures = installation.folders.pictures.folder
    new = sum(
        disk_use(path).size
        for path in pictures.rglob("*")
        if path.is_file() and path.stat().st_mtime > since.timestamp()
    )
    return (rows * per_row + new) / span


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


CHECK = HealthCheck("disk", "There is room for what the log grows by", _examine)

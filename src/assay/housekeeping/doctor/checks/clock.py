"""clock: this machine's agrees with those of its file system, its database and its peers, and has not gone back."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path

from assay.database.url import without_password
from assay.housekeeping.doctor.diagnosis import Diagnosis, broken, ok, warning
from assay.housekeeping.doctor.health_check import HealthCheck
from assay.housekeeping.doctor.installation import Installation, nearest

FAR, NOTICED = timedelta(seconds=60), timedelta(seconds=3)
"""Signatures and sessions fail beyond the first; logs of two machines cannot be laid side by side beyond the second."""
SET = "let the system keep the time (timedatectl set-ntp true, or chrony), then assay doctor checks=[clock]"
WITHIN = 5.0


def _examine(installation: Installation) -> Iterator[Diagnosis]:
    for peer, moment in peers(installation):
        yield skew(peer, moment - installation.now)
    newest = newest_answer(installation)
    if newest is not None and newest - installation.now > FAR:
        ahead = (newest - installation.now).total_seconds()
        yield broken(f"the newest answer of the log is of {ahead:.0f} s from now: the clock has gone back", SET)


def skew(peer: str, ahead: timedelta) -> Diagnosis:
    """What to say of a peer.

    Args:
        peer: what it is called.
        ahead: how far its clock is before this one; to a second.
    """
    seconds = ahead.total_seconds()
    sentence = f"{peer} is {abs(seconds):.0f} s {'ahead of' if seconds > 0 else 'behind'} this machine"
    if abs(ahead) > FAR:
        return broken(sentence, SET)
    return warning(sentence, SET) if abs(ahead) > NOTICED else ok(f"{peer} agrees with this machine's clock")


def peers(installation: Installation) -> Iterator[tuple[str, datetime]]:
    """Who else has a clock -> what it says, each asked now; who does not answer is passed over, others check that."""
    folder = nearest(installation.store_file.parent if installation.store_file else installation.tracking.work)
    if os.access(folder, os.W_OK):
        yield f"the file system of {folder}", file_time(folder)
    if installation.store_file is None and not installation.no_tables:
        with installation.reading() as connection:
            moment = connection.exec_driver_sql("SELECT now()").scalar_one()
        yield "the service's database", moment.astimezone(UTC)
    addresses = {
        f"{installation.tracking.uri}/health": installation.tracking.has_server,
        f"{installation.request.address.rstrip('/')}/v1/health/live": bool(installation.request.address),
    }
    for address, asked in addresses.items():
        moment = http_time(address) if asked else None
        if moment is not None:
            yield without_password(address), moment


def file_time(folder: Path) -> datetime:
    """When a file that is written now was written, as the file system's own clock has it."""
    with tempfile.NamedTemporaryFile(dir=folder, prefix=".assay-clock-") as file:
        file.write(b"0")
        file.flush()
        return datetime.fromtimestamp(os.fstat(file.fileno()).st_mtime, UTC)


def http_time(address: str) -> datetime | None:
    """What a server says the time is, to a second; None where it does not."""
    import requests

    try:
        answer = requests.get(address, timeout=WITHIN)
        return parsedate_to_datetime(answer.headers["Date"]) + timedelta(seconds=0.5)
    except (requests.RequestException, KeyError, ValueError):
        return None


def newest_answer(installation: Installation) -> datetime | None:
    """When the last answer of the log was given; None where there is none."""
    from sqlalchemy import func, select

    from assay.store.tables import PREDICTIONS

    if installation.no_tables:
        return None
    with installation.reading() as connection:
        text = connection.scalar(select(func.max(PREDICTIONS.c.time)))
    return datetime.fromisoformat(text.replace("Z", "+00:00")) if text else None


CHECK = HealthCheck("clock", "The clock agrees with those around it, and has not gone back", _examine)

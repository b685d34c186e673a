"""tls: the certificate of the service goes with its key and holds for a while."""

from __future__ import annotations

from collections.abc import Iterator

from assay.housekeeping.doctor.diagnosis import Diagnosis, absent, ok, warning
from assay.housekeeping.doctor.health_check import HealthCheck
from assay.housekeeping.doctor.installation import Installation


def _examine(installation: Installation) -> Iterator[Diagnosis]:
    from assay.serving.tls import SOON, days_left, tls_context

    certificate, key = installation.request.tls_cert, installation.request.tls_key
    if not certificate:
        yield absent("no certificate was named (tls_cert=FILE)")
        return
    tls_context(certificate, key, at=installation.now)
    days = days_left(certificate, at=installation.now)
    if days <= SOON.days:
        yield warning(
            f"{certificate}: expires in {days:.0f} days",
            "put a renewed one in its place; a running service takes it without a restart",
        )
    else:
        yield ok(f"{certificate}: holds for {days:.0f} days")


CHECK = HealthCheck("tls", "The certificate goes with its key and holds", _examine)

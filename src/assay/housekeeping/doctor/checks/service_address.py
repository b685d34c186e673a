"""service: the one that runs says that it is ready."""

from __future__ import annotations

from collections.abc import Iterator

from assay.housekeeping.doctor.diagnosis import Diagnosis, absent, broken, ok
from assay.housekeeping.doctor.health_check import HealthCheck
from assay.housekeeping.doctor.installation import Installation

WITHIN = 5.0


def _examine(installation: Installation) -> Iterator[Diagnosis]:
    import requests

    address = installation.request.address.rstrip("/")
    if not address:
        yield absent("no address was named (address=http://127.0.0.1:8000)")
        return
    try:
        answer = requests.get(f"{address}/v1/health/ready", timeout=WITHIN)
    except requests.RequestException as error:
        yield broken(f"{address}: does not answer ({type(error).__name__})", "start it: assay serve")
        return
    if answer.ok:
        yield ok(f"{address} is ready")
    else:
        yield broken(
            f"{address}: answers {answer.status_code}: {_reason(answer.text)}", "see its log, or start it again"
        )


def _reason(text: str) -> str:
    return " ".join(text.split())[:200]


CHECK = HealthCheck("service", "The running service is ready", _examine)

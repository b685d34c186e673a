"""leftovers: what nobody needs any more does not take much room."""

from __future__ import annotations

from collections.abc import Iterator

from assay.housekeeping.clean import clean
from assay.housekeeping.doctor.diagnosis import Diagnosis, ok, warning
from assay.housekeeping.doctor.health_check import HealthCheck
from assay.housekeeping.doctor.installation import Installation
from assay.housekeeping.request import CleanRequest
from assay.pages.numbers import file_size

MUCH = 1_000_000_000


def _examine(installation: Installation) -> Iterator[Diagnosis]:
    cleaning = clean(CleanRequest(), installation.config)
    sentence = f"{file_size(cleaning.size)} of caches and leftovers were not used for 30 days"
    yield warning(sentence, "assay clean --yes") if cleaning.size > MUCH else ok(sentence)


CHECK = HealthCheck("leftovers", "What nobody needs takes little room", _examine)

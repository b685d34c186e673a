"""`assay doctor`: ask every check, and mend where that is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from omegaconf import DictConfig

from assay.errors import ConfigError, did_you_mean
from assay.housekeeping.doctor.catalogue import all_checks
from assay.housekeeping.doctor.diagnosis import MEND, STATES, Diagnosis
from assay.housekeeping.doctor.health_check import HealthCheck
from assay.housekeeping.doctor.installation import Installation
from assay.housekeeping.doctor.request import DoctorRequest


@dataclass(frozen=True)
class Examination:
    """What was seen.

    Attributes:
        diagnoses: of all checks, in their order; what was mended as it is now.
        mended: names of checks that put something right.
        asked: name of each check -> what it asks.
    """

    diagnoses: tuple[Diagnosis, ...]
    mended: tuple[str, ...]
    asked: dict[str, str]

    def of_state(self, state: str) -> tuple[Diagnosis, ...]:
        """Those of a state."""
        return tuple(diagnosis for diagnosis in self.diagnoses if diagnosis.state == state)

    @property
    def worst(self) -> str:
        """The worst state of all."""
        return next((state for state in STATES if self.of_state(state)), "ok")


def doctor(request: DoctorRequest, config: DictConfig) -> Examination:
    """Look at this installation.

    Raises:
        ConfigError: there is no such check.
    """
    return examine(Installation(request, config), chosen(request.checks))


def chosen(names: Sequence[str]) -> tuple[HealthCheck, ...]:
    """The checks of these names, all of them without one.

    Raises:
        ConfigError: there is no such check.
    """
    known = {check.name: check for check in all_checks()}
    for name in names:
        if name not in known:
            raise ConfigError(f"checks=[{name}]: no such check; {did_you_mean(name, known)}")
    return tuple(check for name, check in known.items() if not names or name in names)


def examine(installation: Installation, checks: Sequence[HealthCheck]) -> Examination:
    """Ask these checks, in their order, and mend what they find where the request says so."""
    seen: list[Diagnosis] = []
    mended: list[str] = []
    for check in checks:
        diagnoses = check(installation)
        wanted = any(diagnosis.fix == MEND for diagnosis in diagnoses)
        if installation.request.mend and wanted and check.mend is not None:
            check.mend(installation)
            mended.append(check.name)
            diagnoses = check(installation)
        seen += diagnoses
    return Examination(tuple(seen), tuple(mended), {check.name: check.asked for check in checks})

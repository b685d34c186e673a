"""HealthCheck: one question about an installation, and how a machine puts right what it finds."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from assay.errors import AssayError
from assay.failures import words_of
from assay.housekeeping.doctor.diagnosis import Diagnosis, broken, broken_by
from assay.housekeeping.doctor.installation import Installation


@dataclass(frozen=True)
class HealthCheck:
    """A check of `assay doctor`.

    Attributes:
        name: as it is typed in `checks=[…]`.
        asked: what is asked, as a sentence without a full stop.
        examine: looks, and says what it sees; changes nothing.
        mend: puts right what `examine` names `assay doctor --mend` for; None where a machine cannot.
    """

    name: str
    asked: str
    examine: Callable[[Installation], Iterable[Diagnosis]]
    mend: Callable[[Installation], None] | None = None

    def __call__(self, installation: Installation) -> tuple[Diagnosis, ...]:
        """What it says of an installation; what cannot be looked at is broken, and nothing is raised."""
        try:
            seen = tuple(self.examine(installation))
        except AssayError as error:
            seen = (broken_by(error, self._again),)
        except Exception as error:
            seen = (broken(f"cannot be looked at: {words_of(error)}", self._again),)
        return tuple(replace(diagnosis, check=self.name) for diagnosis in seen)

    @property
    def _again(self) -> str:
        return f"see to it, then assay doctor checks=[{self.name}]"

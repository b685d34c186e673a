"""Check: one thing that the gate asks; what cannot be checked has failed."""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

from assay.errors import AssayError
from assay.gate.case import Case
from assay.gate.verdict import CheckPart, CheckResult

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Finding:
    """What a check has seen.

    Attributes:
        passed: whether that is what was asked for.
        sentence: it as a sentence, with what is missing where it failed.
        parts: numbers, where there are any.
        bound: that the numbers had to keep.
    """

    passed: bool
    sentence: str
    parts: tuple[CheckPart, ...] = ()
    bound: float | None = None


class Check(ABC):
    """A frozen dataclass whose fields are the arguments in `conf/gate/*.yaml`.

    Attributes:
        hard: whether a failure cannot be overridden: without it, what was measured is not what would be served.
        stricter: argument -> "higher" or "lower", the side on which more is asked; "given" where more is asked once
            there is a value; "either" where none asks for less. What says nothing asks for less with any other value.
    """

    hard: ClassVar[bool] = False
    stricter: ClassVar[dict[str, str]] = {}

    @property
    @abstractmethod
    def asked(self) -> str:
        """What is asked for, as a sentence without a full stop."""

    @abstractmethod
    def evaluate(self, case: Case) -> Finding:
        """Look at the case; an AssayError says that it cannot be checked."""

    def __call__(self, case: Case) -> CheckResult:
        """Whether the candidate passes; an error of any kind is a failure, never raised."""
        try:
            finding = self.evaluate(case)
        except AssayError as error:
            finding = Finding(False, f"could not be checked: {error}")
        except Exception as error:
            _log.debug("the check %s failed", type(self).__name__, exc_info=True)
            finding = Finding(False, f"could not be checked: {type(error).__name__}: {error}")
        kind = type(self).__name__
        return CheckResult(
            kind, kind, self.asked, finding.sentence, finding.passed, finding.bound, finding.parts, self.hard
        )

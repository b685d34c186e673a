"""Diagnosis: what a check of an installation has seen, and what mends it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from assay.errors import AssayError

MEND = "assay doctor --mend"
"""The fix of whatever a machine can put right without losing anything."""
STATES = ("broken", "warning", "ok", "absent")
"""The worst first; `absent` says that there is nothing of the kind yet."""


@dataclass(frozen=True)
class Diagnosis:
    """One thing that a check says.

    Attributes:
        state: of `STATES`.
        sentence: what is so.
        fix: what to type or do about it; "" where nothing has to be done.
        check: name of the check.
    """

    state: str
    sentence: str
    fix: str = ""
    check: str = ""

    def __post_init__(self) -> None:
        if self.state not in STATES:
            raise ValueError(f"state must be one of {STATES}, got {self.state!r}")
        if self.state in ("broken", "warning") and not self.fix:
            raise ValueError(f"{self.sentence}: says nothing about what to do")


def ok(sentence: str) -> Diagnosis:
    """All is well."""
    return Diagnosis("ok", sentence)


def absent(sentence: str) -> Diagnosis:
    """There is nothing to look at yet."""
    return Diagnosis("absent", sentence)


def warning(sentence: str, fix: str) -> Diagnosis:
    """It works, and will not for long, or not as it should."""
    return Diagnosis("warning", sentence, fix)


def broken(sentence: str, fix: str) -> Diagnosis:
    """It does not work, or does what must not be."""
    return Diagnosis("broken", sentence, fix)


def broken_by(error: AssayError, otherwise: str) -> Diagnosis:
    """What an error says: its last clause is what to do.

    Args:
        error: whose message says what is wrong, then what to do.
        otherwise: what to do where the message is of one clause.
    """
    parts = re.split(r"[.;] (?=[^.;]*$)|[.;] (?=[A-Z])", " ".join(str(error).split()), maxsplit=1)
    return broken(parts[0], parts[1] if len(parts) > 1 else otherwise)

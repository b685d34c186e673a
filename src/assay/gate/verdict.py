"""Verdict: what the gate was asked, what every check found, and what was decided, as a value written to disk."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal

from assay.evaluation.record import load_record, save_record
from assay.files import digest_of
from assay.measurement import Measurement

SCHEMA_VERSION = 1
Decision = Literal["promote", "refuse"]


@dataclass(frozen=True)
class CheckPart:
    """One number that a check looked at: an overall one, or that of one class.

    Attributes:
        of: the class, or "" for an overall number.
        measured: value, interval and number of images; None where nobody measured it.
        passed: whether it keeps the bound.
        shortfall: by how much it does not, in the metric's own unit; None where it does, or is not known.
        bound: its own, where it is not that of the check.
    """

    of: str
    measured: Measurement | None
    passed: bool
    shortfall: float | None = None
    bound: float | None = None


@dataclass(frozen=True)
class CheckResult:
    """What one check found.

    Attributes:
        name: its key in the gate's file.
        kind: of check: "Floor", "Superior", "NoLeak", …
        asked: what was asked for, as a sentence.
        found: what was found and, where it is refused, what is missing, as a sentence.
        passed: whether it passed; what could not be checked has not.
        bound: the number that had to be kept, None where there is none.
        parts: the numbers it looked at.
        hard: whether nobody can override it: without it, what was measured is not what would be served.
    """

    name: str
    kind: str
    asked: str
    found: str
    passed: bool
    bound: float | None = None
    parts: tuple[CheckPart, ...] = ()
    hard: bool = False


@dataclass(frozen=True)
class Override:
    """A person who lets a candidate pass that the gate refused.

    Attributes:
        by: who.
        reason: why.
    """

    by: str
    reason: str


@dataclass(frozen=True)
class Verdict:
    """What was decided about a candidate.

    Attributes:
        model: name of the registered model.
        run_id: of the candidate.
        run_name: of the candidate.
        backbone: of the candidate.
        bundle_digest: of the candidate's bundle.
        gate: name of the gate.
        gate_digest: of its checks with all their bounds.
        checks: every one of them, failed or not.
        decision: "promote" when all have passed or a person overrode them.
        override: who let it pass, None where nobody had to.
        champion: version that reigned when it was judged, "" for none.
        champion_digest: of that version's bundle, "" for none.
        test_digest: of the test images.
        n: how many they are.
        challenger: how many runs, this one included, had been measured on these images.
        metrics: the candidate's main numbers, as scored by the gate.
        author: who asked.
        time: ISO 8601, UTC.
        git_commit: of the code that judged.
        lock_digest: of the packages installed then.
        notes: sentences that a reader has to know.
        serves: format that the bundle answers in; "" where there is none.
    """

    model: str
    run_id: str
    run_name: str
    backbone: str
    bundle_digest: str
    gate: str
    gate_digest: str
    checks: tuple[CheckResult, ...]
    decision: Decision
    override: Override | None
    champion: str
    champion_digest: str
    test_digest: str
    n: int
    challenger: int
    metrics: dict[str, Measurement]
    author: str
    time: str
    git_commit: str
    lock_digest: str
    notes: tuple[str, ...] = field(default=())
    serves: str = ""

    @property
    def failed(self) -> tuple[CheckResult, ...]:
        """The checks that did not pass."""
        return tuple(check for check in self.checks if not check.passed)

    @property
    def digest(self) -> str:
        """Hex sha256 of all of it."""
        return digest_of(asdict(self))

    def save(self, path: Path) -> None:
        """Write JSON, whole or not at all; a NaN anywhere is an error, never written."""
        save_record(path, self, schema=SCHEMA_VERSION)

    @classmethod
    def load(cls, path: Path) -> Verdict:
        """Read what `save` wrote.

        Raises:
            DataError: the file cannot be read, or holds something else.
        """
        return load_record(path, cls, "verdict", schema=SCHEMA_VERSION)

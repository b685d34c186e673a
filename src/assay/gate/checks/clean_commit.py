"""CleanCommit: the code that trained the candidate can be found again."""

from __future__ import annotations

import re
from dataclasses import dataclass

from assay.gate.case import Case
from assay.gate.check import Check, Finding


@dataclass(frozen=True)
class CleanCommit(Check):
    """The run names a git commit, and its code had no changes beside it."""

    @property
    def asked(self) -> str:
        """What is asked for."""
        return "Trained by code that is in a git commit, without further changes"

    def evaluate(self, case: Case) -> Finding:
        """Read commit and dirty flag of bundle and run."""
        about, tags = case.candidate.bundle.about, case.run.record.tags
        if (about.git_commit, about.git_dirty) != (tags.get("git_commit", "none"), tags.get("git_dirty", "unknown")):
            return Finding(False, "bundle and run name different code")
        if not re.fullmatch(r"[0-9a-f]{40,64}", about.git_commit):
            return Finding(False, f"its commit is {about.git_commit!r}; train in a git checkout")
        if about.git_dirty != "false":
            state = "had uncommitted changes" if about.git_dirty == "true" else "was in an unknown state"
            return Finding(False, f"the code at {about.git_commit[:12]} {state}; commit, and train again")
        return Finding(True, f"commit {about.git_commit[:12]}, nothing uncommitted")

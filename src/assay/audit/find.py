"""Find: run the finders that were asked for over a dataset."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Protocol

from assay.audit.finders.copies import find_copies
from assay.audit.finders.label import find_label_issues
from assay.audit.finders.leak import find_leaks
from assay.audit.finders.quality import find_quality
from assay.audit.finders.rights import find_rights
from assay.audit.finders.shortcut import find_shortcuts
from assay.audit.finding import KINDS, Finding
from assay.audit.findings import Findings
from assay.audit.kept import kept_findings
from assay.audit.settings import FindSettings, Sources
from assay.data.manifest import Manifest


class Finder(Protocol):
    """Looks for findings of one kind."""

    def __call__(self, manifest: Manifest, sources: Sources, settings: FindSettings) -> Findings:
        """What there is of it."""
        ...


FINDERS: Mapping[str, Finder] = {
    "quality": find_quality,
    "copies": find_copies,
    "leak": find_leaks,
    "label": find_label_issues,
    "shortcut": find_shortcuts,
    "rights": find_rights,
}


def find(manifest: Manifest, sources: Sources, settings: FindSettings | None = None) -> Findings:
    """What spoils an experiment that is made on this dataset.

    Args:
        manifest: its images, with splits or without.
        sources: what else may be asked.
        settings: what is looked for; None takes what needs nothing but the files.
    """
    settings = settings or FindSettings()
    findings = Findings()
    for kind in KINDS:
        if kind not in settings.kinds or kind not in FINDERS:
            findings = findings.joined(Findings(skipped={kind: f"not asked for: kinds=[{kind}]"}))
        else:
            look = partial(FINDERS[kind], manifest, sources, settings)
            own = kept_findings(kind, manifest, sources, settings, look)
            findings = findings.joined(
                replace(own, findings=surest_first(own.findings), looked_at=() if kind in own.skipped else (kind,))
            )
    return findings


def surest_first(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """In an order that does not depend on that of the files."""
    return tuple(sorted(findings, key=lambda finding: (-finding.score, finding.name, finding.images, finding.paths)))

"""Screening: which generated images pass by their distances and their share of copies, class by class."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from assay.synthetic.fidelity.record import ALL, FidelityEvidence, FidelityRow
from assay.synthetic.training.limits import Limits

Decision = Literal["keep", "discard", "undecided"]


@dataclass(frozen=True)
class ScreenFinding:
    """One thing that was asked of the images of a class and generator.

    Attributes:
        what: "images", "kid", "fid", "copies" or "f1".
        passed: None where evidence is missing, which is never taken for a pass.
        words: the numbers, or what is missing.
    """

    what: str
    passed: bool | None
    words: str


@dataclass(frozen=True)
class Screened:
    """The findings about one generator's images of one class.

    Attributes:
        generator: its name.
        name: of the class.
        generated: images.
        findings: in the order of asking.
    """

    generator: str
    name: str
    generated: int
    findings: tuple[ScreenFinding, ...]

    @property
    def decision(self) -> Decision:
        """Discarded by one failure, kept only if everything that is asked passed."""
        passed = [finding.passed for finding in self.findings]
        if False in passed:
            return "discard"
        return "undecided" if None in passed or not passed else "keep"

    @property
    def reasons(self) -> str:
        """What speaks against keeping the images; all findings where nothing does."""
        wanted = {"keep": True, "discard": False, "undecided": None}[self.decision]
        return "; ".join(finding.words for finding in self.findings if finding.passed is wanted)


def screen(evidence: FidelityEvidence, limits: Limits) -> tuple[Screened, ...]:
    """Every class of every generator against the limits, generator by generator."""
    screened = []
    for generator in evidence.generators:
        for name in evidence.class_names:
            row = evidence.row(name, generator)
            findings = (
                (ScreenFinding("images", None, "not measured"),) if row is None else _findings(row, evidence, limits)
            )
            screened.append(Screened(generator, name, 0 if row is None else row.generated, findings))
    return tuple(screened)


def _findings(row: FidelityRow, evidence: FidelityEvidence, limits: Limits) -> tuple[ScreenFinding, ...]:
    assert row.name != ALL
    least = limits.images
    few = min(row.real, row.generated) < least or 0 in (row.real, row.generated)
    message = f"{row.generated} generated and {row.real} real images"
    findings = [
        ScreenFinding("images", None if few else True, f"{message}, {least} of each are needed" if few else message)
    ]
    if limits.kid is not None:
        findings.append(_kid(row, limits.kid.get(row.name)))
    fid = limits.fid_for(evidence.extractor)
    if fid is not None:
        findings.append(_fid(row, fid))
    if limits.copies is not None:
        findings.append(_copies(row, limits.copies))
    return tuple(findings)


def _kid(row: FidelityRow, limit: float | None) -> ScreenFinding:
    score = row.scores.get("kid")
    if score is None or score.value is None:
        return ScreenFinding("kid", None, score.statement if score and score.statement else "no KID")
    low, high = score.measured.low, score.measured.high
    if low is None or high is None:
        return ScreenFinding("kid", None, f"KID {score.value:.3g} without an interval")
    message = f"KID {score.value:.3g} ({low:.3g} to {high:.3g})"
    if limit is None:
        return ScreenFinding(
            "kid", None, f"{message}, and no limit: too few real images of this class or of the others"
        )
    if low > limit:
        return ScreenFinding("kid", False, f"{message}, significantly above {limit:.3g}")
    return ScreenFinding("kid", True, f"{message}, not significantly above {limit:.3g}")


def _fid(row: FidelityRow, limit: float) -> ScreenFinding:
    score = row.scores.get("fid_full")
    if score is None or score.value is None:
        return ScreenFinding("fid", None, score.statement if score and score.statement else "no FID")
    passed = score.value < limit
    return ScreenFinding(
        "fid", passed, f"{score.name} {score.value:.4g}, {'below' if passed else 'not below'} {limit:g}"
    )


def _copies(row: FidelityRow, limit: float) -> ScreenFinding:
    share = None if row.copies is None else row.copies.share.value
    if share is None:
        return ScreenFinding("copies", None, "copies were not looked for")
    passed = share < limit
    return ScreenFinding("copies", passed, f"{share:.1%} copies, {'below' if passed else 'not below'} {limit:.1%}")

"""What page and terminal say alike of a report."""

from __future__ import annotations

from assay.comparison.words import rounded
from assay.measurement import Measurement
from assay.pages.numbers import interval, percent, shown
from assay.serving.experiment_report.record import Agreement, ExperimentFinding


def needs(finding: ExperimentFinding) -> list[str]:
    """How many reviewed pictures or keys it takes, and for what; empty where nothing is known yet."""
    if finding.always.value is None:
        return []
    lines = []
    of_all = f"{finding.unit} altogether (there are {finding.always.n:,})"
    if finding.needed_for_width is not None:
        count = rounded(finding.needed_for_width)
        lines.append(f"an interval {finding.width:g} wide that holds at every look takes about {count} {of_all}")
    if finding.needed_for_power is not None:
        count = rounded(finding.needed_for_power)
        lines.append(f"one look, planned before, finds a difference like this with 80% power from about {count}")
    return lines


def agreement_words(agreement: Agreement) -> str:
    """How often both say the same, and what they most often do not."""
    words = f"{_share(agreement.same)} of {agreement.same.n:,} have the same class"
    apart = [(ours, theirs, count) for ours, theirs, count in agreement.labels if ours != theirs]
    if apart:
        ours, theirs, count = apart[0]
        words += f"; most often apart: the champion says {ours}, the shadow {theirs} ({count:,})"
    return words


def _share(measured: Measurement) -> str:
    if measured.value is None:
        return "none"
    between = interval(measured)
    return f"{percent(measured.value)}{f' ({between})' if between else f' ({shown(measured.value)})'}"

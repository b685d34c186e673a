"""The note that a run carries in the MLflow UI: what came out, of what, and where its report is."""

from __future__ import annotations

from assay.evaluation.catalogue import metric
from assay.evaluation.evidence import Evidence
from assay.pages.numbers import images, interval, shown
from assay.run.report import REPORT

NOTE = "mlflow.note.content"
HEADLINE = ("macro_f1", "accuracy")


def note(evidence: Evidence, run_id: str, made_of: str) -> str:
    """Three lines of Markdown.

    Args:
        evidence: of the run.
        run_id: of the run.
        made_of: backbone and images in a few words.
    """
    numbers = []
    for name in HEADLINE:
        if (measured := evidence.metrics.get(name)) is not None:
            between = interval(measured)
            numbers.append(f"{metric(name).label} {shown(measured.value)}" + (f" ({between})" if between else ""))
    measured_on = f"{images(evidence.n)} of {evidence.split}, {evidence.confidence:.0%} intervals"
    report = f"Report: `{REPORT}` among the artifacts, or `assay report {run_id[:8]}`"
    return "\n\n".join([f"**{', '.join(numbers)}** on {measured_on}", made_of, report])

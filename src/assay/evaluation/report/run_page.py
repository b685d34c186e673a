"""The report of a run: one HTML file that needs nothing else, for people who would rather look than read."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from markupsafe import Markup

from assay.evaluation.catalogue import metric, shown_on
from assay.evaluation.evidence import Evidence
from assay.evaluation.report.sections import all_sections
from assay.evaluation.report.subject import Subject
from assay.pages.page import save_page
from assay.pages.templates import templates


def write_report(path: Path, subject: Subject, *, title: str, facts: Mapping[str, str] | None = None) -> None:
    """Write the page, whole or not at all.

    Args:
        path: the HTML file.
        subject: what it shows.
        title: what was trained.
        facts: name -> text for the top of the page: model, data, when, commit, …
    """
    evidence = subject.evidence
    environment = templates("assay.evaluation.report")
    shared = {
        "evidence": evidence,
        "level": f"{evidence.confidence * 100:.3g}%",
        "reasons": _reasons(evidence),
    }
    rendered = []
    for section in all_sections():
        values = section.values(subject)
        if values is not None:
            template = templates(section.package).get_template(f"sections/{section.key}.html.j2")
            rendered.append((section, Markup(template.render(**shared, **values))))
    save_page(
        path,
        environment,
        "page.html.j2",
        **shared,
        title=title,
        facts=dict(facts or {}),
        headline=[(name, evidence.metrics[name], metric(name)) for name in shown_on("report", evidence.metrics)],
        sections=rendered,
    )


def _reasons(evidence: Evidence) -> dict[str, str]:
    """For each undefined metric the first note that names it."""
    reasons = {}
    for name, measured in evidence.metrics.items():
        spoken = name.removesuffix("_uncalibrated").replace("_", " ")
        notes = [note for note in evidence.notes if spoken in note.casefold().replace("-", " ")]
        if measured.value is None and notes:
            reasons[name] = notes[0]
    return reasons

"""The page of a drift report: one file that needs nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from assay.comparison.page import p_value
from assay.monitoring.drift.figures import distribution_figure, effects_figure, mix_figure
from assay.monitoring.drift.report import DriftReport, DriftTest
from assay.pages.page import save_page
from assay.pages.svg import to_svg
from assay.pages.templates import templates

VERDICTS = {
    "drift": "Drift",
    "no drift": "No drift seen",
    "cannot be said": "Nothing can be said",
    "too few": "Too few pictures",
}


def write_page(path: Path, report: DriftReport) -> None:
    """Write the page, whole or not at all.

    Args:
        path: the HTML file.
        report: that is shown.
    """
    environment = templates("assay.monitoring.drift")
    environment.filters.update(p_value=p_value)
    tested = [test for test in report.tests if test.p is not None]
    save_page(
        path,
        environment,
        "drift.html.j2",
        report=report,
        verdict=VERDICTS[report.verdict],
        facts=facts(report),
        multiples=[(test, to_svg(figure)) for test in _by_effect(tested) if (figure := distribution_figure(test))],
        effects=to_svg(effects_figure(tested)) if tested else "",
        mix=to_svg(mix_figure(report.mix)) if report.mix else "",
        asked_psi=any(test.psi is not None for test in tested),
        untested=[test for test in report.tests if test.p is None],
    )


def facts(report: DriftReport) -> dict[str, str]:
    """Name -> text, for the top of the page and of the terminal."""
    named = {
        "pictures": f"{report.n:,}",
        report.source_word: f"{report.sources:,}, as {report.effective_sources:.0f} of equal weight",
        "largest of them": f"{report.largest_source:.0%} of the pictures",
        "reference": f"{report.reference_n:,} images of calib and test",
        "window": f"{report.start[:16].replace('T', ' ')} to {report.end[:16].replace('T', ' ')} UTC",
        "model": report.model,
        "tests": f"{sum(test.p is not None for test in report.tests)}, together at level {report.level:.3g}",
    }
    if not report.start:
        named.pop("window")
    return {name: text for name, text in named.items() if text}


def _by_effect(tests: Sequence[DriftTest]) -> list[DriftTest]:
    return sorted(tests, key=lambda test: (not test.significant, -test.effect))

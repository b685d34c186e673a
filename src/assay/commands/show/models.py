"""What the terminal shows of registered models: a table of versions for each, and its history as a line of blocks."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from assay.commands.document import measurement_cells
from assay.evaluation.catalogue import MAIN, label_of
from assay.gate.report.verdict_page import metric_label
from assay.pages.numbers import shown
from assay.registry.model_overviews import ModelOverviews
from assay.registry.report.overview import SAID, Overview, VersionView
from assay.registry.report.sparkline import sparkline
from assay.studies.decision.metric import interval, number
from assay.terminal import joined, styled, terminal

STYLES = {"passed": "green", "overridden": "yellow", "accepted": "yellow", "pending": "dim", "unjudged": "red"}
WIDE, NARROW = 4, 2
"""Metrics that fit beside the rest, in a terminal of 120 columns and in a smaller one."""


def show(overviews: Sequence[Overview], repairs: Sequence[str], page: Path | None) -> None:
    """Print it.

    Args:
        overviews: of the models.
        repairs: what settling did.
        page: of the same, None without models.
    """
    console = terminal()
    for sentence in repairs:
        console.print(f"• {sentence}", style="yellow")
    if not overviews:
        console.print("the registry is empty; assay promote run=… gate=… registers the first model")
    for model in overviews:
        console.print(table(model, most=WIDE if console.width >= 120 else NARROW))
        _history(console, model)
    if page is not None:
        console.print(f"page      {page}", soft_wrap=True)


def table(model: Overview, *, most: int) -> Table:
    """Versions in rows, the newest first."""
    shown_metrics = model.metrics[:most]
    made = Table(title=model.name, title_justify="left", show_lines=True)
    made.add_column("version", no_wrap=True)
    made.add_column("verdict", ratio=1)
    for name in shown_metrics:
        made.add_column(metric_label(name))
    made.add_column("made", overflow="fold")
    for version in model.versions:
        cells = [_number(version, name) for name in shown_metrics]
        made.add_row(_version(version), _outcome(version), *cells, _made(version))
    return made


def _history(console: Console, model: Overview) -> None:
    values = model.reigned(MAIN)
    if values:
        ends = shown(values[0]) if len(values) == 1 else f"{shown(values[0])} → {shown(values[-1])}"
        line = f"{label_of(MAIN)} of successive champions  {sparkline(values)}  {ends}"
        versions = "version" if len(model.reigns) == 1 else "versions"
        console.print(f"{line}, {versions} {', '.join(model.reigns)}")
    console.print(model.counts)
    for finding in model.findings:
        console.print(joined(styled("✗", "bold red"), f" {finding}"))
    console.print()


def _version(version: VersionView) -> Text:
    aliases = [styled(f"{'★ ' if alias == 'champion' else ''}{alias}", "bold") for alias in version.aliases]
    return joined(str(version.version), *aliases, separator="\n")


def _outcome(version: VersionView) -> Text:
    gate = f"gate {version.gate}" if version.gate else ""
    outcome = styled(SAID[version.outcome], STYLES[version.outcome])
    return joined(outcome, styled(gate, "dim"), version.why, separator="\n")


def _number(version: VersionView, name: str) -> str | Text:
    measured = version.metrics.get(name)
    if measured is None:
        return "—"
    spread = interval(name, measured, "–")
    return joined(number(name, measured.value), styled(spread, "dim"), separator="\n")


def _made(version: VersionView) -> str:
    return "\n".join(text for text in (version.date, version.backbone, version.run_id[:8]) if text)


def text(result: ModelOverviews, request: object) -> None:
    """Print the models."""
    show(result.models, result.repairs, result.page)


def document(result: ModelOverviews, request: object) -> dict[str, Any]:
    """Every model with its versions, and where the page is."""
    return {"page": result.page, "repairs": result.repairs, "models": result.models}


def rows(result: ModelOverviews, request: object) -> list[dict[str, Any]]:
    """One row for each version and metric; a version without a metric has one row."""
    return [
        {
            "model": model.name,
            "version": version.version,
            "aliases": " ".join(version.aliases),
            "outcome": version.outcome,
            "gate": version.gate,
            "run": version.run_id,
            "metric": name,
            **({} if measured is None else measurement_cells(measured)),
        }
        for model in result.models
        for version in model.versions
        for name, measured in (version.metrics.items() or [("", None)])
    ]

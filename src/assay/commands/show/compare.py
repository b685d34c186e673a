"""What the terminal shows of a comparison: a table for each variant, and where to look next."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rich.table import Table

from assay.commands.document import measurement_cells
from assay.comparison import Claim, Comparison, VariantComparison
from assay.comparison.page import findings, p_value
from assay.evaluation.catalogue import label_of
from assay.pages.numbers import interval, shown, signed
from assay.studies.comparison.compare import ComparedRuns
from assay.terminal import terminal

WIDE = 120
"""Columns of a terminal from which everything fits."""
STYLES = {"better": "green", "worse": "red", "different": "cyan"}
MARKS = {"better": "▲ ", "worse": "▼ ", "different": "◆ "}


def show(comparison: Comparison, folder: Path) -> None:
    """Print tables, sentences, and the place of page and tables."""
    console = terminal()
    for variant in comparison.variants:
        console.print(table(comparison, variant, narrow=console.width < WIDE))
        for sentence in findings(comparison, variant):
            console.print(f"• {sentence}")
        console.print()
    for note in comparison.notes:
        console.print(f"• {note}", style="dim")
    console.print(f"page     {folder / 'index.html'}", soft_wrap=True)
    console.print(f"tables   {folder / 'comparison.csv'} · comparison.json · changed.csv", soft_wrap=True)


def table(comparison: Comparison, variant: VariantComparison, *, narrow: bool = False) -> Table:
    """One row per claim; those per class under a line. A narrow one leaves the two values and p to the page."""
    title = f"{variant.side.name} against {comparison.baseline.name}, {comparison.n:,} test images"
    shown = Table(title=title, title_justify="left")
    shown.add_column("metric", no_wrap=not narrow, min_width=14)
    interval = f"{comparison.confidence * 100:.3g}% interval"
    for name in ("difference", interval) if narrow else ("baseline", "variant", "difference", interval, "p, Holm"):
        shown.add_column(name, justify="right", no_wrap=True)
    shown.add_column("verdict")
    whole = [claim for claim in variant.claims if claim.class_name is None]
    for claim in variant.claims:
        last = bool(whole) and claim is whole[-1]
        cells = _cells(claim)
        shown.add_row(
            *((cells[0], *cells[3:5], cells[6]) if narrow else cells),
            style=STYLES.get(claim.verdict, ""),
            end_section=last,
        )
    return shown


def _cells(claim: Claim) -> tuple[str, ...]:
    difference = claim.difference
    return (
        label_of(claim.metric, claim.class_name),
        shown(claim.baseline),
        shown(claim.variant),
        signed(difference.value),
        interval(difference, write=signed),
        p_value(claim.p_holm),
        MARKS.get(claim.verdict, "") + claim.words.removesuffix(" for 80% power").replace("; about ", "; ~"),
    )


def text(result: ComparedRuns, request: object) -> None:
    """Print the comparison."""
    show(result.comparison, result.folder)


def document(result: ComparedRuns, request: object) -> dict[str, Any]:
    """The comparison, and where its pages are."""
    return {"folder": result.folder, "comparison": result.comparison}


def rows(result: ComparedRuns, request: object) -> list[dict[str, Any]]:
    """One row for each claim; value, low, high, n and method are of the difference."""
    return [
        {
            "variant": variant.side.name,
            "metric": claim.metric,
            "class": claim.class_name,
            "baseline_value": claim.baseline,
            "variant_value": claim.variant,
            **measurement_cells(claim.difference),
            "p": claim.p,
            "p_holm": claim.p_holm,
            "verdict": claim.verdict,
        }
        for variant in result.comparison.variants
        for claim in variant.claims
    ]

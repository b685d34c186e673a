"""What the terminal shows of fidelity evidence: what it says, a line for each class, and where to look next."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rich import box
from rich.table import Table
from rich.text import Text

from assay.commands.document import measurement_cells
from assay.errors import TrackingError
from assay.evaluation.catalogue import fields_on
from assay.pages.numbers import interval, percent
from assay.run.fidelity_run import MeasuredFidelity
from assay.synthetic.fidelity.record import ALL, FidelityEvidence, FidelityRow, FidelityScore
from assay.synthetic.fidelity.row import SHARES
from assay.synthetic.report.words import findings, number, probability, row_title, undefined_scores
from assay.terminal import joined, styled, terminal

NARROW = ("precision", "recall")
WIDE = 150
MOST_ROWS = 60


def show(evidence: FidelityEvidence, folder: Path, recorded: str) -> None:
    """Print it."""
    console = terminal()
    console.print(table(evidence, narrow=console.width < WIDE))
    for sentence in findings(evidence):
        console.print(f"• {sentence}")
    for sentence, where in undefined_scores(evidence):
        console.print(f"• {sentence} ({where})", style="dim")
    for note in evidence.notes:
        console.print(f"• {note}", style="dim")
    for name, text in (
        ("page", folder / "fidelity.html"),
        ("tables", f"{folder / 'fidelity.csv'} · pairs.csv · fidelity.json"),
        ("pictures", f"{folder / 'sheet.png'} · generated.png · pairs.png · scores.png"),
        ("record", recorded),
        ("review", f"assay review sample synthetic={shlex.quote(str(folder))}"),
    ):
        console.print(f"{name:<9} {text}", soft_wrap=True)


def table(evidence: FidelityEvidence, *, narrow: bool = False) -> Table:
    """Rows by generator and class; a narrow one leaves intervals, density, coverage and p to the page."""
    title = f"kid[{evidence.extractor}], {evidence.fid_kind}; in brackets real against real at the same sizes"
    frame = box.SIMPLE_HEAD if narrow else box.HEAVY_HEAD
    shown = Table(title=title, title_justify="left", box=frame, padding=(0, 1, 0, 0) if narrow else (0, 1))
    heads = ["generator", "class", "real", "gen.", _head("kid", narrow), *([] if narrow else ["interval", "p"])]
    heads += [_head(word, narrow) for word in ("fid", *(NARROW if narrow else SHARES))] + ["copies"]
    for head in heads:
        words = head in ("generator", "class")
        shown.add_column(head, justify="left" if words else "right", no_wrap=not words, overflow="fold")
    for row in evidence.rows[:MOST_ROWS]:
        shown.add_row(*_cells(row, narrow), end_section=row.name == evidence.class_names[-1])
    if len(evidence.rows) > MOST_ROWS:
        shown.caption = f"{len(evidence.rows) - MOST_ROWS} more rows are on the page"
    return shown


def _head(word: str, narrow: bool) -> str:
    head = fields_on("fidelity")[word].head
    return f"{head[:4]}." if narrow and len(head) > 6 else head


def _cells(row: FidelityRow, narrow: bool) -> list[str | Text]:
    kid, between = row.scores["kid"], "\n" if narrow else " "
    name = row_title(row)
    cells: list[str | Text] = ["all" if row.generator == ALL else row.generator, name, f"{row.real:,}"]
    cells += [f"{row.generated:,}", _with_real(kid, between)]
    if not narrow:
        cells += [interval(kid.measured, write=number), probability(kid.p)]
    cells.append(_with_real(row.scores["fid"], between))
    shares = NARROW if narrow else SHARES
    cells += [_with_real(row.scores[word], between, "{:.2f}".format) for word in shares]
    copies = row.copies
    cells.append("—" if copies is None or copies.share.value is None else percent(copies.share.value))
    return cells


def _with_real(score: FidelityScore, between: str, written: Callable[[float], str] = number) -> str | Text:
    if score.value is None:
        return "—"
    same = score.same_sizes
    return joined(written(score.value), styled(f"({written(same.real)})" if same else "", "dim"), separator=between)


def text(result: MeasuredFidelity, request: object) -> None:
    """Print the evidence."""
    recorded = "not recorded" if result.run is None else f"run {result.run}" + ", recorded before" * result.before
    show(result.evidence, result.folder, recorded)


def document(result: MeasuredFidelity, request: object) -> dict[str, Any]:
    """The evidence, where its pages are, and the run that it is recorded in."""
    return {
        "folder": result.folder,
        "run": result.run,
        "recorded_before": result.before,
        "evidence": result.evidence,
    }


def rows(result: MeasuredFidelity, request: object) -> list[dict[str, Any]]:
    """One row for each generator, class and score."""
    return [
        {
            "generator": row.generator,
            "class": row_title(row),
            "score": name,
            **measurement_cells(score.measured),
            "p": score.p,
            "real_against_real": None if score.same_sizes is None else score.same_sizes.real,
        }
        for row in result.evidence.rows
        for name, score in row.scores.items()
    ]


def ending(result: MeasuredFidelity, request: object) -> None:
    """That generated images are bad is an answer; what could not be recorded is a failure.

    Raises:
        TrackingError: it could not be recorded.
    """
    if result.problem:
        raise TrackingError(result.problem)

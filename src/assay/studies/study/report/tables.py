"""A study as a table for a spreadsheet and as Markdown for a repository."""

from __future__ import annotations

from pathlib import Path

from assay.comparison import Comparison
from assay.spreadsheet import save_csv
from assay.studies.result import StudyResult
from assay.studies.study.report.figures import MARKS, shown
from assay.studies.study.report.view import NOT_TESTED, MetricCell, MetricColumn, view

COLUMNS = ("variant", "metric", "class", "value", "low", "high", "n", "method", "verdict", "each")


def write_csv(path: Path, result: StudyResult, comparison: Comparison | None) -> None:
    """One row per variant and number; `each` holds the trainings' own values, in the order of the seeds."""
    verdicts = {
        (variant.side.name, claim.metric, claim.class_name): claim.verdict
        for variant in (comparison.variants if comparison else ())
        for claim in variant.claims
    }
    rows: list[list[object]] = []
    for variant in result.variants:
        for row in variant.values:
            measured = row.measured
            numbers = (measured.value, measured.low, measured.high)
            rows.append(
                [
                    variant.name,
                    row.metric,
                    row.class_name or "",
                    *("" if number is None else number for number in numbers),
                    measured.n,
                    measured.method,
                    verdicts.get((variant.name, row.metric, row.class_name), ""),
                    " ".join("" if value is None else f"{value:.6g}" for value in row.each),
                ]
            )
    save_csv(path, COLUMNS, rows)


def markdown(result: StudyResult, comparison: Comparison | None, *, command: str) -> str:
    """The answer and the tables, for `experiments/`.

    Args:
        result: of the study.
        comparison: of its variants.
        command: what gives the same again.
    """
    shown_columns = view(result, comparison)
    lines = [f"# {result.name}", "", result.question, "", "```bash", command, "```", ""]
    lines += [f"- {sentence}" for sentence in result.findings]
    lines += ["", _about(result), ""]
    for title, group in (
        ("", shown_columns.whole),
        ("Per-class metrics", shown_columns.classes),
        (NOT_TESTED, shown_columns.beside),
    ):
        if group:
            lines += [f"**{title}**", ""] if title else []
            lines += [*_table(group), ""]
    lines += [f"- {note}" for note in result.notes]
    return "\n".join(lines).rstrip() + "\n"


def _about(result: StudyResult) -> str:
    seeds = sorted({training.seed for training in result.variants[0].trainings})
    how = f"{result.folds} folds, seeds {_listed(seeds)}" if result.folds else f"seeds {_listed(seeds)}"
    return (
        f"{result.n:,} test images, {how}. Means over the trainings with {result.confidence:.0%} intervals; "
        f"▲ significantly better and ▼ significantly worse than {result.baseline}, unmarked is inconclusive."
    )


def _listed(numbers: list[int]) -> str:
    if len(numbers) > 2 and numbers == list(range(numbers[0], numbers[-1] + 1)):
        return f"{numbers[0]} to {numbers[-1]}"
    return ", ".join(map(str, numbers))


def _table(columns: tuple[MetricColumn, ...]) -> list[str]:
    head = ["variant"] + [f"{column.label}{' ↓' if column.better == 'lower' else ''}" for column in columns]
    lines = [f"| {' | '.join(head)} |", f"| --- |{' ---: |' * len(columns)}"]
    for place, cell in enumerate(columns[0].cells):
        lines.append(f"| {cell.variant} | {' | '.join(_cell(column.cells[place]) for column in columns)} |")
    return lines


def _cell(cell: MetricCell) -> str:
    if cell.value is None or cell.value.measured.value is None:
        return "—"
    measured = cell.value.measured
    interval = (
        ""
        if measured.low is None or shown(measured.low) == shown(measured.high)
        else f" [{shown(measured.low)}, {shown(measured.high)}]"
    )
    return f"{shown(measured.value)}{interval} {MARKS.get(cell.verdict, '')}".rstrip()

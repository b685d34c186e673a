"""What is shown of an audit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from assay.audit.tables import as_text, table_rows
from assay.commands.show import decided, findings
from assay.errors import DataError
from assay.run.decisions import DecidedManifest
from assay.serving.manage_audit import QueuedFindings
from assay.terminal import terminal

if TYPE_CHECKING:
    from assay.audit.against import Against
    from assay.run.audit import Audited


def text(result: Audited | DecidedManifest | QueuedFindings, request: object) -> None:
    """Print the tables with the findings below them, or what became of decisions."""
    if isinstance(result, DecidedManifest):
        decided.text(result)
        return
    if isinstance(result, QueuedFindings):
        counts = ", ".join(f"{count} {what}" for what, count in result.counts.items())
        terminal().print(f"{counts}; batch {result.batch}", soft_wrap=True)
        return
    console = terminal()
    console.print(as_text(result.tables))
    findings.text(result.findings)
    if result.decided:
        console.print(f"{result.decided} findings are decided", style="dim")
    if result.against is not None:
        _print_against(result.against)
    if result.folder is not None:
        for name, file in (("page", "index.html"), ("to fill in", "decisions.csv"), ("statistics", "audit.csv")):
            console.print(f"{name:<11} {result.folder / file}", soft_wrap=True)


def document(result: Audited | DecidedManifest | QueuedFindings, request: object) -> dict[str, Any]:
    """Every table by its title, as rows, and every finding."""
    if isinstance(result, DecidedManifest):
        return decided.document(result)
    if isinstance(result, QueuedFindings):
        return {"batch": result.batch, "counts": result.counts}
    tables = {title: frame.to_dict("records") for title, frame in result.tables.items()}
    about = {"dataset": result.manifest.digest, "classes": result.manifest.class_names, "tables": tables}
    more = {"decided": result.decided, "against": result.against, "folder": result.folder}
    return {**about, **findings.document(result.findings), **more}


def rows(result: Audited | DecidedManifest | QueuedFindings, request: object) -> list[dict[str, Any]]:
    """Every number of every table in a row of its own, the findings as the last table: table, row, column, value."""
    if isinstance(result, DecidedManifest):
        return decided.rows(result)
    if isinstance(result, QueuedFindings):
        return [{"batch": result.batch, "what": what, "findings": count} for what, count in result.counts.items()]
    return table_rows({**result.tables, "findings": pd.DataFrame(findings.rows(result.findings))})


def ending(result: Audited | DecidedManifest | QueuedFindings, request: object) -> None:
    """That something is found is an answer; what is new and may not be is a failure.

    Raises:
        DataError: something that `fail_on` names is new.
    """
    if isinstance(result, (DecidedManifest, QueuedFindings)) or result.against is None:
        return
    if result.against.failed:
        raise DataError("; ".join(result.against.failed))


def _print_against(against: Against) -> None:
    console, changes = terminal(), against.difference
    counts = ", ".join(f"{count:,} {what.replace('_', ' ')}" for what, count in changes.counts().items() if count)
    console.print(f"against {changes.before[:12]}: {counts or 'the same pictures, labels and splits'}", soft_wrap=True)
    console.print(f"shift of the classes {changes.shift:.3f} (total variation distance)", soft_wrap=True)
    console.print(f"{len(against.new):,} findings are new, {len(against.settled):,} are none any more", soft_wrap=True)
    for note in against.notes:
        console.print(f"• {note}", style="dim")

"""What is shown of an audit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from assay.audit.tables import audit, audit_tables
from assay.commands.show import decided, findings
from assay.run.decisions import Decided
from assay.terminal import terminal

if TYPE_CHECKING:
    from assay.run.audit import Audited


def text(result: Audited | Decided, request: object) -> None:
    """Print the tables with the findings below them, or what became of decisions."""
    if isinstance(result, Decided):
        decided.text(result)
        return
    terminal().print(audit(result.manifest, result.refused))
    findings.text(result.findings)


def document(result: Audited | Decided, request: object) -> dict[str, Any]:
    """Every table by its title, as rows, and every finding."""
    if isinstance(result, Decided):
        return decided.document(result)
    manifest = result.manifest
    tables = {title: frame.to_dict("records") for title, frame in audit_tables(manifest, result.refused).items()}
    about = {"dataset": manifest.digest, "classes": manifest.class_names, "tables": tables}
    return {**about, **findings.document(result.findings)}


def rows(result: Audited | Decided, request: object) -> list[dict[str, Any]]:
    """Every number of every table in a row of its own, the findings as the last table: table, row, column, value."""
    if isinstance(result, Decided):
        return decided.rows(result)
    frames = audit_tables(result.manifest, result.refused)
    tables: dict[str, list[Any]] = {title: frame.to_dict("records") for title, frame in frames.items()}
    tables["findings"] = findings.rows(result.findings)
    return [
        {"table": title, "row": index, "column": column, "value": value}
        for title, records in tables.items()
        for index, record in enumerate(records)
        for column, value in record.items()
    ]

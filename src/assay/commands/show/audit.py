"""What is shown of an audit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from assay.audit.tables import audit, audit_tables
from assay.commands.show import decided
from assay.run.decisions import Decided
from assay.terminal import terminal

if TYPE_CHECKING:
    from assay.run.audit import Audited


def text(result: Audited | Decided, request: object) -> None:
    """Print the tables, or what became of decisions."""
    if isinstance(result, Decided):
        decided.text(result)
        return
    terminal().print(audit(result.manifest, result.refused))


def document(result: Audited | Decided, request: object) -> dict[str, Any]:
    """Every table by its title, as rows."""
    if isinstance(result, Decided):
        return decided.document(result)
    manifest = result.manifest
    tables = {title: frame.to_dict("records") for title, frame in audit_tables(manifest, result.refused).items()}
    return {"dataset": manifest.digest, "classes": manifest.class_names, "tables": tables}


def rows(result: Audited | Decided, request: object) -> list[dict[str, Any]]:
    """Every number of every table in a row of its own: table, row, column, value."""
    if isinstance(result, Decided):
        return decided.rows(result)
    return [
        {"table": title, "row": index, "column": column, "value": value}
        for title, frame in audit_tables(result.manifest, result.refused).items()
        for index, record in enumerate(frame.to_dict("records"))
        for column, value in record.items()
    ]

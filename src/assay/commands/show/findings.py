"""What is shown of the findings of an audit."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from assay.terminal import terminal

if TYPE_CHECKING:
    from assay.audit.findings import Findings

FIRST = 5
"""Findings of each kind that are shown one by one."""
_PATHS = 3


def text(findings: Findings) -> None:
    """Print how many there are of each kind and name, the surest of each kind, and what was not looked for."""
    from rich.table import Table

    console = terminal()
    if findings.findings:
        table = Table(title="findings", title_justify="left")
        for head in ("kind", "name", "findings", "pictures", "suggestion"):
            table.add_column(head, justify="right" if head in ("findings", "pictures") else "left")
        for row in counts(findings):
            table.add_row(*(f"{value:,}" if isinstance(value, int) else str(value) for value in row.values()))
        console.print(table)
    elif findings.looked_at:
        console.print(f"no findings ({', '.join(findings.looked_at)})")
    for kind in findings.looked_at:
        own = findings.of(kind)
        if not own:
            continue
        more = f"{len(own) - FIRST} more; format=json has all" if len(own) > FIRST else None
        table = Table(title=f"{kind}: the surest", title_justify="left", caption=more, caption_justify="left")
        for head in ("name", "files", "why"):
            table.add_column(head, overflow="fold")
        for finding in own[:FIRST]:
            table.add_row(finding.name, _files(finding.paths), finding.why)
        console.print(table)
    for note in findings.notes:
        console.print(f"• {note}", style="dim")
    for what, why in findings.skipped.items():
        console.print(f"• {what} was not looked for: {why}", style="dim")


def document(findings: Findings) -> dict[str, Any]:
    """All of it, each finding with its id."""
    return {
        "findings": [{"id": finding.id, **asdict(finding)} for finding in findings.findings],
        "looked_at": findings.looked_at,
        "limits": findings.limits,
        "notes": findings.notes,
        "not_looked_at": findings.skipped,
    }


def rows(findings: Findings) -> list[dict[str, Any]]:
    """Every finding as cells of a table: id, kind, name, score, suggestion, label, pictures, first file, why."""
    return [
        {
            "id": finding.id,
            "kind": finding.kind,
            "name": finding.name,
            "score": finding.score,
            "suggestion": finding.suggestion,
            "label": finding.label,
            "pictures": len(finding.images),
            "first file": finding.paths[0] if finding.paths else "",
            "why": finding.why,
        }
        for finding in findings.findings
    ]


def counts(findings: Findings) -> list[dict[str, str | int]]:
    """For each kind and name how many findings there are, about how many pictures, and what is suggested."""
    by_name: dict[tuple[str, str], list[Any]] = {}
    for finding in findings.findings:
        by_name.setdefault((finding.kind, finding.name), []).append(finding)
    return [
        {
            "kind": kind,
            "name": name.replace("_", " "),
            "findings": len(own),
            "pictures": sum(len(finding.images) for finding in own),
            "suggestion": ", ".join(sorted({finding.suggestion for finding in own if finding.suggestion})),
        }
        for (kind, name), own in by_name.items()
    ]


def _files(paths: tuple[str, ...]) -> str:
    more = len(paths) - _PATHS
    return "\n".join([*paths[:_PATHS], *([f"and {more} more"] if more > 0 else [])])

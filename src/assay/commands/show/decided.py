"""What is shown of decisions about findings, and of the manifest that was made of them."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from rich.table import Table

from assay.terminal import terminal

if TYPE_CHECKING:
    from assay.audit.apply import Applied
    from assay.run.decisions import DecidedManifest

LONGEST = 20


def text(result: DecidedManifest) -> None:
    """Print what was decided, what changed, and how to train on it."""
    console = terminal()
    if result.added:
        console.print(f"{len(result.added)} decisions are added to {result.decisions}", soft_wrap=True)
    if result.decisions is not None:
        console.print(f"{result.standing} decisions are in force", soft_wrap=True)
    for note in result.notes:
        console.print(f"• {note}", style="dim")
    if result.applied is None or result.path is None:
        return
    _changes(result.applied)
    counts = ", ".join(f"{count} {what}" for what, count in result.applied.counts().items()) or "nothing is changed"
    console.print(f"{counts}; {len(result.applied.manifest)} images in {result.path}", soft_wrap=True)
    for note in result.applied.notes:
        console.print(f"• {note}")
    console.print(f"for the next training: data=table data.path={result.path}", soft_wrap=True)


def document(result: DecidedManifest) -> dict[str, Any]:
    """What was decided, and the new manifest."""
    made = result.applied
    manifest = None
    if made is not None:
        manifest = {
            "path": result.path,
            "digest": made.manifest.digest,
            "parent": made.parent,
            "images": len(made.manifest),
            "counts": made.counts(),
            "changes": made.changes,
            "notes": made.notes,
        }
    return {
        "decisions": result.decisions,
        "added": result.added,
        "in_force": result.standing,
        "notes": result.notes,
        "manifest": manifest,
    }


def rows(result: DecidedManifest) -> list[dict[str, Any]]:
    """A row for each change of the manifest; where none was made, for each decision."""
    if result.applied is not None:
        return [asdict(change) for change in result.applied.changes]
    return [{**asdict(each), "images": list(each.images), "paths": list(each.paths)} for each in result.added]


def _changes(applied: Applied) -> None:
    if not applied.changes:
        return
    more = len(applied.changes) - LONGEST
    table = Table(caption=f"{more} more rows" if more > 0 else None, caption_justify="left")
    for head in ("what", "file", "before", "after", "reason"):
        table.add_column(head, overflow="fold")
    for change in applied.changes[:LONGEST]:
        table.add_row(change.what, change.path, change.before, change.after, change.reason)
    terminal().print(table)

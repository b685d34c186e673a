"""What is shown of the versions of a dataset."""

from __future__ import annotations

import itertools
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from rich.table import Table

from assay.audit.tables import as_text, table_rows
from assay.run.data_versions import DataAnswer
from assay.terminal import terminal

if TYPE_CHECKING:
    from assay.data.difference import Difference
    from assay.data.versions import Version

LONGEST = 20


def text(result: DataAnswer, request: object) -> None:
    """Print it."""
    if result.difference is not None:
        _print_difference(result.difference)
    elif result.manifest is not None:
        console, manifest = terminal(), result.manifest
        console.print(f"version  {manifest.digest}", soft_wrap=True)
        if manifest.lineage is not None:
            made = manifest.lineage
            for name, value in (("from", made.parent), ("by", made.command), ("at", made.time)):
                console.print(f"{name:<8} {value}", soft_wrap=True)
            if made.changes:
                console.print("changes  " + ", ".join(f"{n:,} {what}" for what, n in made.changes.items()))
        console.print(as_text(result.tables))
    else:
        _print_versions(result.versions)


def document(result: DataAnswer, request: object) -> dict[str, Any]:
    """The versions, the difference, or what is in a manifest."""
    if result.difference is not None:
        return {"difference": result.difference, "counts": result.difference.counts()}
    if result.manifest is not None:
        about = {"path": result.path, "version": result.manifest.digest, "lineage": result.manifest.lineage}
        return {**about, "tables": {title: frame.to_dict("records") for title, frame in result.tables.items()}}
    return {"versions": result.versions}


def rows(result: DataAnswer, request: object) -> list[dict[str, Any]]:
    """A row for each version, each changed picture, or each number of what is in a manifest."""
    if result.difference is not None:
        return _changes(result.difference)
    if result.manifest is not None:
        return table_rows(result.tables)
    return [{**asdict(version), "splits": dict(version.splits)} for version in result.versions]


def _changes(changes: Difference) -> list[dict[str, Any]]:
    listed = [{"what": what, "file": file} for what in ("added", "gone") for file in getattr(changes, what)]
    for what in ("relabelled", "moved"):
        listed += [
            {"what": what, "file": each.path, "before": each.before, "after": each.after}
            for each in getattr(changes, what)
        ]
    return listed


def _print_difference(changes: Difference) -> None:
    console = terminal()
    counts = ", ".join(f"{count:,} {what.replace('_', ' ')}" for what, count in changes.counts().items() if count)
    console.print(f"{changes.before[:12]} to {changes.after[:12]}: {counts or 'the same pictures, labels and splits'}")
    listed = _changes(changes)
    if listed:
        more = len(listed) - LONGEST
        table = Table(caption=f"{more:,} more; format=csv has all" if more > 0 else None, caption_justify="left")
        for head in ("what", "file", "before", "after"):
            table.add_column(head, overflow="fold")
        for row in listed[:LONGEST]:
            table.add_row(*(str(row.get(head, "")) for head in ("what", "file", "before", "after")))
        console.print(table)
    console.print(f"classes; total variation distance {changes.shift:.3f}", soft_wrap=True)
    table = Table()
    for head in ("class", "before", "after"):
        table.add_column(head, justify="left" if head == "class" else "right", overflow="fold")
    for each in changes.classes[:LONGEST]:
        table.add_row(
            each.name, f"{each.before:,} ({each.share_before:.1%})", f"{each.after:,} ({each.share_after:.1%})"
        )
    console.print(table)


def _print_versions(versions: tuple[Version, ...]) -> None:
    console = terminal()
    if not versions:
        console.print("no saved manifest lies here")
        return
    table = Table()
    table.add_column("version", no_wrap=True)
    for head in ("file", "images", "not used", "made", "by"):
        table.add_column(head, justify="right" if head in ("images", "not used") else "left", overflow="fold")
    for each in versions:
        name = "  " * each.depth + (each.digest[:12] or "cannot be read")
        made = each.problem or " ".join(itertools.takewhile(lambda word: "=" not in word, each.command.split()))
        table.add_row(name, each.path, f"{each.images:,}", f"{each.excluded:,}", each.time[:16].replace("T", " "), made)
    console.print(table)

"""`assay review import`: reviews that were made elsewhere, all of a file, or what is good of it."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection

from assay.errors import ServiceError
from assay.registry.open_registry import who
from assay.review.imports.table import read_table
from assay.review.imports.write import Imported, import_table
from assay.serving.review_request import ReviewRequest
from assay.store.service_store import ServiceStore
from assay.store.trail import Personal, append_lines

SHOWN = 10


class _Undo(Exception):  # noqa: N818  # no failure: it takes a transaction back
    """Ends a transaction of which nothing is to stay."""

    def __init__(self, imported: Imported) -> None:
        self.imported = imported


def import_reviews(store: ServiceStore, request: ReviewRequest) -> Imported:
    """Import a file in one transaction; a dry run is the same, taken back.

    Raises:
        DataError: the file is no such table.
        ServiceError: lines are refused and not partial=true; nothing was written.
    """
    path = Path(request.file).expanduser()
    table, actor = read_table(path), who(request.by)

    def do(connection: Connection) -> Imported:
        imported = import_table(connection, table, actor=actor)
        if request.dry_run or (imported.refused and not request.partial):
            raise _Undo(imported)
        if imported.reviews:
            counts = {"reviews": imported.reviews, "known": imported.known, "refused": len(imported.refused)}
            personal = Personal("", {"actor": actor, "file": path.name})
            append_lines(connection, [("reviews imported", {"file": table.digest, **counts}, personal)])
        return imported

    try:
        return store.write(do)
    except _Undo as undone:
        if not request.dry_run:
            raise ServiceError(_refusal(path, undone.imported)) from None
        return undone.imported


def _refusal(path: Path, imported: Imported) -> str:
    lines = [f"\n  line {number}: {why}" for number, why in list(imported.refused.items())[:SHOWN]]
    more = f"\n  … and {len(imported.refused) - SHOWN} more" if len(imported.refused) > SHOWN else ""
    return (
        f"{path}: {len(imported.refused)} lines are refused, so nothing was imported:{''.join(lines)}{more}\n"
        f"Correct them, or add partial=true for the {imported.reviews} others alone; dry_run=true format=csv lists all"
    )

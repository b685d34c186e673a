"""The certificate of an erasure: what was erased, what stays and why. It names nobody, so it may stay itself."""

from __future__ import annotations

from typing import Any

from assay.store.holdings import HOLDINGS, NOBODYS
from assay.store.ids import now

ELSEWHERE = {
    "sqlite": (
        ("blocks of the disk that the file system has freed", "only the operator can have them overwritten"),
        (
            "backups of before",
            "erase again when one is restored, by the digest of the subject",
        ),
    ),
    "postgresql": (
        ("PostgreSQL's write-ahead log and its archive", "the server recycles it by its own rules"),
        ("backups of before", "erase again when one is restored, by the digest of the subject"),
    ),
}
MODELS = (
    "models that were trained on a reviewed picture before, manifests of their runs, and caches of training",
    "no picture can be taken out of weights, and the next manifests leave it out by its tombstone; a manifest has its "
    "digest, a cache what was computed of it, and both go with run and cache",
)
CARRIED = ("exports that were written to another folder, and what clients keep", "the service does not know where")


def certificate_document(
    erasure: str, subject: str, rows: dict[str, int], *, pictures: int, line: int, kind: str
) -> dict[str, Any]:
    """A certificate as JSON values.

    Args:
        erasure: its id.
        subject: digest of the id of who was erased.
        rows: that were deleted, by table.
        pictures: that may be in no manifest any more.
        line: of the audit trail.
        kind: of the database, `sqlite` or `postgresql`.
    """
    stays = [{"what": f"table {name}", "why": why} for name, why in NOBODYS.items()]
    stays += [{"what": what, "why": why} for what, why in (*ELSEWHERE[kind], CARRIED, MODELS)]
    return {
        "erasure": erasure,
        "time": now(),
        "finished": "",
        "subject": subject,
        "rows": rows,
        "files": {"pictures": 0, "exports": 0, "jobs": 0},
        "tombstones": pictures,
        "trail_line": line,
        "stays": stays,
    }


def certificate_text(document: dict[str, Any]) -> str:
    """The same for people."""
    what = {holding.name: holding.what for holding in HOLDINGS}
    lines = [
        f"Certificate of erasure {document['erasure']}",
        "",
        f"begun      {document['time']}",
        f"finished   {document['finished'] or 'not yet: assay privacy retention finishes it'}",
        f"subject    sha256 of the id: {document['subject']}",
        f"trail      line {document['trail_line']}",
        "",
        "Erased, in the database and its free pages and log",
        *(f"  {count:>7}  {name}: {what.get(name, name)}" for name, count in document["rows"].items()),
        *(f"  {count:>7}  files: {name}" for name, count in document["files"].items()),
        f"  {document['tombstones']:>7}  pictures that no manifest takes any more",
        "",
        "Stays, and why",
        *(f"  {each['what']}: {each['why']}" for each in document["stays"]),
    ]
    return "\n".join(lines) + "\n"

"""Export of reviews: who said what about what, when, before and after seeing which answer of which bundle."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from assay.files import atomic_write
from assay.review.review import REVIEW, in_force
from assay.review.reviewers import reviewers
from assay.review.rows import items, reviews
from assay.spreadsheet import save_csv
from assay.store.review_tables import REVIEW_ITEMS, REVIEWS

COLUMNS = (
    "review",
    "time",
    "reviewer",
    "kind",
    "stands",
    "form",
    "form_version",
    "guideline",
    "item",
    "source",
    "random_slice",
    "batch",
    "prediction",
    "picture",
    "shows",
    "model",
    "version",
    "bundle",
    "answer",
    "confidence",
    "blind",
    "final",
    "override",
    "reason",
    "details",
    "comment",
    "seconds",
    "arbiter",
    "supersedes",
    "imported",
    "known",
    "state",
    "outcome",
    "trail",
)


def exported_reviews(connection: Connection, *, form: str = "", batch: str = "") -> list[dict[str, Any]]:
    """A row for everything that a reviewer did, what was taken back too, in the order of the audit trail.

    Args:
        connection: that may read.
        form: that is meant; "" for all.
        batch: of the items; "" for all.
    """
    asked = [REVIEW_ITEMS.c.form == form] if form else []
    listed = {each.id: each for each in items(connection, *asked, *([REVIEW_ITEMS.c.batch == batch] if batch else []))}
    rows = [row for row in reviews(connection, *([REVIEWS.c.form == form] if form else [])) if row.item in listed]
    stand = {row.id for row in in_force(rows) if row.kind == REVIEW}
    names = {each.id: each.name for each in reviewers(connection)}
    made = []
    for row in rows:
        item = listed[row.item]
        own = {name: getattr(row, name) for name in COLUMNS if hasattr(row, name)}
        its = {name: getattr(item, name) for name in COLUMNS if hasattr(item, name) and name not in own}
        answered = {"answer": item.answer, "confidence": item.hidden.get("confidence")}
        about = {"review": row.id, "reviewer": names.get(row.reviewer, row.reviewer), "stands": row.id in stand}
        made.append({name: {**its, **own, **answered, **about}[name] for name in COLUMNS})
    return made


def save_reviews(path: Path, rows: list[dict[str, Any]]) -> None:
    """Write them as JSON lines where the name ends in .jsonl, else as CSV whose cells no spreadsheet calculates."""
    if path.suffix.lower() == ".jsonl":
        with atomic_write(path) as temporary:
            lines = (json.dumps(row, ensure_ascii=False, allow_nan=False) + "\n" for row in rows)
            temporary.write_text("".join(lines), "utf-8")
        return
    save_csv(path, COLUMNS, [{**row, "shows": _text(row["shows"]), "details": _text(row["details"])} for row in rows])


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False) if value else ""

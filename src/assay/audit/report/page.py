"""The page of an audit, one file that needs nothing else."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path

import pandas as pd
from markupsafe import Markup

from assay.audit.against import CHANGED, Against
from assay.audit.finding import Finding
from assay.audit.findings import Findings
from assay.audit.report.cards import kinds_of_findings
from assay.audit.template import COLUMNS
from assay.data.manifest import Manifest
from assay.pages.page import save_page
from assay.pages.templates import templates

MOST_ROWS = 60
"""Of a table; the others are in the CSV."""
MOST_CHANGES = 12
SCRIPT = "decide.js"


def write_page(
    path: Path,
    manifest: Manifest,
    findings: Findings,
    open_ones: Sequence[Finding],
    tables: Mapping[str, pd.DataFrame],
    *,
    name: str,
    facts: Mapping[str, str],
    template: str,
    against: Against | None = None,
    sheet: str = "",
) -> None:
    """Write the page, whole or not at all.

    Args:
        path: the HTML file.
        manifest: that was audited.
        findings: what was found in it.
        open_ones: findings that nobody has decided.
        tables: what is in the dataset, by title.
        name: of the dataset.
        facts: name -> text for the top of the page.
        template: name of the table that can be filled in instead.
        against: what is new since another audit; None where nothing was compared.
        sheet: name of the picture file with samples of each class; "" for none.
    """
    # Read as bytes: the digest has to be that of what stands between the tags.
    script = files("assay.audit.report").joinpath("templates", SCRIPT).read_bytes().decode("utf-8")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    save_page(
        path,
        templates("assay.audit.report"),
        "audit.html.j2",
        name=name,
        facts=dict(facts),
        kinds=kinds_of_findings(findings, open_ones, manifest),
        open_count=len(open_ones),
        decided=len(findings) - len(open_ones),
        notes=findings.notes,
        tables=[(title, _table(frame), max(0, len(frame) - MOST_ROWS)) for title, frame in tables.items()],
        classes=manifest.class_names,
        filled_in=template,
        columns=json.dumps(COLUMNS),
        script=Markup(script),  # our own file, whose digest the policy names
        digest=digest,
        against=against,
        changed=CHANGED,
        most=MOST_CHANGES,
        sheet=sheet,
    )


def _table(frame: pd.DataFrame) -> list[tuple[str, bool, list[str]]]:
    """(head, whether it is numbers, cells) of each column."""
    shown = frame.head(MOST_ROWS)
    return [
        (str(column), pd.api.types.is_numeric_dtype(shown[column]), [_cell(value) for value in shown[column]])
        for column in shown
    ]


def _cell(value: object) -> str:
    if isinstance(value, float):
        return "—" if pd.isna(value) else f"{value:.3g}"
    return f"{value:,}" if hasattr(value, "__index__") else str(value)
